"""Changing a booked calendar through the actions: shown, written as shown, and taken back."""

import datetime as dt

import pytest

from accounts.rules.findings import Refused
from patients.models import Course
from sessions.actions import events
from sessions.actions.booking import book
from sessions.actions.deviations import is_genuine, sign_deviation
from sessions.actions.events import record_late_start, record_missed, take_back_late_start
from sessions.actions.planning import propose
from sessions.actions.repairing import commit_repair, propose_repair
from sessions.actions.undoing import fresh_changes, undo
from sessions.actions.writing import values_of
from sessions.models import Allocation, Leave, Rearrangement, RoomClosure, Visit, VisitEvent
from sessions.rules.events import CalledOff, ClinicClosed, Lengthened, Moved, PersonAway, RoomAway
from sessions.rules.planning import Wish
from tests.factories import PASSWORD, CourseFactory, PatientFactory, VisitFactory
from tests.sessions.test_booking import AS_OF, MONDAY, another_course, open_hours


@pytest.fixture
def wish(course, lead, second, other_therapist):
    open_hours(course.clinic)
    return Wish(MONDAY, MONDAY + dt.timedelta(days=40), (str(lead.pk), str(second.pk)))


@pytest.fixture
def booked(course, wish, coordinator):
    plan = propose(course, wish=wish, as_of=AS_OF).plan
    book(course, plan=plan, wish=wish, by=coordinator, at=AS_OF)
    return {visit.code: visit for visit in course.visits.all()}


def day_of(visit):
    return visit.starts_at.astimezone(visit.course.clinic.zone).date()


def commit(clinic, event, by, at=AS_OF, **more):
    repair = propose_repair(clinic, event=event, as_of=at).repair
    return commit_repair(clinic, event=event, shown=repair.fingerprint, reason="Told in a test", by=by, at=at, **more)


def state(course):
    """Everything the calendar holds of a course."""
    visits = [
        (v.code, v.starts_at, v.ends_at, v.room_id, v.covered_by_id, v.state)
        for v in course.visits.order_by("code", "pk")
    ]
    taken = Allocation.objects.filter(visit__course=course, active=True)
    rows = [(a.visit.code, a.therapist_id, a.room_id, a.patient_id, a.during.lower, a.during.upper) for a in taken]
    return visits, sorted(rows, key=str)


def test_a_day_of_illness_is_recorded_together_with_what_follows(booked, clinic, second, coordinator):
    day = day_of(booked["I1.3"])
    change = commit(clinic, PersonAway(str(second.pk), day, day, "flu"), coordinator, enter=True)
    assert Leave.objects.get().starts_on == day
    assert "I1.3" in [row.visit.code for row in change.changes.all()]
    assert not Allocation.objects.filter(therapist=second, active=True, during__overlap=_span(clinic, day)).exists()
    assert change.changes.get(visit__code="I1.3").reason == "Ben Fictional is away on the day of I1.3."


def _span(clinic, day):
    start = dt.datetime.combine(day, dt.time(0), tzinfo=clinic.zone)
    return start, start + dt.timedelta(days=1)


def test_three_weeks_away_are_bridged_by_a_colleague_and_two_courses_are_mended_at_once(
    booked, course, clinic, lead, second, other_therapist, coordinator, wish
):
    other = another_course(clinic, lead, second)
    plan = propose(other, wish=wish, as_of=AS_OF).plan
    book(other, plan=plan, wish=wish, by=coordinator, at=AS_OF)
    first = day_of(booked["D1"]) + dt.timedelta(days=1)
    event = PersonAway(str(second.pk), first, first + dt.timedelta(days=20), "operation")
    change = commit(clinic, event, coordinator, enter=True)
    span = (_span(clinic, first)[0], _span(clinic, first + dt.timedelta(days=20))[1])
    assert not Allocation.objects.filter(therapist=second, active=True, during__overlap=span).exists()
    assert {row.visit.course_id for row in change.changes.select_related("visit")} == {course.pk, other.pk}
    assert Allocation.objects.filter(therapist=other_therapist, active=True).exists()
    for row in (course, other):
        assert propose_repair(clinic, courses=[row], as_of=AS_OF).repair.courses == ()


