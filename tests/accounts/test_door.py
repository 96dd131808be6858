"""Log-in, second factor, the idle lock and the headers of every page."""

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.actions import locking
from tests.factories import PASSWORD

NOON = dt.datetime(2026, 4, 14, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def therapist(client, lead):
    client.force_login(lead)
    return client


def test_a_password_logs_in_and_leads_to_today(client, lead):
    answer = client.post("/account/login/", {"login": lead.username, "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_a_page_that_needs_a_log_in_is_found_again_after_it(client, lead):
    assert client.get("/clinic/access/").headers["Location"] == "/account/login/?next=%2Fclinic%2Faccess%2F"


def test_outside_the_demonstration_nothing_opens_before_a_second_factor_is_set_up(therapist, settings):
    settings.MFA_REQUIRED = True
    assert therapist.get("/").headers["Location"] == "/account/2fa/totp/activate/"
    page = therapist.get("/account/2fa/totp/activate/", follow=True)
    assert "Confirm who you are" in page.content.decode()


def test_a_second_factor_is_asked_for_at_log_in_and_a_wrong_code_does_not_open(client, lead):
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(lead, generate_totp_secret())
    client.post("/account/login/", {"login": lead.username, "password": PASSWORD})
    assert client.get("/").headers["Location"].startswith("/account/login/")
    assert "Second factor" in client.get("/account/2fa/authenticate/").content.decode()
    client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert client.get("/").headers["Location"].startswith("/account/login/")


def test_an_idle_session_is_locked_by_the_server(therapist):
    with time_machine.travel(NOON, tick=False) as clock:
        assert therapist.get("/").status_code == 200
        clock.shift(dt.timedelta(minutes=10))
        assert therapist.get("/").status_code == 200
        clock.shift(dt.timedelta(minutes=10, seconds=1))
        assert therapist.get("/").headers["Location"] == "/unlock/?next=%2F"
        assert therapist.get("/clinic/access/").headers["Location"] == "/unlock/?next=%2Fclinic%2Faccess%2F"


def test_polling_does_not_keep_an_empty_room_unlocked(therapist):
    with time_machine.travel(NOON, tick=False) as clock:
        therapist.get("/")
        for _ in range(11):
            clock.shift(dt.timedelta(minutes=1))
            answer = therapist.get("/", headers={"X-Background": "1", "X-Requested-With": "fetch"})
        assert answer.status_code == 423


def test_somebody_who_reads_stays_unlocked(therapist):
    with time_machine.travel(NOON, tick=False) as clock:
        therapist.get("/")
        for _ in range(20):
            clock.shift(dt.timedelta(minutes=1))
            assert therapist.post("/seen/").status_code == 204


def test_the_right_password_unlocks_and_changes_the_session_key(therapist):
    therapist.post("/lock/")
    before = therapist.session.session_key
    answer = therapist.post("/unlock/", {"password": PASSWORD, "next": "/clinic/access/"})
    assert answer.headers["Location"] == "/clinic/access/"
    assert therapist.session.session_key != before
    assert therapist.get("/clinic/access/").status_code == 200


def test_unlocking_never_leads_to_another_site(therapist):
    therapist.post("/lock/")
    answer = therapist.post("/unlock/", {"password": PASSWORD, "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"


def test_the_fifth_wrong_password_logs_out(therapist, second):
    therapist.post("/lock/")
    for _ in range(4):
        assert therapist.post("/unlock/", {"password": "not this one"}).status_code == 400
    assert therapist.post("/unlock/", {"password": "not this one"}).headers["Location"] == "/account/login/"
    assert therapist.get("/").headers["Location"] == "/account/login/?next=%2F"


def test_another_persons_password_does_not_unlock(therapist, second):
    second.set_password("another long password of mine")
    second.save()
    therapist.post("/lock/")
    assert therapist.post("/unlock/", {"password": "another long password of mine"}).status_code == 400


def test_a_locked_session_shows_no_second_factors_either(therapist):
    therapist.post("/lock/")
    for path in ("/account/2fa/", "/account/2fa/recovery-codes/", "/account/password/change/"):
        assert therapist.get(path).headers["Location"].startswith("/unlock/?next="), path


def test_what_was_sent_to_a_locked_page_is_held_and_offered_after_unlocking(client, admin, lead):
    client.force_login(admin)
    client.post("/lock/")
    path = f"/clinic/people/{lead.memberships.get().public_id}/"
    long = "A paper with a long name, " * 4
    answer = client.post(path, {"credential-kind": "licence", "credential-title": long, "password": "secret"})
    assert answer.headers["Location"] == "/unlock/"
    offered = client.post("/unlock/", {"password": PASSWORD}).content.decode()
    assert f'action="{path}"' in offered
    assert long in offered
    assert "secret" not in offered
    assert locking.HELD not in client.session


def test_nobody_stays_logged_in_for_longer_than_twelve_hours_however_busy(therapist):
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(144):
            therapist.get("/clinic/access/")
            clock.shift(dt.timedelta(minutes=5))
        assert therapist.get("/clinic/access/").status_code == 200
        clock.shift(dt.timedelta(minutes=5))
        assert therapist.get("/clinic/access/").headers["Location"].startswith("/account/login/")


def test_every_answer_carries_the_headers_and_is_never_stored(therapist):
    for path in ("/", "/clinic/access/", "/account/password/change/", "/nowhere/", "/unlock/"):
        answer = therapist.get(path, follow=True)
        assert answer.headers["Cache-Control"].find("no-store") >= 0, path
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe-inline" not in policy and "frame-ancestors 'none'" in policy
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_no_page_holds_an_inline_script_or_style(therapist):
    for path in ("/", "/clinic/access/", "/account/password/change/", "/nowhere/", "/unlock/"):
        body = therapist.get(path, follow=True).content.decode()
        assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", body) == [], path
        assert re.findall(r"<style|\sstyle=|\son\w+=", body) == [], path


def test_not_found_says_the_same_to_everybody_and_names_nobody(therapist, course, stranger):
    here = therapist.get("/courses/00000000-0000-4000-8000-000000000000/")
    elsewhere = Client()
    elsewhere.force_login(stranger)
    there = elsewhere.get(f"/courses/{course.public_id}/")
    assert (here.status_code, there.status_code) == (404, 404)
    assert here.content == there.content
    assert "This page does not exist, or it is not yours to open." in here.content.decode()


def test_a_form_of_an_older_log_in_is_refused_with_advice(lead):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(lead)
    answer = strict.post("/lock/")
    assert answer.status_code == 403
    assert "This page was too old" in answer.content.decode()


def test_the_log_in_page_offers_no_reset_by_mail_and_says_whom_to_ask(client, db):
    page = client.get("/account/login/").content.decode()
    assert "/password/" not in page
    assert "Ask the admin of your clinic." in page


@pytest.mark.parametrize(("proxies", "status"), [(1, 302), (0, 200)])
def test_a_strangers_wrong_passwords_close_the_door_to_nobody_else_behind_a_trusted_proxy(
    client, lead, settings, proxies, status
):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    for n in range(11):
        wrong = {"login": f"nobody-{n}", "password": "guess"}
        client.post("/account/login/", wrong, headers={"X-Forwarded-For": "198.51.100.7"})
    right = {"login": lead.username, "password": PASSWORD}
    answer = Client().post("/account/login/", right, headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == status


@pytest.mark.parametrize("typed", ["a\0b", "a\\x00b"])
def test_a_character_that_the_database_cannot_keep_is_refused_at_the_door(therapist, typed):
    is_kept = "\0" not in typed
    sent = {"act": "save", "name": typed, "reason": typed, "query": "show=mine"}
    assert therapist.post(reverse("reports:board_view"), sent).status_code == (302 if is_kept else 400)
    assert therapist.get(reverse("reports:search"), {"q": typed}).status_code == (200 if is_kept else 400)


@pytest.mark.parametrize(
    ("zone", "at", "status"),
    [
        ("Australia/Sydney", "2026-11-19T12:59+00:00", 404),  # 23:59 on the eve of the first day
        ("Australia/Sydney", "2026-11-19T13:01+00:00", 200),  # 00:01 on the first day; in UTC it is the eve
        ("Australia/Sydney", "2026-11-22T12:59+00:00", 200),
        ("Australia/Sydney", "2026-11-22T13:01+00:00", 404),  # the day after the last; in UTC it is the last
        ("America/Los_Angeles", "2026-11-23T07:59+00:00", 200),  # 23:59 on the last day; in UTC it is over
        ("America/Los_Angeles", "2026-11-23T08:01+00:00", 404),
    ],
)
def test_somebody_works_here_from_the_first_to_the_last_day_of_the_clinics_own_calendar(
    client, clinic, coordinator, zone, at, status
):
    clinic.time_zone = zone
    clinic.save()
    coordinator.memberships.update(starts_on=dt.date(2026, 11, 20), ends_on=dt.date(2026, 11, 22))
    with time_machine.travel(dt.datetime.fromisoformat(at), tick=False):
        client.force_login(coordinator)
        assert client.get(reverse("reports:board")).status_code == status
