"""Booking, moving and cancelling, against the real constraint; races with two connections."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
from django.db import connection, connections

from accounts.actions.audit import acting
from accounts.rules.findings import Refused
from patients.models import TeamMember
from sessions.actions import booking
from sessions.actions.booking import book
from sessions.actions.events import cancel, record_missed
from sessions.actions.planning import propose, request_for
from sessions.actions.repairing import Overtaken, commit_repair, propose_repair
from sessions.models import Allocation, Visit
from sessions.rules.events import Moved
from sessions.rules.planning import Wish
from tests.factories import (
    CourseFactory,
    PatientFactory,
    RoomFactory,
    TeamMemberFactory,
    WorkingTimeFactory,
)

AS_OF = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
MONDAY = dt.date(2026, 11, 23)


def open_hours(clinic):
    """Everybody works Monday to Friday, and there are two rooms of each kind."""
    for membership in clinic.memberships.all():
        for weekday in range(5):
            WorkingTimeFactory(membership=membership, weekday=weekday)
    for number, kind in enumerate(("consulting", "dosing", "consulting", "dosing")):
        RoomFactory(clinic=clinic, kind=kind, name=f"{kind.title()} {number}", turnover_minutes=30)


@pytest.fixture
def wish(course, lead, second):
    open_hours(course.clinic)
    return Wish(MONDAY, MONDAY + dt.timedelta(days=40), (str(lead.pk), str(second.pk)))


def planned(course, wish):
    proposal = propose(course, wish=wish, as_of=AS_OF)
    assert proposal.plan is not None, [finding.sentence for finding in proposal.findings]
    return proposal.plan


@pytest.fixture
def booked(course, wish, coordinator):
    visits = book(course, plan=planned(course, wish), wish=wish, by=coordinator, at=AS_OF)
    return {visit.code: visit for visit in visits}


def another_course(clinic, lead, second):
    row = CourseFactory(patient=PatientFactory(clinic=clinic))
    for duty, user in (("lead", lead), ("second", second)):
        TeamMemberFactory(course=row, user=user, duty=duty)
    return row


def test_a_plan_is_booked_whole_with_everybody_in_it(course, booked, lead, second, physician, rater):
    assert [visit.code for visit in course.plan.visits] == sorted(
        booked, key=[v.code for v in course.plan.visits].index
    )
    dosing = booked["D1"]
    taken = {str(row.therapist or row.room or row.patient) for row in dosing.allocations.all()}
    assert taken == {str(lead), str(second), str(dosing.room), str(course.patient)}
    assert dosing.covered_by == physician
    assert [row.therapist for row in booked["R0"].allocations.filter(therapist__isnull=False)] == [rater]
    assert (dosing.kind, dosing.dose_number, dosing.schedule_version) == ("dosing", 1, 1)


def test_a_rooms_allocation_holds_its_turnover(booked):
    visit = booked["P1"]
    assert visit.allocations.get(room=visit.room).during.upper - visit.ends_at == dt.timedelta(minutes=30)


def test_another_course_is_planned_around_the_first(course, booked, clinic, lead, second, coordinator, wish):
    other = another_course(clinic, lead, second)
    visits = book(other, plan=planned(other, wish), wish=wish, by=coordinator, at=AS_OF)
    assert len(visits) == len(booked)
    assert {v.starts_at for v in visits if v.kind == "dosing"}.isdisjoint(
        {v.starts_at for v in booked.values() if v.kind == "dosing"}
    )


def test_a_plan_that_went_stale_is_refused_and_nothing_is_written(course, wish, clinic, lead, second, coordinator):
    other = another_course(clinic, lead, second)
    plan = planned(other, wish)
    book(course, plan=planned(course, wish), wish=wish, by=coordinator, at=AS_OF)
    with pytest.raises(Refused) as refused:
        book(other, plan=plan, wish=wish, by=coordinator, at=AS_OF)
    assert {"double booking", "calendar_changed"} <= {finding.code for finding in refused.value.findings}
    assert other.visits.count() == 0


def test_a_plan_is_not_booked_twice(course, wish, booked, coordinator):
    plan = planned(course, wish)
    assert book(course, plan=plan, wish=wish, by=coordinator, at=AS_OF) == []
    assert course.visits.count() == len(booked)


def test_nothing_is_booked_for_a_course_that_is_over(course, wish, coordinator):
    plan = planned(course, wish)
    type(course).objects.filter(pk=course.pk).update(state="withdrawn")
    with pytest.raises(Refused) as refused:
        book(course, plan=plan, wish=wish, by=coordinator, at=AS_OF)
    assert [finding.code for finding in refused.value.findings] == ["course_closed"]


def test_a_licence_that_lapses_during_the_course_is_found(course, wish, second):
    second.memberships.get().credentials.filter(kind="licence").update(expires_on=dt.date(2027, 1, 4))
    proposal = propose(course, wish=wish, as_of=AS_OF)
    assert proposal.plan is None
    assert "lapsed" in {finding.code for finding in proposal.findings}


def test_any_pair_finds_the_two_who_can_and_makes_them_the_team(
    course, wish, lead, second, other_therapist, coordinator
):
    for weekday in range(5):
        WorkingTimeFactory(membership=other_therapist.memberships.get(), weekday=weekday)
    second.memberships.get().working_times.all().delete()
    free = replace(wish, pair=None)
    plan = planned(course, free)
    assert set(plan.pair) == {str(lead.pk), str(other_therapist.pk)}
    book(course, plan=plan, wish=free, by=coordinator, at=AS_OF)
    pair = TeamMember.objects.filter(course=course, ends_on=None, duty__in=("lead", "second"))
    assert {member.user for member in pair} == {lead, other_therapist}


def test_the_rater_never_treats_the_patient(course, wish, rater, lead):
    request = request_for(course, wish=wish, as_of=AS_OF)
    assert request.raters == (str(rater.pk),)
    membership = lead.memberships.get()
    membership.roles = ["therapist", "rater"]
    membership.save()
    assert request_for(course, wish=wish, as_of=AS_OF).raters == (str(rater.pk),)


def test_facts_take_the_same_queries_for_one_course_and_for_many(
    course, booked, wish, clinic, lead, second, coordinator, django_assert_num_queries
):
    course = type(course).objects.select_related("clinic", "patient", "protocol").get(pk=course.pk)
    with django_assert_num_queries(QUERIES):
        request_for(course, wish=wish, as_of=AS_OF)
    far = replace(wish, last_start=MONDAY + dt.timedelta(days=200))
    for _ in range(3):
        other = another_course(clinic, lead, second)
        book(other, plan=planned(other, far), wish=far, by=coordinator, at=AS_OF)
    with django_assert_num_queries(QUERIES):
        request_for(course, wish=wish, as_of=AS_OF)


QUERIES = 23


def at(visit, **by):
    return visit.starts_at + dt.timedelta(**by)


def moved(visit, to, coordinator):
    event = Moved(str(visit.course_id), visit.code, to)
    repair = propose_repair(visit.course.clinic, event=event, as_of=AS_OF).repair
    assert repair.is_whole, [finding.sentence for mended in repair.courses for finding in mended.findings]
    shown = repair.fingerprint
    change = commit_repair(visit.course.clinic, event=event, shown=shown, reason="", by=coordinator, at=AS_OF)
    return list(Visit.objects.filter(changes__rearrangement=change).order_by("starts_at"))


def test_a_visit_moves_by_an_hour_alone(booked, coordinator):
    visit = booked["I1.3"]
    (row,) = moved(visit, at(visit, hours=1), coordinator)
    assert (row.code, row.starts_at, row.schedule_version) == ("I1.3", at(visit, hours=1), 2)
    active = row.allocations.filter(active=True)
    assert {a.during.lower for a in active} == {row.starts_at}
    assert row.allocations.filter(active=False).count() == active.count()


def test_a_visit_is_not_in_its_own_way(booked, coordinator):
    visit = booked["D1"]
    rows = moved(visit, at(visit, minutes=15), coordinator)
    assert [row.code for row in rows] == ["D1"]


def test_a_moved_dosing_day_takes_its_morning_and_its_calls_along(booked, course, coordinator):
    visit = booked["D2"]
    rows = {row.code: row for row in moved(visit, at(visit, days=1), coordinator)}
    assert "I2.1" in rows and "P1" not in rows and "D1" not in rows
    zone = course.clinic.zone
    days = [rows[code].starts_at.astimezone(zone).date() for code in ("D2", "I2.1")]
    assert days[1] - days[0] == dt.timedelta(days=1)
    assert propose_repair(course.clinic, courses=[course], as_of=AS_OF).repair.courses == ()


def test_what_was_shown_and_is_no_longer_true_is_shown_again(booked, coordinator):
    visit = booked["I1.3"]
    event = Moved(str(visit.course_id), visit.code, at(visit, hours=1))
    shown = propose_repair(visit.course.clinic, event=event, as_of=AS_OF).repair.fingerprint
    moved(booked["I1.2"], at(booked["I1.2"], hours=1), coordinator)
    with pytest.raises(Overtaken) as overtaken:
        commit_repair(visit.course.clinic, event=event, shown=shown, reason="", by=coordinator, at=AS_OF)
    again = overtaken.value.proposed.repair
    commit_repair(visit.course.clinic, event=event, shown=again.fingerprint, reason="", by=coordinator, at=AS_OF)
    visit.refresh_from_db()
    assert visit.starts_at == event.start


def test_a_visit_that_was_held_is_not_moved(booked, coordinator):
    visit = booked["P1"]
    Visit.objects.filter(pk=visit.pk).update(state="done")
    with pytest.raises(Refused) as refused:
        moved(visit, at(visit, hours=1), coordinator)
    assert [finding.code for finding in refused.value.findings] == ["state"]


def test_a_cancelled_visit_frees_everybody_and_keeps_its_reason(booked, coordinator):
    visit = booked["I1.3"]
    row = cancel(visit, reason="Flu.", version=visit.version, by=coordinator, at=AS_OF)
    assert (row.state, row.state_reason, row.schedule_version) == ("cancelled", "Flu.", 2)
    assert not row.allocations.filter(active=True).exists()


def test_cancelling_without_a_reason_is_refused(booked, coordinator):
    with pytest.raises(Refused) as refused:
        cancel(booked["I1.3"], reason=" ", version=1, by=coordinator, at=AS_OF)
    assert [finding.code for finding in refused.value.findings] == ["reason"]


def test_nobody_misses_a_visit_that_has_not_begun(booked, coordinator):
    visit = booked["P1"]
    with pytest.raises(Refused):
        record_missed(visit, reason="No sign of them.", version=1, by=coordinator, at=AS_OF)
    row = record_missed(visit, reason="No sign of them.", version=1, by=coordinator, at=visit.ends_at)
    assert row.state == "missed"


def test_a_cancelled_visit_is_planned_again_and_points_at_what_it_replaces(course, wish, booked, coordinator):
    gone = cancel(booked["I1.3"], reason="Flu.", version=1, by=coordinator, at=AS_OF)
    (again,) = book(course, plan=planned(course, wish), wish=wish, by=coordinator, at=AS_OF)
    assert (again.code, again.replaces) == ("I1.3", gone)


def test_a_move_out_of_its_window_on_a_free_day_is_explained_at_once(booked, coordinator):
    visit = booked["I1.3"]
    event = Moved(str(visit.course_id), visit.code, at(visit, days=420))
    (mended,) = propose_repair(visit.course.clinic, event=event, as_of=AS_OF).repair.courses
    assert mended.plan is None
    assert "window" in [finding.code for finding in mended.findings]


def test_a_public_holiday_is_left_free(course, booked):
    held = [v.code for v in booked.values() if v.starts_at.date() == dt.date(2026, 12, 25) and v.kind != "call"]
    assert held == []


# --- races: real connections, real transactions


def race(*bookings):
    """Run the bookings at the same moment, each on a connection of its own; what each came to."""
    gate, results = threading.Barrier(len(bookings)), [None] * len(bookings)

    def run(place, booking):
        try:
            gate.wait(5)
            with acting(process="race"):
                results[place] = booking()
        except Refused as refused:
            results[place] = refused
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(bookings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def rivals(course, wish, clinic, lead, second, coordinator):
    other = another_course(clinic, lead, second)
    plans = [(row, planned(row, wish)) for row in (course, other)]
    return [lambda row=row, plan=plan: book(row, plan=plan, wish=wish, by=coordinator, at=AS_OF) for row, plan in plans]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_book_the_same_pair_at_the_same_moment_exactly_one_wins(
    course, wish, clinic, lead, second, coordinator
):
    results = race(*rivals(course, wish, clinic, lead, second, coordinator))
    losers = [result for result in results if isinstance(result, Refused)]
    assert len(losers) == 1
    assert losers[0].findings[-1].code == "calendar_changed"
    assert Visit.objects.count() == len(course.plan.visits)


def doubly_booked():
    """How many active allocations begin before an earlier one of the same therapist, room or patient has ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT lower(during) AS starts, max(upper(during)) OVER (PARTITION BY resource"
            " ORDER BY lower(during), id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy_until"
            " FROM therapy_sessions_allocation WHERE active) AS taken WHERE starts < busy_until"
        )
        return cursor.fetchone()[0]


@pytest.fixture
def blind(monkeypatch):
    """Bookings that neither wait for each other nor look at the calendar again: only the constraint is left."""
    monkeypatch.setattr(booking, "hold_calendar", lambda clinic: None)
    monkeypatch.setattr(booking, "check", lambda plan, request: [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("blind")
def test_the_constraint_alone_lets_exactly_one_of_two_win(course, wish, clinic, lead, second, coordinator):
    results = race(*rivals(course, wish, clinic, lead, second, coordinator))
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert doubly_booked() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("blind")
def test_without_the_constraint_both_win_and_the_pair_is_booked_twice(course, wish, clinic, lead, second, coordinator):
    """The negative control: what the test above proves is the constraint, not luck."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE therapy_sessions_allocation DROP CONSTRAINT one_place_at_a_time")
    try:
        results = race(*rivals(course, wish, clinic, lead, second, coordinator))
        assert not any(isinstance(result, Refused) for result in results)
        assert doubly_booked() > 0
    finally:
        Allocation.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE therapy_sessions_allocation ADD CONSTRAINT one_place_at_a_time"
                " EXCLUDE USING gist (resource WITH =, during WITH &&) WHERE (active)"
            )
