import datetime as dt
import threading
import uuid

import pytest
from django.db import DatabaseError, IntegrityError, close_old_connections, connection, transaction

from accounts.actions.audit import acting
from accounts.models import Change, Credential
from accounts.rules.findings import Outcome, Refused
from sessions.actions.dosing import AnotherBody
from sessions.models import Dose, SessionStep, TherapySession, VitalSign

DAYS_OF_VENLAFAXINE = 10  # 5 half-lives of 11 h, rounded up to 3 days, and 7 to settle


def reasons(refused):
    return [finding.code for finding in refused.value.findings]


def test_a_whole_day_is_written_down_step_by_step(day, visit, course):
    day.cleared()
    day.dose()
    day.wait(minutes=95).measure("supplement")
    day.answer("affirmed")
    day.dose("supplemental", 40)
    day.wait(hours=6).answer().measure("end")
    day.step("close")
    session = TherapySession.objects.get(visit=visit)
    visit.refresh_from_db()
    course.refresh_from_db()
    assert list(session.steps.values_list("step", flat=True)) == [
        "clear",
        "initial dose",
        "supplemental dose",
        "close",
    ]
    assert [(dose.kind, dose.mg) for dose in session.doses.all()] == [("initial", 80), ("supplemental", 40)]
    assert (session.state, visit.state, course.state) == ("closed", "done", "in_treatment")
    assert not session.presences.filter(left_at=None).exists()


def test_a_second_initial_dose_is_refused_with_a_fresh_key_and_a_fresh_tablet(day):
    day.dosed()
    with pytest.raises(Refused) as refused:
        day.dose(given_by=day.second, witnessed_by=day.lead, by=day.second)
    assert "order" in reasons(refused)
    assert "second_dose" in reasons(refused)
    assert Dose.objects.count() == 1


def test_the_first_dose_is_noted_as_the_courses_last_dosing_day(day, course):
    assert course.dosed_on is None
    day.cleared()
    day.dose()
    course.refresh_from_db()
    assert course.dosed_on == day.now.astimezone(course.clinic.zone).date()


def test_the_same_key_gives_back_the_same_dose_and_another_body_is_not_a_retry(day):
    key = uuid.uuid4()
    day.cleared()
    first = day.dose(key=key)
    assert day.wait(minutes=1).dose(key=key) == first
    with pytest.raises(AnotherBody):
        day.dose(key=key, lot="LOT-8")
    assert Dose.objects.count() == 1


def test_the_database_refuses_a_second_initial_dose_one_person_and_a_supplement_before(day):
    """The negative control of the guards above: with the rules stepped over, the constraints still hold."""
    day.dosed()
    session = TherapySession.objects.get()
    whole = {
        "session": session,
        "body_hash": "x",
        "mg": 20,
        "basis": "HCl",
        "lot": "L",
        "given_at": day.now,
        "given_by": day.lead,
        "witnessed_by": day.second,
    }
    for changes, error in (
        ({"kind": "initial"}, "one_dose_of_a_kind_per_session"),
        ({"kind": "supplemental", "witnessed_by": day.lead}, "dose_given_and_witnessed_by_two"),
        ({"kind": "supplemental", "mg": 0}, "dose_weighs_something"),
    ):
        row = {**whole, "given_at": day.now + dt.timedelta(minutes=95), **changes}
        with pytest.raises(IntegrityError, match=error), transaction.atomic():
            Dose.objects.create(key=uuid.uuid4(), **row)
    for changes in ({}, {"given_at": day.now + dt.timedelta(minutes=95), "mg": 81}):
        with pytest.raises(DatabaseError, match="a supplement follows"), transaction.atomic():
            Dose.objects.create(key=uuid.uuid4(), **{**whole, "kind": "supplemental", **changes})
    for statement in ("UPDATE therapy_sessions_dose SET mg = 1", "DELETE FROM therapy_sessions_dose"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def withdraw_consent(day):
    from screening.actions.consents import withdraw_consent

    for consent in day.visit.course.consents.filter(kind="treatment"):
        withdraw_consent(consent, reason="Changed my mind", by=day.physician, at=day.now)


def start_medicine(day):
    from tests.factories import MedicineFactory

    MedicineFactory(patient=day.visit.course.patient, name="Phenelzine")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda day: type(day.visit.course).objects.update(state="excluded"), "course"),
        (lambda day: day.visit.course.visits.filter(code="P2").update(state="missed"), "preparation"),
        (lambda day: day.visit.course.visits.filter(code="R0").update(state="planned"), "baseline"),
        (lambda day: withdraw_consent(day), "consent"),
        (lambda day: start_medicine(day), "medicine-phenelzine"),
        (lambda day: Credential.objects.filter(membership__user=day.second).update(expires_on="2020-01-01"), "pair"),
        (lambda day: Credential.objects.filter(membership__user=day.physician).delete(), "physician"),
        (lambda day: day.visit.session.presences.filter(therapist=day.second).update(left_at=day.now), "pair"),
        (lambda day: day.answer("consent", good=False), "consent"),
        (lambda day: day.answer("suicide_risk", number=4), "suicide_risk"),
        (lambda day: day.wait(seconds=1).measure(systolic=171), "vitals.V-PRE-1a"),
        (lambda day: day.wait(minutes=31), "vitals.V-PRE-1a"),
    ],
)
def test_what_changed_between_page_and_tap_refuses_the_dose(day, spoil, code):
    day.cleared()
    spoil(day)
    with pytest.raises(Refused) as refused:
        day.dose()
    assert code in reasons(refused)
    assert not Dose.objects.exists()
    assert TherapySession.objects.get().state == "cleared"


