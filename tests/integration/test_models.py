import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from accounts.models import Change
from integration.models import Assessment, Insight, Practice, PracticeDone
from tests.factories import VisitFactory, answers, signed_sheet


@pytest.fixture
def visit(course):
    return VisitFactory(course=course, code="R0", kind="rating", title="Baseline rating")


@pytest.fixture
def signed(visit, rater):
    return signed_sheet(visit, "CAPS-5", rater)


@pytest.fixture
def insight(course, lead):
    return Insight.objects.create(course=course, text="I was a child.", by=lead, at=timezone.now())


def open_sheet(visit, by, **changes):
    values = {"course": visit.course, "visit": visit, "instrument": "PCL-5", "taken_on": dt.date(2026, 3, 3)}
    return Assessment.objects.create(**values | {"begun_by": by, "begun_at": timezone.now()} | changes)


@pytest.mark.parametrize("change", [{"total": 3}, {"items": {}}, {"signed_at": None, "signed_by": None}])
def test_a_signed_sheet_is_frozen(signed, change):
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Assessment.objects.filter(pk=signed.pk).update(**change)
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        Assessment.objects.filter(pk=signed.pk).delete()


def test_without_the_trigger_a_signed_sheet_could_be_changed(signed):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE integration_assessment DISABLE TRIGGER USER")
    assert Assessment.objects.filter(pk=signed.pk).update(total=3) == 1


@pytest.mark.parametrize("items", [{"1": 5}, {"1": -1}, {"1": 1.5}, {"1": "2"}, {"1": None}, [1, 2], {"1": [2]}])
def test_answers_off_the_scale_are_refused_by_the_database(visit, lead, items):
    with pytest.raises(IntegrityError, match="assessment_answers_on_scale"), transaction.atomic():
        open_sheet(visit, lead, items=items)


@pytest.mark.parametrize("items", [{}, {"1": 0}, answers(80)])
def test_answers_on_the_scale_are_kept(visit, lead, items):
    assert open_sheet(visit, lead, items=items).items == items


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"total": 81}, "assessment_total_on_scale"),
        ({"blinded": True}, "only_a_clinician_rating_is_blinded"),
        ({"signed_at": dt.datetime(2026, 3, 3, tzinfo=dt.UTC)}, "assessment_signed_by_somebody"),
        ({"reason": "A slip"}, "assessment_correction_has_a_reason"),
    ],
)
def test_what_must_never_be_false_is_a_constraint(visit, lead, change, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        open_sheet(visit, lead, **change)


def test_a_visit_has_one_sheet_of_each_measure(visit, lead):
    open_sheet(visit, lead)
    with pytest.raises(IntegrityError, match="one_sheet_per_measure_and_visit"), transaction.atomic():
        open_sheet(visit, lead)
    open_sheet(visit, lead, instrument="C-SSRS")


def test_a_sheet_has_one_correction(signed, visit, rater):
    correct = {"instrument": "CAPS-5", "supersedes": signed, "reason": "A slip"}
    open_sheet(visit, rater, **correct)
    with pytest.raises(IntegrityError, match="supersedes"), transaction.atomic():
        open_sheet(visit, rater, **correct)


def test_a_signed_sheet_counts_until_its_correction_is_signed(signed, visit, rater):
    correction = open_sheet(visit, rater, instrument="CAPS-5", supersedes=signed, reason="A slip")
    assert list(Assessment.objects.in_force()) == [signed]
    Assessment.objects.filter(pk=correction.pk).update(signed_by=rater, signed_at=timezone.now())
    assert list(Assessment.objects.in_force()) == [correction]


def test_an_insight_stays_as_it_was_written_and_its_words_stay_out_of_the_audit(insight, course):
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        Insight.objects.filter(pk=insight.pk).update(text="Other")
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        Insight.objects.filter(pk=insight.pk).delete()
    change = Change.objects.of_patient(course.patient_id).get(relation="integration_insight")
    assert change.now_is["text"].startswith("sha256:")
    assert "child" not in str(change.now_is)


def test_a_practice_is_done_once_a_day_and_what_was_done_stays(course, lead):
    day = dt.date(2026, 3, 3)
    practice = Practice.objects.create(course=course, title="A walk", started_on=day, by=lead, at=timezone.now())
    done = PracticeDone.objects.create(practice=practice, on=day, by=lead, at=timezone.now())
    with pytest.raises(IntegrityError, match="practice_done_once_a_day"), transaction.atomic():
        PracticeDone.objects.create(practice=practice, on=day, by=lead, at=timezone.now())
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        PracticeDone.objects.filter(pk=done.pk).delete()


@pytest.mark.parametrize(("days", "ended_on"), [(0, None), (8, None), (3, dt.date(2026, 3, 2))])
def test_a_practice_runs_on_one_to_seven_days_and_ends_after_it_began(course, lead, days, ended_on):
    with pytest.raises(IntegrityError, match="practice_"), transaction.atomic():
        Practice.objects.create(
            course=course,
            title="A walk",
            times_a_week=days,
            started_on=dt.date(2026, 3, 3),
            ended_on=ended_on,
            by=lead,
            at=timezone.now(),
        )
