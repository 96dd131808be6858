"""A record from elsewhere: read in once, believed line by line, and recorded through the actions that people use."""

import datetime as dt
import random

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import Change
from accounts.rules.findings import Refused
from patients.models import Medicine, Patient
from screening.actions import importing as acts
from screening.actions.facts import verdict_for
from screening.actions.record import record_evidence
from screening.models import Evidence, ImportBatch, ImportLine
from screening.rules.importing.opening import Malformed
from screening.rules.verdict import Standing
from tests import records
from tests.factories import PatientFactory, screened

LIMIT = 10_000_000
TODAY = timezone.localdate()
RECENT = (TODAY - dt.timedelta(days=20)).isoformat()


def read(course, *resources, patient=None, by=None, value=None):
    return acts.read_in(
        course.clinic,
        file=records.file(value if value is not None else records.bundle(*resources)),
        limit=LIMIT,
        patient=patient,
        by=by,
        at=timezone.now(),
    )


@pytest.fixture
def into(course, physician):
    """Read resources into the course's own chart: Wren Fictional, as in the records."""
    return lambda *resources: read(course, *resources, patient=course.patient, by=physician).batch


def line(batch, kind, title=""):
    return batch.lines.get(kind=kind, title__contains=title)


def confirm(row, by):
    return acts.confirm(row, by=by, at=timezone.now())


def rows():
    return [model.objects.count() for model in (ImportBatch, ImportLine, Evidence, Medicine, Patient, Change)]


def test_reading_a_record_in_records_nothing_of_it(course, into):
    before = verdict_for(course, TODAY)
    batch = into(*[entry["resource"] for entry in records.whole()["entry"][1:]])
    assert batch.lines.open().count() == batch.lines.count() > 10
    assert (Evidence.objects.count(), Medicine.objects.count()) == (0, 0)
    assert verdict_for(course, TODAY) == before


def test_a_confirmed_risk_is_a_stop_and_an_unconfirmed_one_is_not(course, into, physician):
    screened(course, by=physician)
    flutter = records.condition("flutter", records.coded(records.SNOMED, "5370000", "Atrial flutter"))
    batch = into(flutter)
    assert verdict_for(course, TODAY).standing is Standing.ELIGIBLE
    done = confirm(line(batch, "criterion", "M20"), physician)
    assert verdict_for(course, TODAY).standing is Standing.NOT_ELIGIBLE
    assert done.evidence.values["answers"]["M20"] is True
    assert done.evidence.correction == "Completed from an imported record: Condition flutter"
    assert (done.state, done.by, done.evidence.by) == ("confirmed", physician, physician)


def test_a_confirmed_medicine_is_in_the_chart_with_its_origin(course, into, lead):
    period = {"start": "2025-01-01", "end": RECENT}
    batch = into(records.statement("s", "Sertraline", "completed", effectivePeriod=period))
    medicine = confirm(line(batch, "medicine"), lead).medicine
    assert (medicine.patient, medicine.name, medicine.ongoing) == (course.patient, "Sertraline", False)
    assert medicine.last_dose_on == dt.date.fromisoformat(RECENT)
    assert medicine.note.startswith("From an imported record: Sertraline, completed")
    change = Change.objects.filter(relation="patients_medicine", row_key=str(medicine.pk)).get()
    assert (change.actor, change.reason) == (lead, "Confirmed from an imported record: MedicationStatement s")


def test_readings_are_put_beside_what_is_recorded_and_never_look_newer(course, into, physician):
    batch = into(
        records.observation("na", "2951-2", "Sodium", 139, "mmol/L", RECENT),
        records.pressure("bp", 130, 80, f"{RECENT}T09:00:00Z"),
    )
    record_evidence(
        course,
        kind="laboratory",
        taken_on=TODAY,
        answers={},
        numbers={"potassium": 4.2},
        words={},
        by=physician,
        at=timezone.now(),
    )
    sodium = confirm(line(batch, "reading", "Sodium"), physician).evidence
    assert sodium.values["numbers"] == {"potassium": 4.2, "sodium": 139}
    assert sodium.taken_on == dt.date.fromisoformat(RECENT)
    pressure = confirm(line(batch, "reading", "Blood pressure"), physician).evidence
    assert pressure.values == {
        "answers": {},
        "numbers": {"systolic_1": 130, "diastolic_1": 80},
        "words": {"day_1": RECENT},
    }


