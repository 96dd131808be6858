"""The waiting list and its runs: asked for, worked out, stopped, booked whole or not at all."""

import datetime as dt
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Credential, User
from accounts.rules.findings import Refused
from patients.models import Course
from sessions.actions import running
from sessions.actions.booking import book
from sessions.actions.events import cancel
from sessions.actions.planning import propose
from sessions.actions.undoing import fresh_changes, undo
from sessions.actions.waiting import waiting_in
from sessions.models import Allocation, PlanningRun, Preference, Rearrangement, Room, RunCourse, Visit
from sessions.rules.clinic import plan_clinic
from sessions.rules.planning import Wish
from sessions.rules.running import BROKEN, LOST, NO_BROKER, TRANSITIONS, State, Step, is_lost, standing
from tests.factories import CourseFactory, MedicineFactory, PatientFactory
from tests.sessions.test_booking import open_hours

NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
FIRST, LAST = dt.date(2026, 11, 23), dt.date(2027, 1, 17)


def eligible(clinic, day, **changes):
    """A course that has waited since a day of November and has no pair."""
    course = CourseFactory(patient=PatientFactory(clinic=clinic), state="eligible", **changes)
    course.steps.create(state="eligible", at=NOW - dt.timedelta(days=20 - day))
    return course


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    """The search itself, with four rounds: how well it searches is asked elsewhere."""
    monkeypatch.setattr(running, "plan_clinic", partial(plan_clinic, rounds=4))


@pytest.fixture
def open_clinic(course, other_therapist):
    """Everybody works, and the course of the cast waits for nothing."""
    open_hours(course.clinic)
    return course.clinic


@pytest.fixture
def three(open_clinic):
    return [eligible(open_clinic, day) for day in (3, 2, 1)]


@pytest.fixture
def run(three, open_clinic, coordinator):
    return asked(open_clinic, three, coordinator)


def asked(clinic, courses, by, at=NOW):
    return running.ask(clinic, courses=courses, first_day=FIRST, last_start=LAST, by=by, at=at)


def worked(run, at=NOW):
    """What the worker does."""
    running.work(run.pk, now=lambda: at)
    run.refresh_from_db()
    return run


# Who waits


def test_the_most_urgent_come_first_then_those_who_have_waited_longest(three, clinic):
    urgent = eligible(clinic, 9, priority=4)
    waiting = waiting_in(clinic, today=NOW.date())
    assert [row.course for row in waiting] == [urgent, three[2], three[1], three[0]]
    assert [row.since.day for row in waiting] == [9, 1, 2, 3]


def test_who_has_a_visit_or_no_decision_does_not_wait(three, course, clinic, run, coordinator):
    running.book_run(worked(run), by=coordinator, at=NOW)
    assert course.state == "screening"
    assert waiting_in(clinic, today=NOW.date()) == []


def test_a_line_says_from_when_the_washout_is_clear_and_what_is_asked_for(clinic):
    row = eligible(clinic, 1)
    Preference.objects.create(course=row, of="both", trait="woman", must=True)
    MedicineFactory(
        patient=row.patient, name="Sertraline", ongoing=False, last_dose_on=NOW.date() - dt.timedelta(days=5)
    )
    line = waiting_in(clinic, today=NOW.date())[0]
    assert (line.clear_from, line.unknown) == (dt.date(2026, 12, 14), ())
    assert [asked.say for asked in line.preferences] == ["both therapists: woman"]


def test_the_list_takes_the_same_queries_for_one_and_for_many(clinic, django_assert_num_queries):
    eligible(clinic, 1)
    with django_assert_num_queries(11):
        waiting_in(clinic, today=NOW.date())
    for day in range(8):
        eligible(clinic, day)
    with django_assert_num_queries(11):
        waiting_in(clinic, today=NOW.date())


# From asking to booking


def test_a_run_plans_everybody_and_books_them_in_one_transaction(run, three, coordinator):
    worked(run)
    assert (run.state, run.planned, run.done_rounds) == ("ready", 3, run.rounds)
    assert run.bound <= run.cost == sum(row.plan["cost"] for row in run.courses.all())
    assert not Visit.objects.exists()
    visits = running.book_run(run, by=coordinator, at=NOW)
    run.refresh_from_db()
    assert (run.state, run.ended_by) == ("booked", coordinator)
    assert len(visits) == sum(len(course.plan.visits) for course in three)
    assert all(len(course.pair(FIRST)) == 2 for course in Course.objects.filter(pk__in=[c.pk for c in three]))
    with pytest.raises(Refused) as refused:
        running.book_run(run, by=coordinator, at=NOW)
    assert [finding.code for finding in refused.value.findings] == ["run_over"]


