"""Evidence recorded in its place: drafts that come back, corrections with a reason, and the history of what was recorded."""

import datetime as dt
import re
import uuid

import pytest
from django.urls import reverse

from screening.models import Evidence, EvidenceDraft
from tests.factories import MedicineFactory, decided, screened
from tests.screening.test_views import ECG, as_, url, words

TAB = str(uuid.UUID(int=7))


def keep(client, course, kind="ecg", **typed):
    return client.post(url("draft", course, kind), {"tab": TAB, **typed})


def test_what_is_typed_comes_back_to_whoever_typed_it_and_to_nobody_else(client, course, lead, physician):
    as_(client, lead)
    assert keep(client, course, taken_on="2026-03-20", qt="4").json()["sentence"] == ""
    page = client.get(url("evidence", course, "ecg"))
    assert 'name="qt" value="4"' in page.content.decode()
    assert "It is not recorded yet." in words(page)
    other = as_(client, physician).get(url("evidence", course, "ecg"))
    assert 'name="qt" value="4"' not in other.content.decode()
    assert Evidence.objects.count() == 0


def test_a_draft_may_be_wrong_and_holds_only_what_the_form_asks(client, course, lead):
    as_(client, lead)
    keep(client, course, qt="far too long", password="secret", rhythm="disco")
    assert EvidenceDraft.objects.get().typed == {"qt": "far too long", "rhythm": "disco"}


def test_a_draft_is_replaced_by_its_own_tab_and_gone_when_it_is_recorded(client, course, lead):
    as_(client, lead)
    for qt in ("4", "40", "400"):
        keep(client, course, qt=qt)
    assert EvidenceDraft.objects.get().typed == {"qt": "400"}
    client.post(url("evidence", course, "ecg"), {**ECG, "tab": TAB})
    assert (EvidenceDraft.objects.count(), Evidence.objects.count()) == (0, 1)


def test_the_draft_a_page_began_with_goes_with_what_it_became(client, course, lead):
    as_(client, lead)
    keep(client, course, qt="400")
    form = client.get(url("evidence", course, "ecg")).context["opened"]["form"]
    key = {"restored": form["restored"].value(), "shown_at": form["shown_at"].value(), "tab": str(uuid.uuid4())}
    client.post(url("evidence", course, "ecg"), {**ECG, **key})
    assert EvidenceDraft.objects.count() == 0


def test_a_draft_can_be_discarded(client, course, lead, physician):
    as_(client, lead)
    keep(client, course, qt="400")
    as_(client, physician).post(url("discard", course, "ecg"))
    assert EvidenceDraft.objects.count() == 1
    as_(client, lead).post(url("discard", course, "ecg"))
    assert EvidenceDraft.objects.count() == 0


def test_a_draft_without_its_key_is_refused_in_a_sentence(client, course, lead):
    answer = as_(client, lead).post(url("draft", course, "ecg"), {"qt": "400"})
    assert (answer.status_code, answer.json()) == (400, {"sentence": "This could not be kept."})


def test_whoever_types_is_told_that_somebody_recorded_the_same_meanwhile(client, course, lead, physician):
    as_(client, lead).post(url("evidence", course, "ecg"), ECG)
    as_(client, physician)
    told = keep(client, course, qt="410").json()["sentence"]
    assert told == "Ada Fictional has recorded this meanwhile: read it before you record yours."
    base = client.get(url("evidence", course, "ecg")).context["opened"]["form"].shown_base
    assert keep(client, course, qt="410", base=base).json()["sentence"] == ""


def test_a_form_opened_before_somebody_recorded_is_not_recorded_unread(client, course, lead, physician):
    as_(client, lead).post(url("evidence", course, "ecg"), ECG)
    stale = {**ECG, "taken_on": "2026-03-21", "base": "2026-01-01T00:00:00+00:00"}
    response = as_(client, physician).post(url("evidence", course, "ecg"), stale)
    assert (response.status_code, Evidence.objects.count()) == (409, 1)
    assert "Ada Fictional has recorded this while you were writing." in words(response)
    base = Evidence.objects.get().at.isoformat()
    client.post(url("evidence", course, "ecg"), {**stale, "base": base})
    assert Evidence.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({"qt": "410"}, "This takes back what was recorded for 20 Mar 2026 (QT interval): say why."),
        ({"qt": ""}, "This takes back what was recorded for 20 Mar 2026 (QT interval): say why."),
        ({"rate": "60"}, ""),
        ({}, ""),
        ({"taken_on": "2026-03-21", "qt": "410"}, ""),
    ],
)
def test_what_was_recorded_for_a_day_is_taken_back_with_a_reason_only(client, course, lead, changes, asked):
    as_(client, lead).post(url("evidence", course, "ecg"), ECG)
    response = client.post(url("evidence", course, "ecg"), {**ECG, **changes})
    assert response.status_code == (409 if asked else 302)
    if asked:
        assert asked in words(response)
        client.post(url("evidence", course, "ecg"), {**ECG, **changes, "correction": "Misread."})
    assert Evidence.objects.count() == 2