def test_a_reading_never_takes_the_place_of_a_recorded_one(course, into, physician):
    batch = into(records.observation("na", "2951-2", "Sodium", 139, "mmol/L", RECENT))
    record_evidence(
        course,
        kind="laboratory",
        taken_on=TODAY,
        answers={},
        numbers={"sodium": 128},
        words={},
        by=physician,
        at=timezone.now(),
    )
    with pytest.raises(Refused, match="has a value for it already"):
        confirm(line(batch, "reading"), physician)
    assert Evidence.objects.get().values["numbers"] == {"sodium": 128}


def test_a_reading_that_is_too_old_for_the_protocol_is_refused(course, into, physician):
    batch = into(records.observation("na", "2951-2", "Sodium", 139, "mmol/L", "2020-01-01"))
    with pytest.raises(Refused, match="and counts for 90 days"):
        confirm(line(batch, "reading"), physician)
    assert line(batch, "reading").state == "proposed"


def test_a_line_is_decided_once(course, into, physician, lead):
    batch = into(records.prescription("v", "Venlafaxine"))
    acts.reject(line(batch, "medicine"), by=lead, at=timezone.now())
    for again in (acts.confirm, acts.reject):
        with pytest.raises(Refused, match="Ada Fictional has rejected this line already"):
            again(line(batch, "medicine"), by=physician, at=timezone.now())
    assert Medicine.objects.count() == 0