def test_a_colleague_who_stands_in_stays_when_something_else_moves(
    booked, course, clinic, second, other_therapist, coordinator
):
    first = day_of(booked["D1"]) + dt.timedelta(days=1)
    commit(clinic, PersonAway(str(second.pk), first, first + dt.timedelta(days=20), "flu"), coordinator, enter=True)
    standing_in = set(Visit.objects.filter(allocations__therapist=other_therapist, allocations__active=True))
    assert standing_in
    late = course.visits.get(code="I3.3")
    commit(clinic, Moved(str(course.pk), "I3.3", late.starts_at + dt.timedelta(hours=1)), coordinator)
    assert set(Visit.objects.filter(allocations__therapist=other_therapist, allocations__active=True)) == standing_in


def test_a_room_that_cannot_be_used_gives_way_to_another(booked, clinic, coordinator):
    room = booked["D1"].room
    day = day_of(booked["D1"])
    commit(clinic, RoomAway(str(room.pk), day, day, "paint"), coordinator, enter=True)
    visit = Visit.objects.get(pk=booked["D1"].pk)
    assert visit.starts_at == booked["D1"].starts_at
    assert visit.room != room and visit.room.kind == "dosing"
    assert RoomClosure.objects.get().room == room


def test_a_closed_day_is_recorded_and_left(booked, clinic, coordinator):
    day = day_of(booked["D2"])
    commit(clinic, ClinicClosed(day, day, "storm"), coordinator, enter=True)
    assert day_of(Visit.objects.get(pk=booked["D2"].pk)) != day


def test_a_longer_visit_keeps_its_length_when_the_course_is_mended_again(booked, course, clinic, coordinator):
    commit(clinic, Lengthened(str(course.pk), "P2", 150), coordinator)
    assert course.visits.get(code="P2").minutes == 150
    assert propose_repair(clinic, courses=[course], as_of=AS_OF).repair.courses == ()


def test_a_cancelled_visit_gets_another_day_in_the_same_breath(booked, course, clinic, coordinator):
    event = CalledOff(str(course.pk), "I1.3")
    change = commit(clinic, event, coordinator, called_off=(VisitEvent.Kind.CANCELLED, 1))
    old, new = course.visits.filter(code="I1.3").order_by("pk")
    assert (old.state, new.state, new.replaces) == ("cancelled", "planned", old)
    assert [event.kind for event in change.events.all()] == ["cancelled"]


@pytest.mark.parametrize("what", ["move", "absence", "again", "missed"])
def test_a_change_is_taken_back_whole(booked, course, clinic, second, coordinator, what):
    before, at = state(course), AS_OF
    day = day_of(booked["D2"])
    match what:
        case "move":
            change = commit(
                clinic, Moved(str(course.pk), "D2", booked["D2"].starts_at + dt.timedelta(days=1)), coordinator
            )
        case "absence":
            change = commit(clinic, PersonAway(str(second.pk), day, day, "flu"), coordinator, enter=True)
        case "again":
            event = CalledOff(str(course.pk), "I1.3")
            change = commit(clinic, event, coordinator, called_off=(VisitEvent.Kind.CANCELLED, 1))
        case "missed":
            at = booked["P1"].ends_at
            record_missed(booked["P1"], reason="No sign.", version=1, by=coordinator, at=at)
            change = Rearrangement.objects.get(kind="missed")
            at += dt.timedelta(days=2)  # a no-show that was told in error is taken back at any time
    assert state(course) != before
    undo(change, by=coordinator, at=at + dt.timedelta(minutes=9), reason="Told in error")
    visits, taken = state(course)
    assert [row for row in visits if row[5] != "cancelled"] == before[0]
    assert taken == before[1]
    assert not Leave.objects.exists()
    assert [event.undone_by.reason for event in change.events.all()] == ["Told in error"] * change.events.count()


def test_a_no_show_from_before_nights_were_kept_is_taken_back(booked, coordinator, monkeypatch):
    """Such a row says nothing of a night, and a no-show may be taken back at any time."""
    visit = booked["P1"]
    with monkeypatch.context() as earlier:
        earlier.setattr(events, "values_of", lambda row: {k: v for k, v in values_of(row).items() if k != "night"})
        record_missed(visit, reason="No sign.", version=1, by=coordinator, at=visit.ends_at)
    change = Rearrangement.objects.get(kind="missed")
    assert "night" not in change.changes.get().before
    undo(change, by=coordinator, at=visit.ends_at + dt.timedelta(days=2))
    visit.refresh_from_db()
    assert (visit.state, visit.night_attendant) == ("planned", None)


