"""Addresses of the calendar: secret, shown once, dead at once, and silent about everything but times (T32)."""

import datetime as dt
import hashlib
import http.client
import io
import logging.config
from urllib.parse import urlsplit

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.actions.audit import acting
from accounts.models import Change, Membership
from mdmaat import logs
from sessions.actions.events import cancel
from sessions.actions.feeds import KEPT, end, entries_of, feed_of, issue
from sessions.actions.gatherings import call_gathering_off, gather
from sessions.actions.undoing import undo
from sessions.models import Allocation, Feed, Rearrangement, Room
from sessions.rules.feed import Entry
from tests.cast import member
from tests.factories import RoomFactory, VisitFactory, dosing_visit

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def now():
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def mine(lead):
    return lead.memberships.get()


@pytest.fixture
def visit(course, lead, second, now):
    row = VisitFactory(course=course, starts_at=now + 48 * HOUR, ends_at=now + 50 * HOUR)
    take(row, lead, second)
    return row


def take(visit, *therapists):
    for user in therapists:
        Allocation.objects.create(visit=visit, therapist=user, during=(visit.starts_at, visit.ends_at))


def said(membership_or_room, by, at):
    return entries_of(feed_of(issue(membership_or_room, by=by, at=at), at=at), at=at)


def fetch(token, **headers):
    return Client().get(reverse("sessions:feed", args=[token]), headers=headers)


# --- what it says


def test_a_visit_is_an_appointment_and_nothing_else(visit, mine, lead, now):
    answer = fetch(issue(mine, by=lead, at=now))
    (event,) = Calendar.from_ical(answer.content).events
    assert sorted(event.keys()) == sorted(
        ["UID", "SUMMARY", "DTSTART", "DTEND", "DTSTAMP", "SEQUENCE", "STATUS", "TRANSP", "CLASS"]
    )
    assert (str(event["SUMMARY"]), event.start, event.end) == ("Appointment", visit.starts_at, visit.ends_at)
    text = answer.content.decode().casefold()
    for told in ("mdma", "wren", "ada", visit.title.casefold(), visit.course.patient.chart_number.casefold()):
        assert told not in text


def test_a_cancelled_visit_stays_as_cancelled_under_its_own_name_and_comes_back(visit, mine, lead, coordinator, now):
    uid, times = str(visit.public_id), (visit.starts_at, visit.ends_at)
    assert said(mine, lead, now) == [Entry(uid, *times, 1, True)]
    cancel(visit, reason="Told in a test", version=1, by=coordinator, at=now)
    assert said(mine, lead, now) == [Entry(uid, *times, 2, False)]
    undo(Rearrangement.objects.get(), by=coordinator, at=now)
    assert said(mine, lead, now) == [Entry(uid, *times, 3, True)]


def test_a_visit_that_another_therapist_took_over_is_taken_out_of_the_firsts(visit, mine, lead, other_therapist, now):
    visit.allocations.filter(therapist=lead).update(active=False)
    take(visit, other_therapist)
    type(visit).objects.filter(pk=visit.pk).update(schedule_version=2)
    (entry,) = said(mine, lead, now)
    (theirs,) = said(other_therapist.memberships.get(), other_therapist, now)
    assert ((entry.stands, entry.sequence), (theirs.stands, theirs.sequence)) == ((False, 2), (True, 2))


def test_a_moved_visit_is_told_once_where_it_is_now(visit, mine, lead, now):
    visit.allocations.update(active=False)
    visit.starts_at, visit.ends_at, visit.schedule_version = now + 72 * HOUR, now + 74 * HOUR, 2
    visit.save()
    take(visit, lead)
    assert said(mine, lead, now) == [Entry(str(visit.public_id), visit.starts_at, visit.ends_at, 2, True)]


def test_groups_and_supervision_are_in_it_and_leave_it(clinic, mine, lead, second, coordinator, now):
    people = {"kind": "supervision", "minutes": 60, "room": None, "therapists": [lead, second]}
    row = gather(clinic, starts_at=now + HOUR, by=coordinator, at=now, **people)
    uid, times = str(row.public_id), (row.starts_at, row.ends_at)
    assert said(mine, lead, now) == [Entry(uid, *times, 1, True)]
    call_gathering_off(row, version=1, by=coordinator, at=now)
    assert said(mine, lead, now) == [Entry(uid, *times, 2, False)]


def test_a_physician_on_duty_reads_the_day_and_another_physician_takes_it_over(course, physician, now):
    day = dosing_visit(course, starts_at=now + 48 * HOUR)
    day.covered_by = physician
    day.save()
    theirs = physician.memberships.get()
    assert [entry.stands for entry in said(theirs, physician, now)] == [True]
    change = Rearrangement.objects.create(clinic=course.clinic, kind="moved", at=now)
    change.changes.create(visit=day, before={"cover": physician.pk}, after={"cover": None}, version=2)
    type(day).objects.filter(pk=day.pk).update(covered_by=None)
    assert [entry.stands for entry in said(theirs, physician, now)] == [False]