def baseline(day):
    from sessions.actions.facts import facts_for, session_of

    facts = facts_for(session_of(day.visit), as_of=day.now)
    return [(finding.outcome, finding.sentence) for finding in facts.eligibility if finding.code == "baseline"]


def stopped(day, *, days_before_rating):
    """Venlafaxine, whose washout takes 10 days, stopped so long before the baseline was rated."""
    from tests.factories import MedicineFactory

    rated_on = day.visit.course.visits.get(code="R0").starts_at.date()
    last = rated_on - dt.timedelta(days=days_before_rating)
    MedicineFactory(patient=day.visit.course.patient, name="Venlafaxine", ongoing=False, last_dose_on=last)
    return rated_on, last


def test_a_baseline_rated_before_the_washout_was_over_stops_the_first_dose(day):
    rated_on, last = stopped(day, days_before_rating=2)
    clear = last + dt.timedelta(days=DAYS_OF_VENLAFAXINE)
    assert baseline(day) == [
        (
            Outcome.NOT_MET,
            f"Baseline CAPS-5 was rated on {rated_on:%-d %b %Y}; the washout is over on {clear:%-d %b %Y}. "
            "Let it be rated again after it.",
        )
    ]


def test_a_baseline_rated_on_the_first_clear_day_stands(day):
    stopped(day, days_before_rating=DAYS_OF_VENLAFAXINE)
    assert baseline(day) == []


def test_a_baseline_whose_washout_nobody_can_date_is_unknown(day):
    from tests.factories import MedicineFactory

    MedicineFactory(patient=day.visit.course.patient, name="Venlafaxine", ongoing=False, last_dose_on=None)
    [(outcome, _)] = baseline(day)
    assert outcome is Outcome.UNKNOWN


def test_after_the_first_dose_a_later_washout_does_not_spoil_the_baseline(day):
    day.dosed()
    stopped(day, days_before_rating=0)
    from sessions.actions.facts import _unprepared

    assert _unprepared(day.visit) == []


def test_amounts_people_and_lot_are_held_against_the_protocol(day):
    day.cleared()
    for changes, code in (
        ({"mg": 120}, "amount"),
        ({"witnessed_by": day.lead}, "two_people"),
        ({"lot": ""}, "lot"),
    ):
        with pytest.raises(Refused) as refused:
            day.dose(**changes)
        assert reasons(refused)[0] == code
    assert not Dose.objects.exists()


def test_a_day_that_is_called_off_frees_the_visit_for_planning_and_takes_nothing_more(day, visit):
    day.ready().step("call off", reason="Fever this morning.")
    visit.refresh_from_db()
    assert (visit.state, visit.state_reason) == ("missed", "Called off: Fever this morning.")
    with pytest.raises(Refused):
        day.step("clear")
    with pytest.raises(Refused):
        day.answer("identity")
    with pytest.raises(Refused):
        day.wait(minutes=1).measure()


def test_signs_sent_again_are_saved_once_and_other_values_are_not_a_retry(day):
    day.arrive()
    key = uuid.uuid4()
    first = day.measure(key=key)
    assert day.wait(minutes=9).measure(key=key) == first
    with pytest.raises(AnotherBody):
        day.measure(key=key, systolic=123)
    assert VitalSign.objects.count() == 1


def test_signs_taken_before_the_end_arrive_after_it_and_are_marked_late(day):
    from sessions.actions.monitoring import record_vitals

    day.closed()
    row = record_vitals(
        day.visit,
        key=uuid.uuid4(),
        taken_at=day.now - dt.timedelta(minutes=30),
        slot="",
        measures={"pulse": 80},
        by=day.lead,
        at=day.now + dt.timedelta(minutes=2),
    )
    assert row.late
    with pytest.raises(Refused):
        day.wait(minutes=3).measure()


def test_every_step_is_in_the_audit_under_the_person_who_took_it(day):
    with acting(day.lead):
        day.dosed()
    rows = Change.objects.filter(relation="therapy_sessions_dose")
    assert [(row.kind, row.actor, row.patient_id) for row in rows] == [
        ("INSERT", day.lead, day.visit.course.patient_id)
    ]


def race(number, act):
    """Runs `act` at the same moment on as many connections; the errors by name, sorted."""
    barrier, found = threading.Barrier(number), []

    def run(position):
        close_old_connections()
        try:
            barrier.wait()
            with acting(process="test"):
                act(position)
            found.append("done")
        except Exception as problem:
            found.append(type(problem).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


@pytest.mark.django_db(transaction=True)
def test_twenty_taps_at_once_give_one_initial_dose(day):
    day.cleared()
    found = race(20, lambda _: day.dose())
    assert found == ["Refused"] * 19 + ["done"]
    assert Dose.objects.count() == 1
    assert SessionStep.objects.filter(step="initial dose").count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_retries_of_one_tap_give_one_dose_and_twenty_yes(day):
    day.cleared()
    key = uuid.uuid4()
    assert race(20, lambda _: day.dose(key=key)) == ["done"] * 20
    assert Dose.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_and_the_rules_only_the_database_stands_and_it_does(day):
    """Negative control of the race: the guard stepped over, several reach the insert, and one row is left."""
    day.cleared()
    session = TherapySession.objects.get()

    def insert(_):
        Dose.objects.create(
            session=session,
            kind="initial",
            key=uuid.uuid4(),
            body_hash="x",
            mg=80,
            basis="HCl",
            lot="L",
            given_at=day.now,
            given_by=day.lead,
            witnessed_by=day.second,
        )

    assert race(20, insert) == ["IntegrityError"] * 19 + ["done"]
    assert Dose.objects.count() == 1