def test_what_changed_meanwhile_books_nothing_and_is_planned_again(run, three, coordinator):
    worked(run)
    found = {row.course_id: row.plan for row in run.courses.all()}
    faster = running.plan_of(found[three[0].pk])
    wish = Wish(FIRST, LAST, faster.pair)
    alone = propose(three[0], wish=wish, as_of=NOW)
    book(three[0], plan=alone.plan, wish=wish, by=coordinator, at=NOW)
    standing_before = Allocation.objects.count()
    with pytest.raises(running.Overtaken):
        running.book_run(run, by=coordinator, at=NOW)
    run.refresh_from_db()
    assert (run.state, Allocation.objects.count()) == ("ready", standing_before)
    fresh = running.plan_again(run, by=coordinator, at=NOW)
    run.refresh_from_db()
    assert run.state == "discarded"
    assert {row.course_id for row in fresh.courses.all()} == {three[1].pk, three[2].pk}
    worked(fresh)
    assert len(running.book_run(fresh, by=coordinator, at=NOW)) == 2 * len(three[0].plan.visits)


@pytest.mark.parametrize("who", ["physician", "rater", "room"])
def test_whoever_or_whatever_is_gone_since_is_replaced_instead_of_stumbled_over(
    run, three, coordinator, client, physician, rater, who
):
    worked(run, at=timezone.now())
    if who == "room":
        Room.objects.update(active=False)
    else:
        User.objects.filter(pk={"physician": physician, "rater": rater}[who].pk).update(is_active=False)
    client.force_login(coordinator)
    page = client.post(f"/courses/waiting/{run.public_id}/book/", follow=True).content.decode()
    words = "in a room that is not in use" if who == "room" else "with somebody who does not work here"
    assert f"is {words} any more." in page and "Nothing is booked" in page
    assert (Visit.objects.count(), PlanningRun.objects.open().get().courses.count()) == (0, 3)


def test_the_same_without_a_change_would_have_been_booked(run, coordinator):
    """The negative control of the test before."""
    assert running.book_run(worked(run), by=coordinator, at=NOW)


def test_every_further_course_of_a_run_costs_a_few_queries_of_its_own(open_clinic, coordinator):
    """Who works there and when patients are clear of washouts is read once; what is in the way, for each anew."""
    asked_for = []
    for number in (1, 3):
        run = worked(asked(open_clinic, [eligible(open_clinic, day) for day in range(1, number + 1)], coordinator))
        with CaptureQueriesContext(connection) as queries:
            booked = running.book_run(run, by=coordinator, at=NOW)
        assert len({visit.course_id for visit in booked}) == number
        asked_for.append(len(queries))
    assert asked_for == [54, 112]


def test_whoever_has_no_plan_has_every_reason(run, three, open_clinic):
    Preference.objects.create(course=three[0], of="one", trait="speaks Welsh", must=True)
    worked(run)
    rows = {row.course_id: row for row in run.courses.all()}
    assert (run.planned, rows[three[0].pk].plan) == (2, None)
    assert [reason["code"] for reason in rows[three[0].pk].reasons] == ["preference"]


def test_one_clinic_has_one_open_run(run, three, open_clinic, coordinator):
    with pytest.raises(Refused) as refused:
        asked(open_clinic, three, coordinator)
    assert [finding.code for finding in refused.value.findings] == ["run_open"]
    values = {"clinic": open_clinic, "asked_by": coordinator, "asked_at": NOW, "first_day": FIRST, "last_start": LAST}
    with pytest.raises(IntegrityError, match="one_open_planning_run_per_clinic"), transaction.atomic():
        PlanningRun.objects.create(**values)
    with connection.cursor() as cursor:  # the negative control
        cursor.execute("DROP INDEX one_open_planning_run_per_clinic")
    PlanningRun.objects.create(**values)
    assert PlanningRun.objects.open().count() == 2


def test_nobody_is_planned_who_does_not_wait(open_clinic, course, coordinator):
    with pytest.raises(Refused) as refused:
        asked(open_clinic, [course], coordinator)
    assert [finding.code for finding in refused.value.findings] == ["nobody_waits"]