def test_after_ten_minutes_a_sentence_says_why_not(booked, course, clinic, coordinator):
    change = commit(
        clinic, Moved(str(course.pk), "I1.3", booked["I1.3"].starts_at + dt.timedelta(hours=1)), coordinator
    )
    assert fresh_changes(clinic, at=AS_OF + dt.timedelta(minutes=9))[0] == change
    assert fresh_changes(clinic, at=AS_OF + dt.timedelta(minutes=10)) == []
    with pytest.raises(Refused) as refused:
        undo(change, by=coordinator, at=AS_OF + dt.timedelta(minutes=10))
    assert [finding.code for finding in refused.value.findings] == ["settled"]


def test_what_was_changed_again_or_taken_by_somebody_else_is_not_taken_back(booked, course, clinic, lead, coordinator):
    old = booked["I1.3"].starts_at
    change = commit(clinic, Moved(str(course.pk), "I1.3", old + dt.timedelta(hours=2)), coordinator)
    other = CourseFactory(patient=PatientFactory(clinic=clinic))
    visit = VisitFactory(course=other, starts_at=old, ends_at=old + dt.timedelta(hours=1))
    taken = Allocation.objects.create(visit=visit, therapist=lead, during=(old, old + dt.timedelta(hours=1)))
    with pytest.raises(Refused) as refused:
        undo(change, by=coordinator, at=AS_OF)
    assert [finding.code for finding in refused.value.findings] == ["taken"]
    assert "Ada Fictional has been booked" in refused.value.findings[0].sentence
    assert course.visits.get(code="I1.3").starts_at == old + dt.timedelta(hours=2)
    Allocation.objects.filter(pk=taken.pk).update(active=False)
    commit(clinic, Moved(str(course.pk), "I1.3", old + dt.timedelta(hours=3)), coordinator)
    with pytest.raises(Refused) as refused:
        undo(change, by=coordinator, at=AS_OF)
    assert [finding.code for finding in refused.value.findings] == ["changed"]


def test_nothing_is_taken_back_twice(booked, course, clinic, coordinator):
    change = commit(
        clinic, Moved(str(course.pk), "I1.3", booked["I1.3"].starts_at + dt.timedelta(hours=1)), coordinator
    )
    back = undo(change, by=coordinator, at=AS_OF)
    for done in (change, back):
        with pytest.raises(Refused) as refused:
            undo(done, by=coordinator, at=AS_OF)
        assert [finding.code for finding in refused.value.findings] == ["undone"]


def test_what_was_booked_anew_or_is_of_an_ended_course_does_not_stand_again(booked, course, clinic, coordinator, wish):
    called_off = events.cancel(booked["I3.3"], reason="Asked for it.", version=1, by=coordinator, at=AS_OF)
    change = Rearrangement.objects.get(kind="cancelled")
    plan = propose(course, wish=wish, as_of=AS_OF).plan
    (anew,) = book(course, plan=plan, wish=wish, by=coordinator, at=AS_OF)
    taken = state(course)
    with pytest.raises(Refused) as refused:
        undo(change, by=coordinator, at=AS_OF)
    assert [finding.code for finding in refused.value.findings] == ["anew"]
    assert (anew.code, state(course)) == ("I3.3", taken)
    undo(Rearrangement.objects.get(changes__visit=anew), by=coordinator, at=AS_OF)
    Course.objects.filter(pk=course.pk).update(state="withdrawn")
    with pytest.raises(Refused) as refused:
        undo(change, by=coordinator, at=AS_OF)
    assert [finding.code for finding in refused.value.findings] == ["ended"]
    assert not Allocation.objects.filter(visit=called_off, active=True).exists()
    Course.objects.filter(pk=course.pk).update(state="in_treatment")
    undo(change, by=coordinator, at=AS_OF)  # with nothing in the way it stands again
    assert Visit.objects.get(pk=called_off.pk).is_standing


def test_a_booking_of_an_ended_course_and_a_no_show_that_was_told_in_error_are_taken_back(booked, course, coordinator):
    visit = booked["P1"]
    record_missed(visit, reason="No sign.", version=1, by=coordinator, at=visit.ends_at)
    Course.objects.filter(pk=course.pk).update(state="withdrawn")
    undo(Rearrangement.objects.get(kind="missed"), by=coordinator, at=visit.ends_at + dt.timedelta(days=2))
    assert Visit.objects.get(pk=visit.pk).is_standing
    Visit.objects.filter(pk=visit.pk).update(version=1)
    undo(Rearrangement.objects.get(kind="booked"), by=coordinator, at=AS_OF)
    assert not Visit.objects.standing().filter(course=course).exists()


