"""The prescriber's taper and the weekly check, from the form to whoever has to know."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.rules.findings import Outcome, Refused
from screening.actions.facts import clear_from
from screening.actions.tapering import check_well_being, record_taper, watches_of
from screening.models import Alert, RiskReading, TaperPlan, TaperStep, WellBeing
from screening.rules.tapering import Step
from sessions.actions.planning import washout_of
from tests.factories import MedicineFactory, PatientFactory

GOOD = {"how": 4, "sleep": 3, "mood": 4, "suicidal": False}


@pytest.fixture
def today(course):
    return timezone.localdate(timezone=course.clinic.zone)


@pytest.fixture
def fluoxetine(course):
    return MedicineFactory(patient=course.patient, name="Fluoxetine", dose="20 mg", prescriber="Dr Ash")


def url(view, course):
    return reverse(f"screening:{view}", args=[course.public_id])


def taper(course, medicine, by, *, begins=-10, **changes):
    now = timezone.now()
    day = timezone.localdate(timezone=course.clinic.zone) + dt.timedelta(days=begins)
    steps = [Step(day, "20 mg"), Step(day + dt.timedelta(days=14), "10 mg")]
    values = {"medicine": medicine, "prescriber": "Dr Ash", "steps": steps, **changes}
    return record_taper(course, **values, by=by, at=now)


def test_a_plan_is_kept_with_its_steps_and_a_newer_one_supersedes_it(course, fluoxetine, physician):
    first = taper(course, fluoxetine, physician)
    second = taper(course, fluoxetine, physician, begins=-3)
    assert [step.dose for step in first.steps.all()] == ["20 mg", "10 mg"]
    assert list(course.taper_plans.newest()) == [second]
    assert TaperPlan.objects.count() == 2


def test_while_a_taper_runs_the_washout_counts_from_the_planned_last_dose(course, fluoxetine, physician, today):
    assert (clear_from(course, today).on, washout_of(course, today)[0]) == (None, None)
    last = today + dt.timedelta(days=20)
    taper(course, fluoxetine, physician, last_dose_on=last)
    planned = last + dt.timedelta(days=57)
    assert (clear_from(course, today).on, washout_of(course, today)) == (planned, (planned, ()))
    # When it has been taken, the last dose itself counts.
    fluoxetine.ongoing, fluoxetine.last_dose_on = False, today - dt.timedelta(days=2)
    fluoxetine.save()
    assert clear_from(course, today).on == today + dt.timedelta(days=55)


def test_a_taper_without_a_last_dose_or_beyond_it_gives_no_date(course, fluoxetine, physician, today):
    taper(course, fluoxetine, physician, last_dose_on=today + dt.timedelta(days=5))
    assert clear_from(course, today + dt.timedelta(days=4)).on is not None
    assert clear_from(course, today + dt.timedelta(days=5)).on is None
    taper(course, fluoxetine, physician)
    assert clear_from(course, today).on is None


@pytest.mark.parametrize("days", [-40, 20])
def test_of_what_is_taken_as_needed_no_plan_counts_as_the_last_dose(course, physician, today, days):
    zopiclone = MedicineFactory(patient=course.patient, name="Zopiclone", regular=False)
    (before,) = clear_from(course, today).findings
    taper(course, zopiclone, physician, begins=-60, last_dose_on=today + dt.timedelta(days=days))
    assert (clear_from(course, today).on, clear_from(course, today).findings) == (None, [before])
    assert before.outcome is Outcome.WAITING


def test_a_plan_that_could_not_be_followed_keeps_nothing(course, fluoxetine, physician):
    with pytest.raises(Refused) as refused:
        taper(course, fluoxetine, physician, steps=[], prescriber="")
    assert [finding.code for finding in refused.value.findings] == ["prescriber", "steps"]
    assert TaperPlan.objects.count() == 0


def test_only_what_this_patient_still_takes_is_tapered(course, clinic, physician):
    stopped = MedicineFactory(patient=course.patient, ongoing=False)
    somebody_elses = MedicineFactory(patient=PatientFactory(clinic=clinic))
    for medicine in (stopped, somebody_elses):
        with pytest.raises(Refused, match="Only a medicine that this patient still takes"):
            taper(course, medicine, physician)


def test_nothing_of_a_taper_or_a_check_is_ever_changed(course, fluoxetine, physician, today):
    plan = taper(course, fluoxetine, physician)
    check = check_well_being(course, taken_on=today, **GOOD, by=physician, at=timezone.now())
    for rows in (TaperPlan.objects.filter(pk=plan.pk), WellBeing.objects.filter(pk=check.pk)):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            rows.update(note="x")
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        TaperStep.objects.all().delete()
    with pytest.raises(IntegrityError, match="well_being_from_one_to_five"), transaction.atomic():
        check_well_being(course, taken_on=today, **{**GOOD, "mood": 6}, by=physician, at=timezone.now())


def test_a_check_falls_due_a_week_after_the_first_step_and_each_check(course, fluoxetine, physician, today):
    assert watches_of([course], today) == {}
    taper(course, fluoxetine, physician)
    assert watches_of([course], today)[course.pk].late(today) == 3
    check_well_being(course, taken_on=today - dt.timedelta(days=2), **GOOD, by=physician, at=timezone.now())
    assert watches_of([course], today)[course.pk].due_on == today + dt.timedelta(days=5)


def test_a_check_is_not_dated_ahead(course, physician, today):
    with pytest.raises(Refused, match="has not come yet"):
        check_well_being(course, taken_on=today + dt.timedelta(days=1), **GOOD, by=physician, at=timezone.now())


def test_thoughts_of_suicide_tell_the_physician_and_the_pair_at_once(course, lead, second, physician, today):
    check_well_being(course, taken_on=today, **GOOD, by=lead, at=timezone.now())
    assert (Alert.objects.count(), RiskReading.objects.count()) == (0, 0)
    check_well_being(course, taken_on=today, **{**GOOD, "suicidal": True}, by=lead, at=timezone.now())
    [alert] = Alert.objects.all()
    assert {reader.user for reader in alert.readers.all()} == {lead, second, physician}
    assert "no C-SSRS says how far they go. Ask it today." in alert.sentence
    assert RiskReading.objects.get().asked == "weekly well-being check"


def test_the_physician_records_a_plan_from_the_page(client, course, fluoxetine, physician, today):
    client.force_login(physician)
    page = client.get(url("taper", course)).content.decode()
    assert 'value="Dr Ash"' in page
    values = {"medicine": fluoxetine.public_id, "prescriber": "Dr Ash", "from_1": today, "dose_1": "10 mg"}
    assert client.post(url("taper", course), {**values, "from_2": today}).status_code == 409
    reply = client.post(url("taper", course), values, follow=True).content.decode()
    assert "Taper of Fluoxetine: recorded as Dr Ash planned it." in reply
    assert TaperPlan.objects.get().by == physician
    shown = client.get(url("course", course)).content.decode()
    assert f"Taper of Fluoxetine, planned by Dr Ash: 10 mg since {today.day} {today:%b}." in shown


def test_a_plan_out_of_order_is_said_on_the_page_and_kept_nowhere(client, course, fluoxetine, physician, today):
    client.force_login(physician)
    earlier = today - dt.timedelta(days=1)
    values = {"medicine": fluoxetine.public_id, "prescriber": "Dr Ash", "from_1": today, "dose_1": "10 mg"}
    reply = client.post(url("taper", course), {**values, "from_2": earlier, "dose_2": "5 mg"})
    assert reply.status_code == 409
    assert "Each step begins later than the one before." in reply.content.decode()
    assert TaperPlan.objects.count() == 0


def test_a_check_asks_four_questions_and_takes_none_for_granted(client, course, lead, today):
    client.force_login(lead)
    assert "checked" not in client.get(url("check", course)).content.decode()
    answers = {"taken_on": today, "how": "2", "sleep": "1", "mood": "2"}
    assert client.post(url("check", course), answers).status_code == 409
    reply = client.post(url("check", course), {**answers, "suicidal": "yes"}, follow=True).content.decode()
    assert "the physician and the pair have been told. Stay in contact, and do the C-SSRS now." in reply
    check = WellBeing.objects.get()
    assert (check.how, check.sleep, check.mood, check.suicidal, check.by) == (2, 1, 2, True, lead)


def test_an_overdue_check_is_on_today_of_therapist_and_physician(client, course, fluoxetine, lead, physician, today):
    taper(course, fluoxetine, physician)
    for user in (lead, physician):
        client.force_login(user)
        page = client.get(reverse("reports:today")).content.decode()
        assert "Well-being check 3 days late" in page
        assert url("check", course) in page
    check_well_being(course, taken_on=today, **GOOD, by=physician, at=timezone.now())
    assert "Well-being check 3 days late" not in client.get(reverse("reports:today")).content.decode()


def test_a_therapist_of_another_course_is_not_told(client, course, fluoxetine, physician, other_therapist):
    taper(course, fluoxetine, physician)
    client.force_login(other_therapist)
    assert "Well-being check 3 days late" not in client.get(reverse("reports:today")).content.decode()
    assert client.get(url("check", course)).status_code == 404
    assert client.get(url("taper", course)).status_code == 404
