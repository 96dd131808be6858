import datetime as dt

import pytest
from django.utils import timezone

from accounts.actions.editing import Stale
from accounts.rules.findings import Refused
from integration.actions import measures, outcomes, practices
from integration.models import Assessment
from patients.models import TeamMember
from tests.factories import VisitFactory, answers, dosing_visit, signed_sheet


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def rating(course):
    return VisitFactory(course=course, code="R0", kind="rating", title="Baseline rating")


@pytest.fixture
def preparation(course):
    return VisitFactory(course=course, code="P1")


def keep(visit, instrument, by, **changes):
    at = timezone.now()
    values = {"answers": answers(40, instrument), "taken_on": at.date(), "by": by, "at": at}
    return measures.keep_answers(visit, instrument=instrument, **values | changes)


def codes(raised):
    return [finding.code for finding in raised.value.findings]


def test_a_rater_keeps_and_signs_a_blinded_rating(rating, rater, now):
    sheet = measures.sign_sheet(keep(rating, "CAPS-5", rater), by=rater, at=now)
    assert (sheet.total, sheet.blinded, sheet.signed_by, sheet.signed_at) == (40, True, rater, now)


def test_a_rater_who_was_told_something_is_not_blinded(rating, rater):
    assert keep(rating, "CAPS-5", rater, learned_something=True).blinded is False


def test_a_therapist_of_the_pair_cannot_enter_the_raters_measure(rating, lead, second, physician):
    for person in (lead, second, physician):
        with pytest.raises(Refused) as raised:
            keep(rating, "CAPS-5", person)
        assert codes(raised) == ["treats_the_patient"]
    assert not Assessment.objects.exists()


def test_a_therapist_who_also_rates_is_still_a_therapist(rating, lead, rater):
    TeamMember.objects.filter(user=rater).update(ends_on=dt.date(2020, 1, 2))
    TeamMember.objects.filter(user=lead).update(ends_on=timezone.localdate())
    TeamMember.objects.create(course=rating.course, user=lead, duty="rater", starts_on=dt.date(2020, 1, 1))
    with pytest.raises(Refused) as raised:
        keep(rating, "CAPS-5", lead)
    assert codes(raised) == ["treats_the_patient"]


def test_a_rater_cannot_enter_what_the_patient_says_of_themself(preparation, rater):
    with pytest.raises(Refused) as raised:
        keep(preparation, "PCL-5", rater)
    assert codes(raised) == ["not_treating"]


def test_a_measure_that_the_protocol_does_not_ask_for_here_is_refused(rating, lead):
    with pytest.raises(Refused) as raised:
        keep(rating, "PCL-5", lead)
    assert codes(raised) == ["not_asked_for"]


def test_a_cancelled_visit_and_a_day_to_come_are_both_named(preparation, lead, now):
    preparation.state = "cancelled"
    with pytest.raises(Refused) as raised:
        keep(preparation, "PCL-5", lead, taken_on=now.date() + dt.timedelta(days=2))
    assert codes(raised) == ["visit_cancelled", "taken_in_future"]


def test_a_half_filled_sheet_is_kept_without_total_and_goes_on(preparation, lead, second):
    begun = keep(preparation, "PCL-5", lead, answers={"1": 3})
    assert (begun.total, begun.is_signed) == (None, False)
    whole = keep(preparation, "PCL-5", second, version=begun.version)
    assert (whole.pk, whole.total, whole.version) == (begun.pk, 40, 2)


@pytest.mark.parametrize("version", [None, 7])
def test_a_stale_sheet_is_refused_and_the_other_text_stands(preparation, lead, second, version):
    keep(preparation, "PCL-5", lead)
    with pytest.raises(Stale) as raised:
        keep(preparation, "PCL-5", second, answers={"1": 0}, version=version)
    assert raised.value.current.items == answers(40, "PCL-5")


def test_signing_names_what_is_missing_and_signs_only_when_told_to(preparation, lead, now):
    sheet = keep(preparation, "PCL-5", lead, answers={"1": 3})
    with pytest.raises(Refused) as raised:
        measures.sign_sheet(sheet, by=lead, at=now)
    assert codes(raised) == ["items_missing"]
    signed = measures.sign_sheet(sheet, by=lead, at=now, leave_out_missing=True)
    assert (signed.is_signed, signed.total) == (True, None)


def test_a_sheet_that_changed_after_it_was_read_is_not_signed(preparation, lead, second, now):
    sheet = keep(preparation, "PCL-5", lead)
    keep(preparation, "PCL-5", second, version=sheet.version)
    with pytest.raises(Refused) as raised:
        measures.sign_sheet(sheet, by=lead, at=now)
    assert codes(raised) == ["sheet_changed"]


def test_nothing_is_written_over_a_signed_sheet(preparation, lead, now):
    measures.sign_sheet(keep(preparation, "PCL-5", lead), by=lead, at=now)
    with pytest.raises(Refused) as raised:
        keep(preparation, "PCL-5", lead, answers={})
    assert codes(raised) == ["sheet_exists"]


