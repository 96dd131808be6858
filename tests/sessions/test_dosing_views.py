import uuid

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import Opening
from sessions.models import Dose, Effect, TherapySession, Touch, Visit, VitalSign
from tests.factories import PASSWORD, MembershipFactory


@pytest.fixture
def to(visit):
    return lambda name: reverse(f"sessions:{name}", args=[visit.public_id])


@pytest.fixture
def tablet(client, lead):
    client.force_login(lead)
    return client


def fetch(client, url, **data):
    return client.post(url, data, headers={"X-Requested-With": "fetch"})


def test_the_page_lists_every_condition_with_what_settles_it(tablet, day, to):
    day.arrive()
    page = tablet.get(to("dosing"))
    assert page.status_code == 200
    words = page.content.decode()
    assert "Nobody has checked the patient&#x27;s identity today." in words
    assert "Did the patient say their full name and date of birth?" in words
    assert page.context["is_ready"] is False
    assert [row["finding"].code for row in page.context["met_rows"]] == [
        "pair",
        "eligible",
        "pregnancy",
        "second_dose",
    ]
    assert Opening.objects.get().what == "dosing day D1"


def test_a_fresh_day_opens_without_writing_anything(tablet, to):
    assert tablet.get(to("dosing")).status_code == 200
    assert tablet.get(to("flow")).status_code == 200
    assert not TherapySession.objects.exists()


def test_only_the_pair_and_the_physician_open_it(client, visit, to, coordinator, other_therapist, stranger, physician):
    for user, status in ((coordinator, 404), (other_therapist, 404), (stranger, 404), (physician, 200)):
        client.force_login(user)
        assert client.get(to("dosing")).status_code == status


def test_answers_are_saved_one_tap_each(tablet, day, to):
    day.arrive()
    reply = fetch(tablet, to("check"), check="identity", good="yes")
    assert (reply.status_code, reply.json()["sentences"]) == (200, [])
    reply = fetch(tablet, to("check"), check="suicide_risk", good="yes")
    assert (reply.status_code, reply.json()["sentences"]) == (400, ["Highest ideation: enter 0 to 5 of 5."])
    reply = fetch(tablet, to("check"), check="physician", good="yes", detail="On site")
    assert reply.json()["sentences"] == ["Choose the physician."]
    assert [row.check_code for row in TherapySession.objects.get().checks.all()] == ["identity"]


def test_the_roster_of_the_night_is_told_and_answers_nothing(tablet, day, visit, to):
    day.arrive()
    assert "Nobody is on the roster for the night." in tablet.get(to("dosing")).content.decode()
    attendant = MembershipFactory(clinic=visit.course.clinic, roles=["night_attendant"], user__name="Nia Fictional")
    Visit.objects.filter(pk=visit.pk).update(night_attendant=attendant.user)
    page = tablet.get(to("dosing"))
    assert "On the roster for the night: <strong>Nia Fictional</strong>." in page.content.decode()
    assert "attendant" in [row["finding"].code for row in page.context["open_rows"]]  # it is still asked
    assert not TherapySession.objects.get().checks.filter(check_code="attendant").exists()


def test_clearing_says_every_reason_and_goes_back_to_the_page(tablet, day, to):
    day.arrive()
    reply = tablet.post(to("clear"), {"step": "clear"}, follow=True)
    said = [str(message) for message in reply.context["messages"]]
    assert "Ask when the patient last ate." in said
    assert len(said) > 10
    assert TherapySession.objects.get().state == "preparing"


def dose(**changes):
    return {
        "key": str(uuid.uuid4()),
        "kind": "initial",
        "basis": "HCl",
        "mg": "80",
        "lot": "LOT-7",
        "witness_password": PASSWORD,
        **changes,
    }


def test_a_dose_is_given_with_the_witness_own_password(tablet, live_day, to, second, lead):
    live_day.cleared()
    form = dose(witness=second.pk)
    wrong = fetch(tablet, to("dose"), **{**form, "witness_password": "guess"})
    assert wrong.json()["sentences"] == ["This is not the password of Ben Fictional."]
    assert not Dose.objects.exists()
    myself = fetch(tablet, to("dose"), **{**form, "witness": lead.pk})
    assert myself.status_code == 400
    assert fetch(tablet, to("dose"), **form).status_code == 200
    row = Dose.objects.get()
    assert (row.given_by, row.witnessed_by, row.lot) == (lead, second, "LOT-7")


