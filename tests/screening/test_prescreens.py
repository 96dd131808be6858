"""Calls before there is a patient, who was not treated and why, and the letter that follows."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from patients.models import Course, Patient
from screening.actions.letters import is_genuine
from screening.models import Evidence, Letter, PreScreen
from screening.rules.prescreen import asked
from tests.factories import PASSWORD, decided, published, screened
from tests.screening.test_views import as_, url, words

CALLER = {"name": "Robin Caller", "phone": "020 7946 0055", "referrer": "Dr Elm"}
APPROVAL = {
    "indication": "PTSD",
    "access_route": "trial",
    "kind": "ethics",
    "authority": "Fictional committee",
    "reference": "FEC-1",
    "approved_on": "2026-01-01",
    "expires_on": "2040-01-01",
}


@pytest.fixture
def protocol(db):
    return published("mapp3")


def answered(protocol, **changes):
    codes = [criterion.code for criterion in asked(protocol.protocol)]
    return {f"answer-{code}": changes.get(code, "no") for code in codes}


def take_call(client, protocol, outcome="intake", **more):
    given = {key: value for key, value in more.items() if not key.isupper() and not key[1:].isdigit()}
    risks = {key: value for key, value in more.items() if key not in given}
    return client.post(
        reverse("screening:prescreen_new"), {**CALLER, **answered(protocol, **risks), "outcome": outcome, **given}
    )


def test_a_call_becomes_a_patient_and_a_course_and_what_was_said_is_no_evidence(client, protocol, coordinator, clinic):
    as_(client, coordinator)
    response = take_call(client, protocol)
    row = PreScreen.objects.get()
    assert response["Location"] == reverse("screening:prescreen", args=[row.public_id])
    typed = {"given_name": "Robin", "family_name": "Caller", "date_of_birth": "1980-02-03", **APPROVAL}
    response = client.post(reverse("screening:prescreen_take_in", args=[row.public_id]), typed)
    course = Course.objects.get()
    assert response["Location"] == url("course", course)
    row.refresh_from_db()
    assert (row.course, row.patient, course.patient.phone) == (course, course.patient, CALLER["phone"])
    page = words(client.get(url("course", course)))
    assert "Said on the telephone on" in page and "not evidence" in page
    assert Evidence.objects.count() == 0
    again = client.post(reverse("screening:prescreen_take_in", args=[row.public_id]), typed)
    assert again.status_code == 409
    assert (Patient.objects.count(), Course.objects.count()) == (1, 1)


def test_taking_in_with_an_expired_approval_opens_nothing_at_all(client, protocol, coordinator):
    as_(client, coordinator)
    take_call(client, protocol)
    typed = {"given_name": "Robin", "family_name": "Caller", "date_of_birth": "1980-02-03", **APPROVAL}
    path = reverse("screening:prescreen_take_in", args=[PreScreen.objects.get().public_id])
    response = client.post(path, {**typed, "expires_on": "2026-01-02"})
    assert "at least one approval of the access route that is in force today" in words(response)
    assert (Patient.objects.count(), Course.objects.count()) == (0, 0)


def test_a_stop_said_on_the_telephone_is_not_passed_over_in_silence(client, protocol, physician):
    as_(client, physician)
    refused = take_call(client, protocol, P2="yes")
    assert "Say why they are to come all the same" in words(refused)
    assert PreScreen.objects.count() == 0
    take_call(client, protocol, "not suitable", P2="yes")
    row = PreScreen.objects.get()
    assert (row.answers["P2"], row.is_open) == (True, False)
    assert (
        client.post(reverse("screening:prescreen", args=[row.public_id]), {**CALLER, "outcome": "intake"}).status_code
        == 409
    )
    row.refresh_from_db()
    assert row.outcome == "not suitable"


def test_a_call_back_is_gone_on_with(client, protocol, coordinator):
    as_(client, coordinator)
    day = timezone.localdate() + dt.timedelta(days=2)
    take_call(client, protocol, "call back", call_back_on=str(day))
    assert f"Call back {day:%a} {day.day} {day:%b}" in words(client.get(reverse("screening:prescreens")))
    row = PreScreen.objects.get()
    typed = {**CALLER, **answered(protocol), "outcome": "intake", "version": row.version}
    client.post(reverse("screening:prescreen", args=[row.public_id]), typed)
    row.refresh_from_db()
    assert (row.outcome, row.version) == ("intake", 2)


def test_somebody_has_to_be_reached(client, protocol, coordinator):
    as_(client, coordinator)
    assert "somebody has to reach them" in words(take_call(client, protocol, phone=""))


def test_calls_of_another_clinic_exist_for_nobody(client, protocol, coordinator, stranger):
    as_(client, coordinator)
    take_call(client, protocol)
    path = reverse("screening:prescreen", args=[PreScreen.objects.get().public_id])
    assert as_(client, stranger).get(path).status_code == 404


@pytest.fixture
def excluded(course, physician):
    screened(course, by=physician, risks=("P2", "M7"))
    decided(course, by=physician, eligible=False, reason="An episode in 2014.")
    course.refresh_from_db()
    return course


def test_the_log_counts_by_criterion_and_names_nobody_to_whom_it_may_not(
    client, protocol, excluded, physician, admin, coordinator
):
    as_(client, coordinator)
    take_call(client, protocol, "not suitable", P2="yes")
    path = reverse("screening:failures")
    page = client.get(path)
    counts = {code: n for code, _, n in page.context["counts"]}
    assert (counts["P2"], counts["M7"], page.context["people"]) == (2, 1, 2)
    assert str(excluded.patient) in words(page) and "Robin Caller" in words(page)
    unnamed = words(as_(client, admin).get(path))
    assert "P2: No primary psychotic disorder, now or ever" in unnamed
    for hidden in (str(excluded.patient), "Robin Caller", "An episode in 2014.", excluded.patient.chart_number):
        assert hidden not in unnamed


def test_the_log_is_filtered_by_period_and_reason(client, protocol, excluded, physician):
    as_(client, physician)
    path = reverse("screening:failures")
    assert len(client.get(path, {"reason": "M7"}).context["page"].object_list) == 1
    assert len(client.get(path, {"reason": "P3"}).context["page"].object_list) == 0
    long_ago = client.get(path, {"from": "2020-01-01", "until": "2020-12-31"})
    assert (long_ago.context["people"], list(long_ago.context["counts"])) == (0, [])
    assert client.get(path, {"from": "2026-02-31"}).status_code == 200


def test_somebody_decided_for_later_is_no_failure_any_more(client, protocol, excluded, physician):
    for row in Evidence.objects.filter(course=excluded):
        values = {**row.values, "answers": dict.fromkeys(row.values["answers"], False)}
        Evidence.objects.create(
            course=excluded, kind=row.kind, taken_on=row.taken_on, values=values, by=physician, at=timezone.now()
        )
    decided(excluded, by=physician)
    assert as_(client, physician).get(reverse("screening:failures")).context["people"] == 0


def write(client, course, **more):
    row = Letter.objects.get(course=course)
    return client.post(url("letter", course), {"version": row.version, "address": "1 Lane", "body": row.body, **more})


def test_a_letter_is_a_draft_until_the_physician_signs_and_frozen_then(client, excluded, physician):
    as_(client, physician)
    assert client.get(url("letter", excluded)).status_code == 200
    assert Letter.objects.count() == 0
    client.post(url("letter", excluded), {"begin": "1"})
    assert write(client, excluded, body="Dear Wren,\r\n\r\nplease call us.").status_code == 302
    wrong = write(client, excluded, sign="1", password="guess")
    assert "The password is not right." in words(wrong)
    assert not Letter.objects.get().is_signed
    assert write(client, excluded, sign="1", password=PASSWORD).status_code == 302
    row = Letter.objects.get()
    assert (row.signed_by, is_genuine(row)) == (physician, True)
    with pytest.raises(DatabaseError), transaction.atomic():
        Letter.objects.update(body="Other words")
    row.body = "Other words"
    assert not is_genuine(row)


def test_no_letter_without_a_decision_against_treatment(client, course, physician):
    screened(course, by=physician)
    assert as_(client, physician).get(url("letter", course)).status_code == 404
    decided(course, by=physician)
    assert client.get(url("letter", course)).status_code == 404