def test_who_stays_the_night_reads_it_and_is_told_when_it_is_given_up(course, clinic, coordinator, now):
    attendant = member(clinic, "nights", "Nell Staysby", "night_attendant")
    day = dosing_visit(course, starts_at=dt.datetime(2031, 3, 29, 9, tzinfo=clinic.zone))
    type(day).objects.filter(pk=day.pk).update(night_attendant=attendant)
    at = dt.datetime(2031, 3, 1, tzinfo=dt.UTC)
    (entry,) = said(attendant.memberships.get(), attendant, at)
    # From 20:00 to 08:00 on the clinic's wall, on the night on which the clocks go forward: eleven hours.
    assert (entry.stands, entry.start, entry.end - entry.start) == (
        True,
        dt.datetime(2031, 3, 29, 20, tzinfo=dt.UTC),
        11 * HOUR,
    )
    assert entry.uid != str(day.public_id)
    day.refresh_from_db()
    cancel(day, reason="Told in a test", version=day.version, by=coordinator, at=at)
    (after,) = said(attendant.memberships.get(), attendant, at)
    assert (after.uid, after.stands, after.sequence) == (entry.uid, False, entry.sequence + 1)


def test_a_room_is_busy_until_it_is_turned_over(clinic, course, coordinator, now):
    room = RoomFactory(clinic=clinic, name="Dosing room 1", turnover_minutes=30)
    visit = VisitFactory(course=course, room=room, starts_at=now + HOUR, ends_at=now + 3 * HOUR)
    Allocation.objects.create(visit=visit, room=room, during=(visit.starts_at, visit.ends_at + HOUR / 2))
    text = fetch(issue(room, by=coordinator, at=now)).content.decode()
    (event,) = Calendar.from_ical(text).events
    assert (str(event["SUMMARY"]), event.end) == ("Busy", visit.ends_at + HOUR / 2)
    assert "dosing" not in text.casefold()


def test_what_is_long_over_is_left_out(course, mine, lead, now):
    old = VisitFactory(course=course, starts_at=now - KEPT - 3 * HOUR, ends_at=now - KEPT - 2 * HOUR)
    take(old, lead)
    assert said(mine, lead, now) == []


def test_times_in_another_clinic_stay_there(visit, lead, stranger, now):
    elsewhere = Membership.objects.create(
        user=lead, clinic=stranger.memberships.get().clinic, roles=["therapist"], starts_on=dt.date(2020, 1, 1)
    )
    assert said(elsewhere, lead, now) == []


@pytest.mark.parametrize("count", [1, 30])
def test_the_same_number_of_queries_however_much_is_in_it(course, mine, lead, now, count, django_assert_num_queries):
    for n in range(count):
        row = VisitFactory(
            course=course, code=f"X{n}", starts_at=now + n * 24 * HOUR, ends_at=now + (n * 24 + 1) * HOUR
        )
        take(row, lead)
    feed = feed_of(issue(mine, by=lead, at=now), at=now)
    with django_assert_num_queries(1):
        assert len(entries_of(feed, at=now)) == count


# --- the token


def test_the_token_is_long_kept_as_a_hash_and_not_in_the_audit(mine, lead, now):
    token = issue(mine, by=lead, at=now)
    assert len(token) * 6 >= 256
    row = Feed.objects.get()
    digest = hashlib.sha256(token.encode()).hexdigest()
    assert row.digest == digest
    kept = repr(list(Feed.objects.values())) + repr(list(Change.objects.values()))
    assert token not in kept
    assert digest not in repr(list(Change.objects.values()))


def test_a_new_address_ends_the_one_before(mine, lead, now):
    first, second = (issue(mine, by=lead, at=now) for _ in range(2))
    assert (fetch(first).status_code, fetch(second).status_code) == (404, 200)


def test_two_addresses_of_one_person_cannot_both_be_in_use(mine, lead, now):
    issue(mine, by=lead, at=now)
    with pytest.raises(IntegrityError, match="one_live_feed_of_a_membership"), transaction.atomic():
        Feed.objects.create(membership=mine, clinic=mine.clinic, digest="0" * 64, made_at=now, made_by=lead)


def ended(mine, lead, now):
    end(Feed.objects.get(ended_at=None), by=lead, at=now)


def left(mine, lead, now):
    Membership.objects.filter(pk=mine.pk).update(ends_on=now.date() - dt.timedelta(days=1))


def another_role(mine, lead, now):
    Membership.objects.filter(pk=mine.pk).update(roles=["admin"])


def closed_account(mine, lead, now):
    type(lead).objects.filter(pk=lead.pk).update(is_active=False)


@pytest.mark.parametrize("what", [ended, left, another_role, closed_account])
def test_an_address_is_dead_at_once(visit, mine, lead, now, what):
    token = issue(mine, by=lead, at=now)
    assert fetch(token).status_code == 200
    with acting(lead):
        what(mine, lead, now)
    assert fetch(token).status_code == 404