def test_the_password_of_a_witness_cannot_be_guessed_at(tablet, live_day, to, second):
    live_day.cleared()
    form = dose(witness=second.pk)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(5):
            wrong = fetch(tablet, to("dose"), **{**form, "witness_password": "guess"})
            assert wrong.json()["sentences"] == ["This is not the password of Ben Fictional."]
        right = fetch(tablet, to("dose"), **form)
        assert right.json()["sentences"] == [
            "The password of Ben Fictional was wrong 5 times. Wait 5 minutes and try again."
        ]
        assert not Dose.objects.exists()
        clock.shift(301)
        assert fetch(tablet, to("dose"), **form).status_code == 200
    assert Dose.objects.count() == 1


def test_the_same_key_is_a_retry_another_body_422_and_a_fresh_key_409(tablet, live_day, to, second):
    live_day.cleared()
    form = dose(witness=second.pk)
    assert fetch(tablet, to("dose"), **form).status_code == 200
    assert fetch(tablet, to("dose"), **form).status_code == 200
    assert fetch(tablet, to("dose"), **{**form, "lot": "LOT-8"}).status_code == 422
    assert fetch(tablet, to("dose"), **dose(witness=second.pk)).status_code == 409
    assert tablet.post(to("dose"), {**form, "lot": "LOT-8"}).status_code == 422
    assert Dose.objects.count() == 1


def test_vital_signs_are_saved_once_however_often_they_are_sent(tablet, day, to):
    day.arrive()
    form = {"key": str(uuid.uuid4()), "slot": "before", "systolic": 131, "diastolic": 82, "temperature": "36.7"}
    for _ in range(3):
        assert fetch(tablet, to("vital"), **form).status_code == 200
    row = VitalSign.objects.get()
    assert (row.systolic, row.diastolic, row.pulse, row.slot) == (131, 82, None, "before")
    assert fetch(tablet, to("vital"), **{**form, "systolic": 132}).status_code == 422


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "Enter at least one value."),
        ({"systolic": 120}, "Enter both pressures, or neither."),
        ({"systolic": 80, "diastolic": 90}, "The upper pressure is higher than the lower one. Check both."),
    ],
)
def test_values_that_cannot_be_are_refused_in_words(tablet, day, to, values, sentence):
    reply = fetch(tablet, to("vital"), key=str(uuid.uuid4()), **values)
    assert (reply.status_code, reply.json()["sentences"]) == (400, [sentence])


def test_effects_and_touch_are_written_down_and_an_effect_ends_once(tablet, day, to, lead):
    day.arrive()
    assert fetch(tablet, to("effect"), key=str(uuid.uuid4()), term="Nausea", severity="mild").status_code == 200
    row = Effect.objects.get()
    assert fetch(tablet, to("effect_end"), effect=row.pk).status_code == 200
    row.refresh_from_db()
    ended = row.until_at
    assert fetch(tablet, to("effect_end"), effect=row.pk).status_code == 200
    row.refresh_from_db()
    assert row.until_at == ended is not None
    assert fetch(tablet, to("effect"), key=str(uuid.uuid4()), term="Nausea").status_code == 409
    assert fetch(tablet, to("effect"), key=str(uuid.uuid4()), term="No effect noticed").status_code == 200
    reply = fetch(tablet, to("touch"), key=str(uuid.uuid4()), kind="hand", initiator="patient", therapist=lead.pk)
    assert reply.status_code == 200
    assert Touch.objects.get().get_kind_display() == "Hand held"


def test_the_flow_sheet_shows_who_took_what_and_what_is_late(tablet, live_day, to):
    live_day.dosed()
    words = tablet.get(to("flow")).content.decode()
    assert "80 mg at" in words
    assert '<abbr title="Ada Fictional">AF</abbr>' in words
    assert "122/78" in words


@pytest.mark.parametrize("readings", [1, 30])
def test_the_page_asks_the_database_as_often_with_thirty_readings(tablet, day, to, readings, django_assert_num_queries):
    day.ready()
    for _ in range(readings - 1):
        day.wait(minutes=1).measure()
    tablet.get(to("flow"))
    with django_assert_num_queries(QUERIES):
        tablet.get(to("flow"))


QUERIES = 53