# Papers are one for all


def test_a_therapists_papers_count_whatever_course_comes_first(open_clinic, lead, second, other_therapist, coordinator):
    """Requests share their people: one for whom somebody is no therapist must not forgive a lapsed licence."""
    Credential.objects.filter(membership__user=other_therapist, kind="licence").update(expires_on=FIRST)
    first, then = eligible(open_clinic, 1), eligible(open_clinic, 2)
    Preference.objects.create(course=first, of="neither", person=other_therapist, must=True)
    Preference.objects.create(course=then, of="lead", person=other_therapist, must=True)
    run = worked(asked(open_clinic, [first, then], coordinator))
    rows = {row.course_id: row for row in run.courses.all()}
    assert rows[first.pk].plan is not None
    assert rows[then.pk].plan is None


# Stopping, throwing away, failing


def test_a_stopped_run_keeps_the_best_so_far(run, coordinator):
    running.stop(run)
    worked(run)
    assert run.state == "ready"
    assert run.done_rounds < 4
    refused = {reason["code"] for row in run.courses.filter(plan=None) for reason in row.reasons}
    assert refused <= {"not_tried"}
    assert run.planned == run.courses.exclude(plan=None).count()


def test_a_run_that_was_thrown_away_stays_so_when_its_worker_ends(run, coordinator, monkeypatch):
    found = running.plan_clinic

    def thrown_away_meanwhile(requests, **more):
        running.discard(run, by=coordinator, at=NOW)
        return found(requests, **more)

    monkeypatch.setattr(running, "plan_clinic", thrown_away_meanwhile)
    worked(run)
    assert run.state == "discarded"
    assert not RunCourse.objects.exclude(plan=None).exists()


def test_without_a_broker_the_run_fails_at_once_and_may_be_asked_for_again(
    three, open_clinic, coordinator, django_capture_on_commit_callbacks, monkeypatch
):
    from celery import Celery

    from sessions.actions import waking

    away = Celery("away", broker="redis+socket:///nowhere/at-all.sock?virtual_host=0", set_as_current=False)
    monkeypatch.setattr(waking, "current_app", away)
    with django_capture_on_commit_callbacks(execute=True):
        run = asked(open_clinic, three, coordinator)
    run.refresh_from_db()
    assert (run.state, run.failure) == ("failed", NO_BROKER)
    assert asked(open_clinic, three, coordinator).state == "asked"


def test_a_lost_worker_ends_in_a_sentence_and_its_message_does_nothing_when_it_comes_again(
    run, three, open_clinic, coordinator
):
    PlanningRun.objects.filter(pk=run.pk).update(state="planning", seen_at=NOW)
    assert running.end_lost(at=NOW + dt.timedelta(seconds=50)) == 0
    assert running.end_lost(at=NOW + dt.timedelta(seconds=70)) == 1
    worked(run)
    assert (run.state, run.failure) == ("failed", LOST)
    assert not Visit.objects.exists()
    assert asked(open_clinic, three, coordinator).state == "asked"