def test_a_correction_is_a_new_sheet_that_takes_the_place_of_the_old_one(preparation, lead, now):
    first = measures.sign_sheet(keep(preparation, "PCL-5", lead), by=lead, at=now)
    begun = measures.begin_correction(first, reason="Two lines swapped", by=lead, at=now)
    assert measures.sheet_in_force(preparation, "PCL-5") == first
    changed = keep(preparation, "PCL-5", lead, answers=answers(50, "PCL-5"), version=begun.version)
    second = measures.sign_sheet(changed, by=lead, at=now)
    assert (second.supersedes, second.reason, second.total) == (first, "Two lines swapped", 50)
    assert measures.sheet_in_force(preparation, "PCL-5") == second


def test_a_correction_needs_a_signed_sheet_a_reason_and_nobody_before(preparation, lead, now):
    sheet = keep(preparation, "PCL-5", lead)
    with pytest.raises(Refused) as raised:
        measures.begin_correction(sheet, reason=" ", by=lead, at=now)
    assert codes(raised) == ["not_signed", "no_reason"]
    signed = measures.sign_sheet(sheet, by=lead, at=now)
    measures.begin_correction(signed, reason="A slip", by=lead, at=now)
    with pytest.raises(Refused) as raised:
        measures.begin_correction(Assessment.objects.get(pk=signed.pk), reason="Again", by=lead, at=now)
    assert codes(raised) == ["corrected_already"]


def test_the_series_holds_signed_scores_and_the_days_of_dosing(course, rating, rater):
    signed_sheet(rating, "CAPS-5", rater, total=48)
    day = dosing_visit(course, starts_at=rating.starts_at + dt.timedelta(days=10))
    cancelled = dosing_visit(course, number=2, starts_at=rating.starts_at + dt.timedelta(days=40))
    cancelled.state = "cancelled"
    cancelled.save()
    charted = outcomes.series_of(course, "CAPS-5")
    assert [(reading.visit, reading.total) for reading in charted.readings] == [("R0", 48)]
    assert [(dosing.number, dosing.on) for dosing in charted.dosing_days] == [(1, day.starts_at.date())]


def test_open_sheets_are_not_in_the_series(course, preparation, lead):
    keep(preparation, "PCL-5", lead)
    assert outcomes.series_of(course, "PCL-5").readings == ()


def test_tasks_lead_to_the_page_only_for_those_who_may_enter(course, rating, preparation, lead, rater, coordinator):
    def slugs(person):
        tasks = outcomes.tasks_of([course], by=person, as_of=timezone.localdate())
        return sorted({task.slug for task in tasks if task.slug})

    assert slugs(lead) == ["c-ssrs", "pcl-5"]
    assert slugs(rater) == ["caps-5"]
    assert slugs(coordinator) == []


def test_the_newest_suicide_screen_speaks(course, preparation, lead):
    assert outcomes.suicide_risk(course) is None
    grave = {"1": 1, "2": 1, "3": 1, "4": 1, "5": 0, "6": 0}
    signed_sheet(preparation, "C-SSRS", lead, items=grave)
    found = outcomes.suicide_risk(course)
    assert (found.outcome, found.decided_by) == ("not met", "physician")
    later = VisitFactory(course=course, code="P2", starts_at=preparation.starts_at + dt.timedelta(days=7))
    signed_sheet(later, "C-SSRS", lead)
    assert outcomes.suicide_risk(course).outcome == "met"


def test_an_insight_needs_words(course, lead, now):
    with pytest.raises(Refused):
        practices.record_insight(course, text="  ", visit=None, by=lead, at=now)
    assert practices.record_insight(course, text=" I may rest. ", visit=None, by=lead, at=now).text == "I may rest."


@pytest.fixture
def practice(course, lead, now):
    day = now.date() - dt.timedelta(days=10)
    return practices.begin_practice(course, title="A walk", times_a_week=3, started_on=day, by=lead, at=now)


@pytest.mark.parametrize(("days", "code"), [(1, "in_future"), (-11, "outside")])
def test_a_practice_is_done_on_a_day_on_which_it_ran(practice, lead, now, days, code):
    with pytest.raises(Refused) as raised:
        practices.record_done(practice, on=now.date() + dt.timedelta(days=days), by=lead, at=now)
    assert codes(raised) == [code]


def test_the_same_day_is_noted_once_and_an_ended_practice_takes_no_more(practice, lead, now):
    today = now.date()
    practices.record_done(practice, on=today, by=lead, at=now, note="Easy")
    with pytest.raises(Refused) as raised:
        practices.record_done(practice, on=today, by=lead, at=now)
    assert codes(raised) == ["noted"]
    ended = practices.end_practice(practice, on=today - dt.timedelta(days=2), version=practice.version, by=lead)
    with pytest.raises(Refused) as raised:
        practices.record_done(ended, on=today - dt.timedelta(days=1), by=lead, at=now)
    assert codes(raised) == ["outside"]
    with pytest.raises(Stale):
        practices.end_practice(ended, on=today, version=1, by=lead)
