"""The pages of suicide risk: who sees the flag and the alert, and what is answered there."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from screening.actions.alerts import raise_risk
from screening.actions.risk import flag_of, keep_safety_plan
from screening.models import Alert, SafetyPlan
from screening.rules.safety import HEADINGS
from screening.rules.suicide import Asked, Risk
from tests.screening.test_views import as_, url, words

PLAN = {heading.code: f"Words on {heading.code}." for heading in HEADINGS}
FLAG = "High risk of suicide"


def asked(course, by, risk, reference):
    return raise_risk(
        course,
        risk=risk,
        asked=Asked.MEASURE,
        reference=reference,
        evidence="C-SSRS, fictional",
        taken_on=timezone.localdate(),
        by=by,
        at=timezone.now(),
    )


@pytest.fixture
def high(course, lead):
    asked(course, lead, Risk.HIGH, "1")
    return course


def alert_page():
    return reverse("screening:alert", args=[Alert.objects.get().public_id])


@pytest.mark.parametrize("who", ["physician", "lead", "second"])
def test_whoever_was_told_sees_the_alert_on_every_page_and_the_flag_on_the_patients(client, high, request, who):
    as_(client, request.getfixturevalue(who))
    today = words(client.get("/"))
    assert f"Suicide risk, chart {high.patient.chart_number}." in today
    assert "Wren" not in today.partition("Read and answer")[0].partition("Suicide risk, chart")[2]
    for path in (url("course", high), reverse("patients:detail", args=[high.patient.public_id])):
        assert FLAG in words(client.get(path))


@pytest.mark.parametrize("who", ["coordinator", "rater", "other_therapist", "admin", "stranger"])
def test_nobody_else_sees_either(client, high, request, who):
    as_(client, request.getfixturevalue(who))
    assert "Suicide risk, chart" not in words(client.get("/"))
    assert client.get(alert_page()).status_code == 404
    assert client.get(url("risk", high)).status_code == 404


def test_a_page_of_another_patient_shows_no_flag(client, high, physician):
    from tests.factories import CourseFactory

    other = CourseFactory(patient__clinic=high.clinic)
    assert FLAG not in words(as_(client, physician).get(url("course", other)))


def test_an_alert_is_answered_and_leaves_the_pages(client, high, physician, lead):
    as_(client, physician)
    assert client.post(alert_page(), {"done": " "}).status_code == 409
    assert client.post(alert_page(), {"done": "Called the patient."}).status_code == 302
    page = words(client.get(alert_page()))
    assert "Called the patient." in page
    assert "Answer by name" not in page
    assert "Suicide risk, chart" not in words(client.get("/"))
    assert "Suicide risk, chart" in words(as_(client, lead).get("/"))


def test_the_plan_is_written_with_its_errors_beside_the_headings(client, high, lead):
    as_(client, lead)
    answer = client.post(url("safety_plan", high), {**PLAN, "version": 0, "safe": ""})
    assert answer.status_code == 409
    assert "“How we make home safe” is empty. Write it down together." in words(answer)
    assert "Words on signs." in answer.content.decode()
    client.post(url("safety_plan", high), {**PLAN, "version": 0})
    assert SafetyPlan.objects.get().words == PLAN
    assert "Words on reasons." in words(client.get(url("risk", high)))


def test_the_way_to_clearing_is_shown_and_only_a_physician_goes_it(client, high, lead, physician):
    as_(client, physician)
    assert "Clear for dosing" not in words(client.get(url("risk", high)))
    assert client.post(url("clear_risk", high), {"why": "Too early."}).status_code == 409
    asked(high, lead, Risk.LOW, "2")
    keep_safety_plan(high, words=PLAN, version=0, by=lead, at=timezone.now())
    assert "Clear for dosing" in words(client.get(url("risk", high)))
    assert "A physician clears it." in words(as_(client, lead).get(url("risk", high)))
    assert client.post(url("clear_risk", high), {"why": "Not mine to say."}).status_code == 404
    as_(client, physician)
    assert client.post(url("clear_risk", high), {"why": ""}).status_code == 409
    assert client.post(url("clear_risk", high), {"why": "Spoken for an hour."}).status_code == 302
    assert flag_of(high) is None
    page = words(client.get(url("risk", high)))
    assert "No flag for suicide risk stands." in page
    assert re.search(r"Cleared on this by Petra Fictional, \d+ \w+ \d+: Spoken for an hour\.", page)
