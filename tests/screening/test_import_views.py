"""Importing in the browser's terms: who may, what a bad file is answered, and what the page of a record shows."""

import html
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import Opening
from patients.models import Medicine, Patient
from screening.actions import importing as acts
from screening.models import Evidence, ImportBatch, ImportLine
from tests import records
from tests.factories import PatientFactory, imported_record


def as_(client, user):
    client.force_login(user)
    return client


def words(response):
    """The page as a reader sees it: text without tags, one space between words."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(html.unescape(text).split())


def upload(value, name="record.json"):
    return {"file": SimpleUploadedFile(name, records.file(value).getvalue(), content_type="application/json")}


def page_of(batch):
    return reverse("screening:import", args=[batch.public_id])


def answer(client, line, said):
    path = reverse("screening:import_line", args=[line.batch.public_id, line.public_id])
    return client.post(path, {"answer": said})


@pytest.fixture
def imported(course, physician):
    return imported_record(course, physician)


def test_a_coordinator_reads_a_file_in_and_takes_the_person_in(client, coordinator):
    as_(client, coordinator)
    response = client.post(reverse("screening:imports"), upload(records.whole()))
    batch = ImportBatch.objects.get()
    assert (response.status_code, response["Location"]) == (302, page_of(batch))
    page = words(client.get(page_of(batch)))
    assert "This record belongs to no chart yet, so nothing of it can be confirmed." in page
    whose = reverse("screening:import_patient", args=[batch.public_id])
    given = {"given_name": "Wren", "family_name": "Fictional", "date_of_birth": "1985-05-17", "sex": "female"}
    given |= {"emergency_name": "Robin Fictional", "emergency_phone": "020 7946 0001"}
    assert 'value="Wren"' in client.get(whose).content.decode()
    assert client.post(whose, given)["Location"] == page_of(batch)
    patient = Patient.objects.get()
    assert (patient.given_name, patient.sex, patient.contacts.get().name) == ("Wren", "female", "Robin Fictional")
    assert "Evidence is recorded for a course" not in words(client.get(page_of(batch))).split("Medicines")[0]
    assert "has no course under way" in words(client.get(page_of(batch)))


def test_a_chart_that_may_be_theirs_is_offered_first(client, course, coordinator):
    as_(client, coordinator)
    client.post(reverse("screening:imports"), upload(records.bundle()))
    whose = reverse("screening:import_patient", args=[ImportBatch.objects.get().public_id])
    given = {"given_name": "Wren", "family_name": "Fictional", "date_of_birth": "1985-05-17"}
    given |= {"emergency_name": "Robin Fictional", "emergency_phone": "020 7946 0001"}
    refused = client.post(whose, given)
    assert refused.status_code == 422
    assert "Wren Fictional, M-0001, born 17 May 1985 · the same name, the same date of birth" in words(refused)
    client.post(whose, {"chart": str(course.patient.public_id)})
    assert (Patient.objects.count(), ImportBatch.objects.get().patient) == (1, course.patient)


@pytest.mark.parametrize("chart", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_a_made_up_chart_is_not_found(client, coordinator, chart):
    as_(client, coordinator)
    client.post(reverse("screening:imports"), upload(records.bundle()))
    whose = reverse("screening:import_patient", args=[ImportBatch.objects.get().public_id])
    assert client.post(whose, {"chart": chart}).status_code == 404


def test_another_clinics_chart_cannot_be_chosen(client, coordinator, stranger):
    theirs = PatientFactory(clinic=stranger.memberships.get().clinic, given_name="Wren", family_name="Fictional")
    as_(client, coordinator)
    client.post(reverse("screening:imports"), upload(records.bundle()))
    whose = reverse("screening:import_patient", args=[ImportBatch.objects.get().public_id])
    assert client.post(whose, {"chart": str(theirs.public_id)}).status_code == 404
    assert ImportBatch.objects.get().patient is None


def test_the_pair_confirms_and_rejects_line_by_line(client, course, imported, lead):
    as_(client, lead)
    page = words(client.get(page_of(imported)))
    assert "Has the patient ever had an arrhythmia, other than occasional premature beats? Yes to M20: A stop." in page
    assert "Atrial flutter (5370000), active" in page
    assert "For judgement by the physician, with a cardiologist's letter." in page
    assert Opening.objects.filter(patient_id=course.patient_id, what="imported record", by=lead).count() == 1
    first = imported.lines.get(title="M20")
    following = imported.lines.get(title="M5")
    response = answer(client, first, "confirm")
    assert response["Location"] == f"{page_of(imported)}#line-{following.public_id}"
    answer(client, following, "reject")
    answer(client, imported.lines.get(kind="medicine"), "confirm")
    assert Evidence.objects.get().values["answers"] == {"M20": True}
    assert [m.name for m in Medicine.objects.all()] == ["Venlafaxine"]
    assert answer(client, first, "confirm").status_code == 409


def test_whoever_only_reads_sees_no_buttons(client, imported, coordinator):
    page = as_(client, coordinator).get(page_of(imported)).content.decode()
    assert ("Atrial flutter" in page, "Confirm</button>" in page) == (True, False)
    assert answer(client, imported.lines.first(), "confirm").status_code == 404
    assert ImportLine.objects.open().count() == ImportLine.objects.count()


def test_a_line_of_another_import_is_not_found_under_this_one(client, course, imported, physician):
    other = acts.read_in(
        course.clinic,
        file=records.file(records.bundle(records.prescription("t", "Tramadol"))),
        limit=1_000_000,
        patient=course.patient,
        by=physician,
        at=timezone.now(),
    ).batch
    path = reverse("screening:import_line", args=[imported.public_id, other.lines.first().public_id])
    assert as_(client, physician).post(path, {"answer": "confirm"}).status_code == 404


def test_a_medicine_that_the_chart_lists_already_says_so(client, course, imported, physician):
    Medicine.objects.create(patient=course.patient, name="Efexor")
    assert "The chart lists it already." in words(as_(client, physician).get(page_of(imported)))


def test_what_no_line_comes_from_is_listed_with_its_reason(client, course, physician):
    as_(client, physician)
    client.post(reverse("screening:import_into", args=[course.patient.public_id]), upload(records.whole()))
    page = words(client.get(page_of(ImportBatch.objects.get())))
    assert "Common cold (×40)" in page
    assert "Body height (8302-2) (×25)" in page
    assert "Schizophrenia It was refuted." in page
    assert "Electroconvulsive therapy It lies further back than 84 days." in page
    assert "Encounter (×150)" in page


HOSTILE = records.bundle(
    records.condition("x", records.coded(records.SNOMED, "1", "<script>alert(1)</script>")),
    records.prescription("y", "<img src=x onerror=alert(1)>"),
    person=records.patient(text={"status": "generated", "div": "<div><script>alert(1)</script></div>"}),
)


def test_markup_in_a_record_is_shown_as_text(client, course, physician):
    as_(client, physician)
    client.post(reverse("screening:import_into", args=[course.patient.public_id]), upload(HOSTILE))
    page = client.get(page_of(ImportBatch.objects.get())).content.decode()
    assert ("<script>alert" in page, "<img src=x" in page) == (False, False)
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"", "The submitted file is empty."),
        (b"{", "The file is not JSON: Expecting property name enclosed in double quotes in line 1, column 2."),
        (b"PK\x03\x04rest", "The file is packed (zip). Unpack it and choose the JSON file inside."),
        (records.bundle(person={}), "The file holds no Patient, so nobody can tell whose record it is."),
        (b"[" * 100_000, "The file nests more than 60 levels deep, which no FHIR resource does."),
    ],
)
def test_a_bad_file_is_answered_with_a_sentence_and_changes_nothing(client, physician, value, said):
    response = as_(client, physician).post(reverse("screening:imports"), upload(value))
    assert (response.status_code, said in words(response), ImportBatch.objects.count()) == (422, True, 0)


def test_somebody_elses_record_is_refused_beside_the_field(client, course, physician):
    other = PatientFactory(clinic=course.clinic, given_name="Jay", date_of_birth="1970-01-01")
    path = reverse("screening:import_into", args=[other.public_id])
    response = as_(client, physician).post(path, upload(records.bundle()))
    assert (response.status_code, ImportBatch.objects.count()) == (422, 0)
    assert "The file is about Wren Fictional, born 17 May 1985; the chart is that of Jay" in words(response)


def test_the_same_file_again_leads_to_its_page(client, physician):
    as_(client, physician)
    for _ in range(2):
        response = client.post(reverse("screening:imports"), upload(records.whole()))
    assert response["Location"] == page_of(ImportBatch.objects.get())
    assert "This very file was read before" in words(client.get(page_of(ImportBatch.objects.get())))


def test_a_file_above_the_limit_is_left_out_before_it_is_read(client, physician, settings, monkeypatch):
    settings.IMPORT_LIMIT_MB, settings.UPLOAD_REQUEST_LIMIT = 1, 1_100_000
    monkeypatch.setattr(acts, "read_in", None)  # would fail loudly
    large = SimpleUploadedFile("record.json", io.BytesIO(b" " * 1_200_000).getvalue())
    response = as_(client, physician).post(reverse("screening:imports"), {"file": large})
    assert response.status_code == 413
    assert "The file is larger than 1 MB, and nothing of it was read." in words(response)


def test_a_file_is_held_in_memory_and_never_written_to_a_disk(client, physician, settings):
    settings.FILE_UPLOAD_TEMP_DIR = "/nowhere"  # writing would fail loudly
    response = as_(client, physician).post(reverse("screening:imports"), upload(b" " * 3_000_000))
    assert (response.status_code, "The file is not JSON" in words(response)) == (422, True)


def test_the_list_takes_the_same_queries_with_one_import_and_with_thirty(
    client, course, imported, physician, django_assert_num_queries
):
    as_(client, physician)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(reverse("screening:imports"))
    for number in range(30):
        ImportBatch.objects.create(
            clinic=course.clinic,
            sha256=f"{number:064}",
            size=1,
            person=imported.person,
            left=imported.left,
            at=timezone.now(),
        )
    with django_assert_num_queries(LIST_QUERIES):
        client.get(reverse("screening:imports"))


LIST_QUERIES = 12