@pytest.mark.parametrize("what", ["maker", "room"])
def test_a_rooms_address_dies_with_the_room_and_with_its_makers_role(clinic, coordinator, now, what):
    room = RoomFactory(clinic=clinic)
    token = issue(room, by=coordinator, at=now)
    assert fetch(token).status_code == 200
    with acting(coordinator):
        if what == "room":
            Room.objects.filter(pk=room.pk).update(active=False)
        else:
            coordinator.memberships.update(roles=["custodian"])
    assert fetch(token).status_code == 404


def test_whatever_is_wrong_with_an_address_the_answer_is_the_same(mine, lead, now):
    revoked = issue(mine, by=lead, at=now)
    ended(mine, lead, now)
    answers = [fetch(token) for token in (revoked, "never-was", "x" * 43, "a.b", "%00", "ü")]
    told = {(a.status_code, a.content, tuple(sorted(a.headers.items()))) for a in answers}
    assert len(told) == 1
    assert answers[0].status_code == 404
    assert not any(answer.cookies for answer in answers)


# --- over the wire


@pytest.fixture
def wire(live_server):
    parts = urlsplit(live_server.url)

    def ask(method, path, **headers):
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), body

    return ask


def test_a_calendar_program_asks_for_its_head_and_for_what_is_new(wire, visit, mine, lead, coordinator, now):
    path = reverse("sessions:feed", args=[issue(mine, by=lead, at=now)])
    status, headers, body = wire("GET", path)
    assert (status, headers["Content-Type"], len(Calendar.from_ical(body).events)) == (
        200,
        "text/calendar; charset=utf-8",
        1,
    )
    assert (headers["Cache-Control"], headers["Referrer-Policy"], headers["X-Robots-Tag"]) == (
        "private, no-cache",
        "no-referrer",
        "noindex",
    )
    assert "Set-Cookie" not in headers
    assert wire("HEAD", path)[::2] == (200, b"")
    assert wire("GET", path, If_None_Match=headers["ETag"])[::2] == (304, b"")
    cancel(visit, reason="Told in a test", version=1, by=coordinator, at=now)
    status, changed, body = wire("GET", path, If_None_Match=headers["ETag"])
    assert (status, changed["ETag"] == headers["ETag"]) == (200, False)
    assert b"STATUS:CANCELLED" in body
    assert wire("POST", path)[0] == 403


@pytest.mark.parametrize("readable", [True, False])
def test_no_token_is_in_the_logs(wire, mine, lead, now, readable, capfd):
    """Misses, hits, wrong methods and a server's own line; the control is a path that is written down."""
    token = issue(mine, by=lead, at=now)
    output = io.StringIO()
    config = logs.configuration("DEBUG", readable=readable)
    config["handlers"]["console"]["stream"] = output
    config["loggers"]["django_structlog"] = {"level": "DEBUG"}
    config["loggers"]["django.request"] = {"level": "DEBUG"}
    logging.config.dictConfig(config)
    try:
        for method in ("GET", "HEAD", "POST"):
            wire(method, f"/feeds/{token}.ics")
            wire(method, f"/feeds/{token}x.ics?again=1")
        wire("GET", f"/feeds/{token}")
        wire("GET", "/feeds-written-down/")
        logging.getLogger("gunicorn.error").error("Error handling request %s %s", "GET", f"/feeds/{token}.ics")
    finally:
        logging.config.dictConfig(logs.configuration("INFO", readable=True))
    # The development server's own line for a miss went past every formatter to standard error.
    logging.getLogger("django.server").warning('"%s" %s %s', f"GET /feeds/{token}.ics HTTP/1.1", "404", "9")
    assert token not in output.getvalue() + "".join(capfd.readouterr())
    assert "/feeds-written-down/" in output.getvalue()
    assert "/feeds/" in output.getvalue()


# --- the pages


def test_a_therapist_makes_replaces_and_ends_their_own_address(mine, lead, client):
    client.force_login(lead)
    page = reverse("sessions:feeds")
    answer = client.post(page, {"of": mine.public_id, "act": "make"})
    address = answer.context["made"]["address"]
    assert address in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    assert address not in client.get(page).content.decode()  # shown once
    path = urlsplit(address).path
    assert Client().get(path).status_code == 200
    client.post(page, {"of": mine.public_id, "act": "end"})
    assert Client().get(path).status_code == 404


def test_nobody_makes_an_address_of_somebody_else(mine, second, stranger, coordinator, clinic, client):
    room = RoomFactory(clinic=clinic)
    for user, page, of in (
        (second, "sessions:feeds", mine),
        (stranger, "sessions:feeds", mine),
        (coordinator, "sessions:feeds", mine),
        (stranger, "sessions:room_feeds", room),
        (second, "sessions:room_feeds", room),
    ):
        client.force_login(user)
        assert client.post(reverse(page), {"of": of.public_id, "act": "make"}).status_code == 404
    assert not Feed.objects.exists()


def test_a_coordinator_makes_the_address_of_a_room(clinic, coordinator, client):
    room = RoomFactory(clinic=clinic)
    client.force_login(coordinator)
    address = client.post(reverse("sessions:room_feeds"), {"of": room.public_id, "act": "make"}).context["made"]
    assert Client().get(urlsplit(address["address"]).path).status_code == 200
