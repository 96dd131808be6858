"""What the database itself refuses, whoever writes and however."""

import datetime as dt

import pgtrigger
import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from accounts.models import Change
from screening.models import Consent, ConsentWithdrawal, Decision, Evidence, Judgement
from tests.factories import UserFactory, decided, screened

EMPTY = {"answers": {}, "numbers": {}, "words": {}}


@pytest.fixture
def signed(course, physician):
    screened(course, by=physician)
    return decided(course, by=physician)


TABLES = [Evidence, Judgement, Consent, ConsentWithdrawal, Decision]


@pytest.fixture
def whole_record(signed, course, physician):
    """One row at least of every table of the room."""
    Judgement.objects.create(
        course=course, code="P17", about="x", acceptable=True, reason="Because.", by=physician, at=timezone.now()
    )
    consent = course.consents.first()
    ConsentWithdrawal.objects.create(consent=consent, on=dt.date(2026, 1, 1), by=physician, at=timezone.now())


def refused(act):
    with pytest.raises(ProgrammingError) as raised, transaction.atomic():
        act()
    return str(raised.value).splitlines()[0]


@pytest.mark.parametrize("model", TABLES)
def test_nothing_that_was_recorded_is_changed_or_removed(whole_record, model):
    row, who = model.objects.first(), "signed_by" if model is Decision else "by"
    other = UserFactory()
    words = f"pgtrigger: Cannot update or delete rows from {model._meta.db_table} table"
    assert refused(lambda: model.objects.filter(pk=row.pk).update(**{who: other})) == words
    assert refused(lambda: model.objects.filter(pk=row.pk)._raw_delete("default")) == words


def test_without_the_trigger_a_signed_decision_could_be_changed(signed):
    """The negative control of the test above."""
    with pgtrigger.ignore("screening.Decision:append_only"):
        assert Decision.objects.filter(pk=signed.pk).update(reason="another") == 1


def values(signed, **changes):
    fields = {f.name: getattr(signed, f.name) for f in Decision._meta.fields if f.name not in ("id", "public_id")}
    return {**fields, **changes}


@pytest.mark.parametrize(
    "findings",
    [
        [{"code": "M1", "outcome": "not met"}],
        [{"code": "M1", "outcome": "met"}, {"code": "M2", "outcome": "unknown"}],
        [{"code": "M1", "outcome": "waiting"}],
        [{"code": "M1", "outcome": "for judgement"}],
        [{"code": "M1"}],
        [],
    ],
)
def test_an_eligible_decision_over_a_finding_that_blocks_cannot_be_stored(signed, findings):
    with pytest.raises(IntegrityError, match="eligible_"), transaction.atomic():
        Decision.objects.create(**values(signed, findings=findings))
    Decision.objects.create(**values(signed, findings=findings, answer="not_eligible", reason="Long QT."))


def test_a_decision_against_treatment_without_a_reason_cannot_be_stored(signed):
    with pytest.raises(IntegrityError, match="refusal_has_a_reason"), transaction.atomic():
        Decision.objects.create(**values(signed, answer="not_eligible", reason="  "))


def test_a_judgement_without_a_reason_cannot_be_stored(course, physician):
    with pytest.raises(IntegrityError, match="judgement_has_a_reason"), transaction.atomic():
        Judgement.objects.create(
            course=course, code="P17", about="x", acceptable=True, reason=" ", by=physician, at=timezone.now()
        )


@pytest.mark.parametrize("changes", [{"kind": "horoscope"}, {"values": {"answers": {}}}])
def test_evidence_of_no_known_kind_or_shape_cannot_be_stored(course, physician, changes):
    fields = {"kind": "ecg", "taken_on": dt.date(2026, 1, 1), "values": EMPTY, "by": physician, "at": timezone.now()}
    with pytest.raises(IntegrityError, match="evidence_"), transaction.atomic():
        Evidence.objects.create(course=course, **{**fields, **changes})


def test_every_record_leaves_its_trace(course, physician):
    before = Change.objects.filter(relation__startswith="screening_").count()
    screened(course, by=physician)
    decided(course, by=physician)
    written = Change.objects.filter(relation__startswith="screening_", patient_id=course.patient_id)
    assert (before, sorted(written.values_list("relation", flat=True))) == (
        0,
        ["screening_consent"] * 3 + ["screening_decision"] + ["screening_evidence"] * 5 + ["screening_riskreading"],
    )


def test_the_newest_evidence_of_each_kind_is_what_counts(course, physician):
    screened(course, by=physician)
    later = timezone.now() + dt.timedelta(minutes=1)
    row = Evidence.objects.create(
        course=course, kind="ecg", taken_on=dt.date(2026, 1, 1), values=EMPTY, by=physician, at=later
    )
    assert Evidence.objects.count() == 6
    newest = {piece.kind: piece for piece in Evidence.objects.newest()}
    assert (len(newest), newest["ecg"]) == (5, row)