def test_a_fault_of_the_planner_ends_in_a_sentence(run, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(running, "plan_clinic", broken)
    worked(run)
    assert (run.state, run.failure) == ("failed", BROKEN)


def test_every_step_from_every_state_is_as_the_table_says(run, coordinator):
    for state in State:
        for step in (Step.BOOK, Step.DISCARD, Step.FAIL):
            ended = state in (State.BOOKED, State.DISCARDED, State.FAILED)
            PlanningRun.objects.filter(pk=run.pk).update(
                state=state, ended_at=NOW if ended else None, failure="so" if state is State.FAILED else ""
            )
            failure = "so" if step is Step.FAIL else ""
            assert running.end(run, step, at=NOW, failure=failure) is ((state, step) in TRANSITIONS), (state, step)


@pytest.mark.parametrize("state", State)
def test_every_state_is_said_in_a_sentence(state):
    for seconds in (0, 600):
        for stop_asked in (False, True):
            said = standing(state, silent=dt.timedelta(seconds=seconds), stop_asked=stop_asked)
            assert said.endswith(".")
    assert is_lost(state, dt.timedelta(seconds=600)) is (state is State.PLANNING)


# Pages


def test_the_coordinator_plans_books_and_finds_it_again(three, open_clinic, coordinator, client):
    client.force_login(coordinator)
    page = client.get("/courses/waiting/").content.decode()
    assert all(str(course.patient) in page for course in three)
    assert "What this clinic can carry" in page
    monday = (timezone.localdate() + dt.timedelta(days=7)).isoformat()
    ids = [str(course.public_id) for course in three[:2]]
    answer = client.post("/courses/waiting/", {"courses": ids, "first_week": monday, "within": "8"})
    run = PlanningRun.objects.get()
    assert answer["Location"] == f"/courses/waiting/{run.public_id}/"
    running.work(run.pk, now=timezone.now)
    page = client.get(answer["Location"]).content.decode()
    assert "2 planned" in page
    answer = client.post(f"/courses/waiting/{run.public_id}/book/", follow=True)
    assert "visits of 2 courses are booked" in answer.content.decode()
    assert str(three[0].patient) not in client.get("/courses/waiting/").content.decode()


def test_a_whole_run_is_taken_back_by_one_press_and_may_be_planned_again(run, three, open_clinic, coordinator, client):
    run = worked(run, at=timezone.now())
    client.force_login(coordinator)
    here = f"/courses/waiting/{run.public_id}/"
    page = client.post(f"{here}book/", follow=True)
    (change,) = page.context["fresh"]
    assert change.says == f"{3 * len(three[0].plan.visits)} visits of 3 courses booked"
    answer = client.post(f"/calendar/changes/{change.public_id}/undo/", {"back": here}, follow=True)
    assert answer.redirect_chain == [(here, 302)]
    assert "Booked, and taken back: none of it stands." in answer.content.decode()
    assert not Allocation.objects.filter(active=True).exists() and not Visit.objects.standing().exists()
    assert len(waiting_in(open_clinic, today=NOW.date())) == 3
    client.post(f"{here}again/")
    assert PlanningRun.objects.open().get().courses.count() == 3


def test_a_run_that_was_booked_is_not_said_to_be_thrown_away(run, coordinator, client):
    client.force_login(coordinator)
    here = f"/courses/waiting/{worked(run, at=timezone.now()).public_id}/"
    client.post(f"{here}book/")
    page = client.post(f"{here}discard/", follow=True)
    assert page.redirect_chain == [(here, 302)]
    assert "It was over already" in page.content.decode() and "Nothing was booked" not in page.content.decode()
    assert Visit.objects.standing().exists()


@pytest.mark.parametrize("what", ["changed", "told"])
def test_a_run_of_which_one_visit_changed_or_was_told_stays_whole(run, three, coordinator, what):
    running.book_run(worked(run), by=coordinator, at=NOW)
    change = Rearrangement.objects.get()
    visit = three[1].visits.get(code="P2")
    if what == "changed":
        cancel(visit, reason="Asked for it.", version=1, by=coordinator, at=NOW)
    else:
        Visit.objects.filter(pk=visit.pk).update(announced_at=NOW)
    standing = Visit.objects.standing().count()
    with pytest.raises(Refused) as refused:
        undo(change, by=coordinator, at=NOW)
    assert [finding.code for finding in refused.value.findings] == [what]
    assert (fresh_changes(run.clinic, at=NOW)[-1] == change) is (what == "told")
    assert Visit.objects.standing().count() == standing
    Visit.objects.filter(pk=visit.pk).update(announced_at=None, version=1)
    undo(change, by=coordinator, at=NOW)  # with nothing in the way it goes back whole
    assert not Visit.objects.standing().exists()


def test_an_overtaken_run_is_planned_again_by_the_page(run, three, coordinator, client):
    worked(run)
    Course.objects.filter(pk=three[0].pk).update(state="withdrawn")
    client.force_login(coordinator)
    answer = client.post(f"/courses/waiting/{run.public_id}/book/", follow=True)
    assert "Nothing is booked; the courses are being planned again." in answer.content.decode()
    fresh = PlanningRun.objects.open().get()
    assert (fresh != run, fresh.courses.count(), Visit.objects.count()) == (True, 2, 0)


def test_nothing_ticked_is_said_beside_the_list(three, coordinator, client):
    client.force_login(coordinator)
    answer = client.post("/courses/waiting/", {"first_week": "2027-01-04", "within": "8"})
    assert answer.status_code == 422
    assert "Tick the courses that shall be planned." in answer.content.decode()