def test_a_decided_line_and_what_was_read_cannot_be_rewritten(course, into, physician):
    batch = into(records.prescription("v", "Venlafaxine"))
    row = confirm(line(batch, "medicine"), physician)
    other = PatientFactory(clinic=course.clinic)
    for write in (
        lambda: ImportLine.objects.filter(pk=row.pk).update(state="rejected"),
        lambda: ImportLine.objects.filter(batch=batch).update(proposal={}),
        lambda: ImportBatch.objects.update(left={}),
        lambda: ImportBatch.objects.update(patient=other),
        lambda: ImportLine.objects.all()._raw_delete("default"),
        lambda: ImportBatch.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()


# --- the same record again


def test_the_same_file_twice_changes_nothing(course, physician):
    first = read(course, value=records.whole(), by=physician)
    before = rows()
    again = read(course, value=records.whole(), by=physician)
    assert rows() == before
    assert (again.batch, again.again, again.made) == (first.batch, True, 0)


def test_the_same_record_in_another_order_or_exported_later_changes_nothing(course, physician):
    value = records.whole()
    read(course, value=value, by=physician)
    before = rows()
    random.Random(4).shuffle(value["entry"])
    for entry in value["entry"]:
        entry["resource"]["meta"] = {"lastUpdated": "2026-11-22T10:00:00Z"}
    again = read(course, value=value, by=physician)
    assert rows() == before
    assert (again.batch, again.made) == (None, 0)
    assert again.known > 10


def test_a_later_record_brings_only_what_is_new_into_the_same_chart(course, into, physician):
    into(records.prescription("v", "Venlafaxine"))
    both = [records.prescription("v", "Venlafaxine"), records.prescription("t", "Tramadol")]
    later = read(course, *both, by=physician)
    assert (later.made, later.known, later.batch.patient) == (1, 2, course.patient)
    assert [row.title for row in later.batch.lines.all()] == ["Tramadol"]


def test_another_clinic_reads_the_same_file_for_itself(course, stranger, physician):
    read(course, value=records.whole(), by=physician)
    other = stranger.memberships.get().clinic
    done = acts.read_in(other, file=records.file(records.whole()), limit=LIMIT, by=stranger, at=timezone.now())
    assert (done.again, done.known, done.batch.clinic) == (False, 0, other)


def test_the_same_resources_of_another_person_are_other_lines(course, into, physician):
    """Small systems number from 1: nobody's risk may be dropped as known because of somebody else's."""
    flutter = records.condition("1", records.coded(records.SNOMED, "5370000", "Atrial flutter"))
    into(flutter)
    twin = records.patient(name=[{"given": ["Jay"], "family": "Fictional"}])
    done = read(course, value=records.bundle(flutter, person=twin), by=physician)
    assert (done.known, done.batch.lines.filter(kind="criterion").count(), done.batch.patient) == (0, 3, None)


def test_one_record_is_not_read_into_two_charts(course, into, physician):
    into(records.prescription("v", "Venlafaxine"))
    other = PatientFactory(clinic=course.clinic, given_name="Wren", family_name="Fictional", chart_number="M-2")
    both = [records.prescription("v", "Venlafaxine"), records.prescription("t", "Tramadol")]
    before = rows()
    for resources in (both[:1], both):
        with pytest.raises(Refused, match="put to the chart of Wren Fictional, M-0001, before"):
            read(course, *resources, patient=other, by=physician)
    assert rows() == before


# --- whose record


def test_a_record_of_somebody_else_is_not_put_into_a_chart(course, physician):
    other = PatientFactory(clinic=course.clinic, given_name="Jay", date_of_birth=dt.date(1970, 1, 1))
    before = rows()
    with pytest.raises(Refused, match="The file is about Wren Fictional, born 17 May 1985; the chart is that of Jay"):
        read(course, patient=other, by=physician)
    assert rows() == before


def test_a_married_name_is_a_doubt_and_no_refusal(course, physician):
    Patient.objects.filter(pk=course.patient_id).update(family_name="Imaginary")
    course.patient.refresh_from_db()
    batch = read(course, patient=course.patient, by=physician).batch
    assert [doubt.sentence for doubt in acts.doubts(batch)] == [
        "The name differs: the file says Wren Fictional, born 17 May 1985, the chart Wren Imaginary, born 17 May 1985. "
        "Make sure that it is one person."
    ]


def test_nothing_is_confirmed_before_somebody_said_whose_it_is(course, physician):
    batch = read(course, records.prescription("v", "Venlafaxine"), by=physician).batch
    with pytest.raises(Refused, match="Say first whose chart"):
        confirm(line(batch, "medicine"), physician)
    acts.choose_patient(batch, course.patient, by=physician, at=timezone.now())
    assert confirm(line(batch, "medicine"), physician).medicine.patient == course.patient
    with pytest.raises(Refused, match="just said whose"):
        acts.choose_patient(batch, course.patient, by=physician, at=timezone.now())


def test_a_new_chart_is_opened_with_the_details_somebody_looked_at(clinic, physician):
    done = acts.read_in(clinic, file=records.file(records.bundle()), limit=LIMIT, by=physician, at=timezone.now())
    details = {"given_name": "Wren", "family_name": "Fictional", "date_of_birth": dt.date(1985, 5, 17)}
    patient = acts.take_in(done.batch, details=details, contacts=[], by=physician, at=timezone.now())
    assert (patient.clinic, done.batch.lines.get().state) == (clinic, "confirmed")
    done.batch.refresh_from_db()
    assert done.batch.patient == patient


def test_evidence_waits_for_a_course(clinic, physician):
    patient = PatientFactory(clinic=clinic, given_name="Wren", family_name="Fictional")
    sodium = records.observation("na", "2951-2", "Sodium", 139, "mmol/L", RECENT)
    file = records.file(records.bundle(sodium))
    batch = acts.read_in(clinic, file=file, limit=LIMIT, patient=patient, by=physician, at=timezone.now()).batch
    with pytest.raises(Refused, match="Open a course first"):
        confirm(line(batch, "reading"), physician)


def test_confirming_the_person_fills_what_the_chart_lacks_and_nothing_else(course, into, physician):
    Patient.objects.filter(pk=course.patient_id).update(phone="", sex="male")
    batch = into()
    confirm(line(batch, "person"), physician)
    course.patient.refresh_from_db()
    assert (course.patient.phone, course.patient.sex) == ("020 7946 0002", "male")


@pytest.mark.parametrize("value", [b"", b"{", b"[]", records.bundle(person={}), b"PK\x03\x04"])
def test_a_file_that_cannot_be_used_changes_nothing(course, physician, value):
    before = rows()
    with pytest.raises(Malformed):
        read(course, value=value, by=physician)
    assert rows() == before