def test_the_history_says_what_each_recording_changed_and_by_whom(client, course, lead, coordinator):
    as_(client, lead).post(url("evidence", course, "ecg"), ECG)
    client.post(url("evidence", course, "ecg"), {**ECG, "qt": "410", "correction": "Misread."})
    page = words(as_(client, coordinator).get(url("history", course, "ecg")))
    assert "Why it was changed: Misread." in page
    assert "QT interval 400 ms 410 ms" in page
    assert page.count("Recorded by Ada Fictional") == 2
    assert "1 earlier" in words(as_(client, lead).get(url("course", course)))


def test_the_form_opens_in_the_page_and_an_error_keeps_the_findings_beside_it(client, course, lead):
    page = words(as_(client, lead).get(url("evidence", course, "ecg")))
    assert "Being recorded" in page and "Needed by" in page
    wrong = words(client.post(url("evidence", course, "ecg"), {**ECG, "qt": "40"}))
    assert (
        "Only 200 to 750 ms can be recorded here. Look at the value and its unit again." in wrong
        and "Needed by" in wrong
    )


def test_what_is_missing_says_who_supplies_it_and_by_when(client, course, coordinator):
    page = words(as_(client, coordinator).get(url("course", course)))
    by = course.opened_on + dt.timedelta(days=42)
    assert f"Needed by {by:%a} {by.day} {by:%b %Y} : then other evidence runs out" in page
    assert "Supplied by physician or a therapist of the pair" in page


def test_every_decision_is_kept_with_what_changed_between_them(client, course, physician, coordinator):
    screened(course, by=physician)
    decided(course, by=physician)
    MedicineFactory(patient=course.patient, name="Ibuprofen")
    page = words(as_(client, coordinator).get(url("decisions", course)))
    assert "Changed since the last decision The medicine list now has: Ibuprofen" in page
    assert "No longer stands" in page
    course.refresh_from_db()
    decided(course, by=physician)
    page = words(client.get(url("decisions", course)))
    assert "Changed since the last decision" not in page
    assert re.search(r"Eligible Stands .* had changed since the decision before The medicine list now has", page)
    assert page.count("Signed by Petra Fictional") == 2


def test_a_course_without_a_decision_says_so(client, course, physician):
    page = words(as_(client, physician).get(reverse("screening:decisions", args=[course.public_id])))
    assert "No physician has decided yet." in page


def test_diagnoses_without_a_code_come_back_with_a_sentence(client, course, lead):
    as_(client, lead)
    typed = {"tab": TAB, "taken_on": "2026-03-20", "diagnoses": "PTSD since childhood\nF20.0 Schizophrenia"}
    answer = client.post(url("evidence", course, "psychiatric"), typed)
    assert "“PTSD since childhood” does not begin with an ICD-10 code." in words(answer)
    assert Evidence.objects.count() == 0
    client.post(url("evidence", course, "psychiatric"), {**typed, "diagnoses": "F43.1 PTSD"})
    assert Evidence.objects.get().values["words"]["diagnoses"] == "F43.1 PTSD"


def test_a_diagnosis_against_an_answer_stands_by_itself_with_its_sentence(client, course, physician):
    as_(client, physician)
    today = dt.datetime.now(course.clinic.zone).date().isoformat()
    typed = {"tab": TAB, "taken_on": today, "diagnoses": "F20.0 Schizophrenia", "answer-P2": "no"}
    client.post(url("evidence", course, "psychiatric"), typed)
    page = client.get(url("course", course))
    [missing] = [group for group in page.context["groups"] if group.title == "Missing"]
    [row] = [row for row in missing.rows if row.finding.code == "P2"]
    assert (row.label, row.items) == ("Correct it", ())
    assert "records F20.0 (Schizophrenia). Correct the answer or the diagnosis." in words(page)