def test_a_long_reason_is_cut_wherever_it_is_kept(booked, coordinator):
    events.cancel(booked["I3.3"], reason="Asked for it.", version=1, by=coordinator, at=AS_OF)
    back = undo(Rearrangement.objects.get(kind="cancelled"), by=coordinator, at=AS_OF, reason="x" * 400)
    assert {back.reason, VisitEvent.objects.get(kind="taken back").reason} == {"x" * 300}


def test_a_visit_called_off_within_two_days_was_called_off_late(booked, clinic, coordinator):
    from sessions.actions.events import cancel

    visit = booked["P1"]
    cancel(visit, reason="Flu", version=1, by=coordinator, at=visit.starts_at - dt.timedelta(hours=47))
    cancel(booked["P2"], reason="Flu", version=1, by=coordinator, at=AS_OF)
    assert [event.kind for event in VisitEvent.objects.order_by("pk")] == ["late cancel", "cancelled"]


def test_a_late_start_is_told_with_its_minutes_and_taken_back(booked, coordinator):
    visit = booked["P1"]
    with pytest.raises(Refused):
        record_late_start(visit, minutes=20, reason="Bus", by=coordinator, at=AS_OF)
    event = record_late_start(visit, minutes=20, reason="Bus", by=coordinator, at=visit.ends_at)
    assert Visit.objects.get(pk=visit.pk).state == "planned"
    take_back_late_start(event, reason="It was P2.", by=coordinator, at=visit.ends_at)
    with pytest.raises(Refused):
        take_back_late_start(event, reason="Again", by=coordinator, at=visit.ends_at)


def signed(course, by, **changes):
    values = {"code": "I1.2", "earliest": 5, "latest": 16, "reason": "The pair is away.", "password": PASSWORD}
    return sign_deviation(course, by=by, at=AS_OF, **(values | changes))


def test_a_signed_deviation_opens_the_window_as_far_as_it_says_and_no_further(
    booked, course, clinic, lead, coordinator
):
    dosing = booked["D1"].starts_at
    now = booked["D1"].ends_at
    late = Moved(str(course.pk), "I1.2", dosing + dt.timedelta(days=14, hours=1))
    assert propose_repair(clinic, event=late, as_of=now).repair.is_whole is False
    row = signed(course, lead)
    assert is_genuine(row)
    moved = commit(clinic, late, coordinator, at=now)
    assert "I1.2" in [change.visit.code for change in moved.changes.all()]
    later = Moved(str(course.pk), "I1.2", dosing + dt.timedelta(days=17, hours=1))
    assert propose_repair(clinic, event=later, as_of=now).repair.is_whole is False


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"latest": 18}, "protocol"),
        ({"latest": 10}, "window"),
        ({"latest": None}, "window"),
        ({"reason": " "}, "reason"),
        ({"password": "wrong"}, "password"),
        ({"code": "D1"}, "protocol"),
        ({"code": "D1", "earliest": None, "latest": None}, "protocol"),
    ],
)
def test_what_may_not_be_signed_is_refused(course, lead, changes, code):
    with pytest.raises(Refused) as refused:
        signed(course, lead, **changes)
    assert [finding.code for finding in refused.value.findings] == [code]


def test_only_a_physician_or_the_lead_signs(course, second, physician):
    with pytest.raises(Refused) as refused:
        signed(course, second)
    assert [finding.code for finding in refused.value.findings] == ["signer"]
    assert signed(course, physician).signer == physician


def test_what_was_signed_is_never_edited(course, lead):
    from django.db import DatabaseError, transaction

    row = signed(course, lead)
    with pytest.raises(DatabaseError), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(latest=17)
    row.allowed = "5 to 17 days after D1"
    assert not is_genuine(row)


def test_one_therapist_alone_needs_a_signature(booked, course, clinic, lead, second, coordinator):
    signed(course, lead, earliest=None, latest=None)
    first = day_of(booked["D1"]) + dt.timedelta(days=2)
    event = PersonAway(str(second.pk), first, first + dt.timedelta(days=8), "flu")
    commit(clinic, event, coordinator, enter=True)
    assert course.visits.get(code="I1.2").therapists == [lead]
