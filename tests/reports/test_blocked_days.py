"""A dosing day that is booked turns blocked when something underneath changes, is shown wherever people look, and goes back."""

import datetime as dt
import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from screening.actions.consents import withdraw_consent
from screening.actions.record import record_evidence
from screening.models import Decision
from tests.factories import MedicineFactory, VisitFactory, decided, screened

REASON = "The medicine list now has: Ibuprofen"
STALE = "The decision no longer stands, a physician decides again."


@pytest.fixture
def booked(course, physician):
    """An eligible course with a preparation tomorrow and its first dosing day in two weeks."""
    screened(course, by=physician)
    decided(course, by=physician)
    course.refresh_from_db()
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    VisitFactory(course=course, code="P1", starts_at=noon + dt.timedelta(days=1))
    starts_at = noon + dt.timedelta(days=14)
    return VisitFactory(
        course=course,
        code="D1",
        kind="dosing",
        title="Dosing day 1",
        dose_number=1,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=8),
    )


def places(visit):
    """Where people look at a booked dosing day, by name."""
    day = timezone.localtime(visit.starts_at).date().isoformat()
    return {
        "calendar": f"{reverse('sessions:calendar')}?view=day&day={day}",
        "visit": reverse("sessions:visit", args=[visit.public_id]),
        "board": reverse("reports:board"),
        "course": reverse("reports:course", args=[visit.course.public_id]),
        "today": reverse("reports:today"),
        "screening": reverse("screening:course", args=[visit.course.public_id]),
    }


def read(client, user, path):
    client.force_login(user)
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def told(client, user, visit):
    """The places at which this person is told why the day is blocked."""
    return {name for name, path in places(visit).items() if REASON in read(client, user, path)}


EVERYWHERE = {"calendar", "visit", "board", "course", "today", "screening"}


@pytest.mark.parametrize("who", ["coordinator", "physician", "lead"])
def test_a_new_medicine_blocks_the_booked_day_wherever_somebody_looks(client, request, booked, who):
    user = request.getfixturevalue(who)
    assert told(client, user, booked) == set()
    MedicineFactory(patient=booked.course.patient, name="Ibuprofen")
    assert told(client, user, booked) == EVERYWHERE


def test_two_days_that_the_same_reason_blocks_are_one_line_of_today(client, booked, physician):
    later = booked.starts_at + dt.timedelta(days=28)
    VisitFactory(
        course=booked.course,
        code="D2",
        kind="dosing",
        title="Dosing day 2",
        dose_number=2,
        starts_at=later,
        ends_at=later + dt.timedelta(hours=8),
    )
    MedicineFactory(patient=booked.course.patient, name="Ibuprofen")
    page = read(client, physician, reverse("reports:today"))
    blocked = page.partition("Blocked dosing days")[2].partition("Decisions")[0]
    assert f"Dosing day 1 and Dosing day 2, {booked.course.patient}" in blocked
    assert (blocked.count(STALE), "Open D1 Open D2" in blocked) == (1, True)


def test_the_board_says_a_washout_once(client, course, physician):
    screened(course, by=physician)
    today = timezone.localdate()
    MedicineFactory(patient=course.patient, name="Venlafaxine", ongoing=False, last_dose_on=today)
    clear = today + dt.timedelta(days=10)
    page = read(client, physician, reverse("reports:board"))
    assert page.count("Venlafaxine") == 1
    assert f"In the way of a dosing day: Venlafaxine until {clear.day} {clear:%b %Y}." in page


@pytest.mark.parametrize("who", ["coordinator", "physician", "lead"])
def test_a_new_decision_frees_the_day_again(client, request, booked, physician, who):
    user = request.getfixturevalue(who)
    MedicineFactory(patient=booked.course.patient, name="Ibuprofen")
    decided(booked.course, by=physician)
    assert Decision.objects.count() == 2
    assert told(client, user, booked) == set()
    assert "blocked" not in read(client, user, places(booked)["visit"]).lower()


def test_whoever_may_not_read_the_screening_sees_that_it_is_blocked_and_not_why(client, booked, custodian, admin):
    MedicineFactory(patient=booked.course.patient, name="Ibuprofen")
    page = read(client, custodian, places(booked)["calendar"])
    assert "is blocked" in page
    assert "Screening has to be settled first." in page
    assert "Ibuprofen" not in page
    assert "Ibuprofen" not in read(client, admin, places(booked)["visit"])


def change_nothing(course, by):
    return None


def a_new_ecg(course, by):
    ecg = {"qt": 380, "rr": 1000}
    answers = {"M4": False, "M5": False}
    today = timezone.localdate()
    record_evidence(
        course,
        kind="ecg",
        taken_on=today,
        answers=answers,
        numbers=ecg,
        words={"rhythm": "sinus"},
        by=by,
        at=timezone.now(),
    )


def a_withdrawn_consent(course, by):
    withdraw_consent(course.consents.get(kind="treatment"), by=by, at=timezone.now())


def a_course_put_aside(course, by):
    type(course).objects.filter(pk=course.pk).update(state="withdrawn")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (change_nothing, None),
        (a_new_ecg, f"{STALE} New ecg evidence was recorded."),
        (a_withdrawn_consent, "Consent to treatment was withdrawn on"),
        (a_course_put_aside, "The course is withdrawn. Nobody is dosed before screening says yes."),
    ],
)
def test_whatever_changes_underneath_says_so_on_the_visit(client, booked, physician, change, sentence):
    change(booked.course, physician)
    page = read(client, physician, places(booked)["visit"])
    assert ("is blocked" in page) is (sentence is not None)
    assert sentence is None or sentence in page


def test_evidence_that_ran_out_blocks_and_evidence_that_will_run_out_is_to_be_renewed(
    client, course, booked, physician
):
    """Ninety days of validity: told before it ends, blocked once it has."""
    booked.course.visits.filter(code="D1").update(
        starts_at=booked.starts_at + dt.timedelta(days=100), ends_at=booked.ends_at + dt.timedelta(days=100)
    )
    page = read(client, physician, places(booked)["visit"])
    assert "To be renewed before" in page
    assert "is blocked" not in page


def test_the_ribbon_bars_the_blocked_day_and_its_table_says_so(client, booked, coordinator):
    MedicineFactory(patient=booked.course.patient, name="Ibuprofen")
    client.force_login(coordinator)
    page = client.get(places(booked)["course"]).content.decode()
    assert page.count("ribbon-bar") == 1
    assert "Blocked: D1." in page


def test_the_physician_is_told_to_sign_again_though_no_day_is_booked(client, booked, physician):
    booked.course.visits.all().delete()
    MedicineFactory(patient=booked.course.patient, name="Ibuprofen")
    page = read(client, physician, places(booked)["today"])
    assert "Decisions to sign again 1" in page
    assert "No dosing day booked" in page
