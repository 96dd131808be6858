"""Times when people are taken elsewhere: read out of a calendar file, and kept free by whoever plans."""

import datetime as dt
import time
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Change
from accounts.rules.findings import Refused
from sessions.actions import unfolding
from sessions.actions.booking import book
from sessions.actions.gatherings import gather, next_openings
from sessions.actions.outside import AHEAD, MOST_BYTES, clashing, read_calendar, take_over, times_of
from sessions.actions.planning import propose, request_for
from sessions.actions.repairing import propose_repair
from sessions.models import Allocation, BusyTime
from sessions.rules.checking import check
from sessions.rules.intervals import Interval, at_wall
from sessions.rules.planning import Wish
from tests.factories import VisitFactory
from tests.sessions.test_booking import AS_OF, MONDAY, open_hours

LONDON = ZoneInfo("Europe/London")
AT = dt.datetime(2031, 3, 20, 9, tzinfo=dt.UTC)


def event(*lines, uid=1):
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "SUMMARY:Hedda Canary", *lines, "END:VEVENT", ""])


def file_of(*events, before=""):
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a test//EN\r\n"
    return (head + before + "".join(events) + "END:VCALENDAR\r\n").encode()


@pytest.fixture
def mine(lead):
    return lead.memberships.select_related("clinic", "user").get()


def read(mine, *events, before=""):
    """What is read, as the wall of the clinic shows it."""
    found = read_calendar(file_of(*events, before=before), of=mine, at=AT)
    return [tuple(f"{moment.astimezone(LONDON):%d.%m. %H:%M}" for moment in (one.start, one.end)) for one in found]


def refused(mine, content):
    with pytest.raises(Refused) as problem:
        read_calendar(content, of=mine, at=AT)
    (finding,) = problem.value.findings
    return finding.sentence.removeprefix("This file was not taken over. ")


# --- what a file says


def test_a_weekly_event_keeps_its_hour_when_the_clocks_change(mine):
    """Summer time begins in London on 30 March 2031, and in New York it began on 9 March."""
    lines = ("DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3")
    here = read(mine, event("DTSTART;TZID=Europe/London:20310324T100000", *lines))
    assert here == [
        ("24.03. 10:00", "24.03. 11:00"),
        ("31.03. 10:00", "31.03. 11:00"),
        ("07.04. 10:00", "07.04. 11:00"),
    ]
    there = read(mine, event("DTSTART;TZID=America/New_York:20310324T100000", *lines))
    assert there == [
        ("24.03. 14:00", "24.03. 15:00"),
        ("31.03. 15:00", "31.03. 16:00"),
        ("07.04. 15:00", "07.04. 16:00"),
    ]


def test_whole_days_and_times_without_a_zone_are_the_clinics(mine):
    assert read(mine, event("DTSTART;VALUE=DATE:20310329", "DTEND;VALUE=DATE:20310331")) == [
        ("29.03. 00:00", "31.03. 00:00")
    ]
    assert read(mine, event("DTSTART:20310331T100000", "DTEND:20310331T113000")) == [("31.03. 10:00", "31.03. 11:30")]
    assert read(mine, event("DTSTART:20310331T100000Z", "DTEND:20310331T113000Z")) == [("31.03. 11:00", "31.03. 12:30")]


@pytest.mark.parametrize("line", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"])
def test_what_takes_no_time_is_left_out(mine, line):
    when = ("DTSTART:20310331T100000Z", "DTEND:20310331T113000Z")
    assert read(mine, event(*when, line)) == []
    assert len(read(mine, event(*when, "TRANSP:OPAQUE", "STATUS:TENTATIVE"))) == 1


def test_one_of_a_series_that_was_moved_and_one_that_was_taken_out(mine):
    series = event("DTSTART:20310324T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20310325T100000Z")
    moved = event("RECURRENCE-ID:20310326T100000Z", "DTSTART:20310326T150000Z", "DURATION:PT1H")
    assert read(mine, series, moved) == [
        ("24.03. 10:00", "24.03. 11:00"),
        ("26.03. 15:00", "26.03. 16:00"),
        ("27.03. 10:00", "27.03. 11:00"),
    ]


def test_a_zone_that_the_file_explains_itself(mine):
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Own\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0500\r\n"
        "TZOFFSETTO:+0500\r\nTZNAME:OWN\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    found = read(mine, event("DTSTART;TZID=Own:20310324T150000", "DURATION:PT1H"), before=zone)
    assert found == [("24.03. 10:00", "24.03. 11:00")]


def test_times_that_touch_are_joined_and_what_is_over_or_far_away_is_cut_off(mine):
    found = read(
        mine,
        event("DTSTART:20310324T100000Z", "DTEND:20310324T110000Z"),
        event("DTSTART:20310324T110000Z", "DTEND:20310324T120000Z", uid=2),
        event("DTSTART:20310301T000000Z", "DTEND:20310321T120000Z", uid=3),
        event("DTSTART:20350101T000000Z", "DTEND:20350102T000000Z", uid=4),
        event("DTSTART:20310101T000000Z", "DTEND:20310102T000000Z", uid=5),
    )
    assert found == [("20.03. 00:00", "21.03. 12:00"), ("24.03. 10:00", "24.03. 12:00")]


def test_a_visit_of_ours_that_the_file_repeats_is_not_in_its_own_way(mine, course, lead):
    starts = dt.datetime(2031, 3, 24, 10, tzinfo=dt.UTC)
    visit = VisitFactory(course=course, starts_at=starts, ends_at=starts + dt.timedelta(hours=1))
    Allocation.objects.create(visit=visit, therapist=lead, during=(visit.starts_at, visit.ends_at))
    copied = event("DTSTART:20310324T100000Z", "DTEND:20310324T110000Z")
    other = event("DTSTART:20310324T103000Z", "DTEND:20310324T113000Z", uid=2)
    assert read(mine, copied) == []
    assert read(mine, copied, other) == [("24.03. 10:30", "24.03. 11:30")]


DAILY = "DTSTART:20310324T100000Z", "DURATION:PT1H"
TAKE_OUT = "Take it out and export the calendar again."
UNREADABLE = f"An event in it has a RRULE that cannot be read. {TAKE_OUT}"
NOT_TO_UNFOLD = f"An event in it has times or a recurrence that cannot be read. {TAKE_OUT}"
NO_ZONE = f"An event in it is in a time zone that the file does not explain. {TAKE_OUT}"
MIXED = f"An event in it has times with a time zone and times without one. {TAKE_OUT}"
EARLY = "An event in it ends before it begins. Put it right or take it out, and export the calendar again."
TOO_LONG = "It cannot be read, or takes too long. Export it again, or a shorter period."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "It is no iCalendar file. Export the calendar as a file that ends in .ics."),
        (b"PK\x03\x04 zipped", "It is no iCalendar file. Export the calendar as a file that ends in .ics."),
        (b"\x89PNG\r\n\xff\xfe", "It is not a text in UTF-8. Export it again as an iCalendar file (.ics)."),
        (b"<html>BEGIN:VCALENDAR</html>", "It is damaged: its lines do not fit together. Export it again."),
        (file_of(event(*DAILY))[:-20], "It is damaged: its lines do not fit together. Export it again."),
        (b"BEGIN:VCALENDAR\r\n" * 15_000, "It is damaged: its lines do not fit together. Export it again."),
        (file_of("BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 5_001), "It holds more than 5000 events. Export a shorter period."),
        (b"x" * 2_000_001, "It is larger than 2 MB. Export a shorter period."),
        (file_of(event("DTSTART:yesterday")), f"An event in it has a DTSTART that cannot be read. {TAKE_OUT}"),
        (file_of(event("DURATION:PT1H")), f"An event in it has a DTSTART that cannot be read. {TAKE_OUT}"),
        (file_of(event("DTSTART:20310324T100000Z", "DTEND:99991231T235959Z")), NOT_TO_UNFOLD),
        (file_of(event("DTSTART;TZID=Atlantis/Deep:20310324T100000", "DURATION:PT1H")), NO_ZONE),
        (
            file_of(event(*DAILY, "RRULE:FREQ=SECONDLY")),
            "An event in it recurs more often than daily. Take it out and export the calendar again.",
        ),
        (file_of(event(*DAILY, "RRULE:FREQ=DAILY;INTERVAL=0")), UNREADABLE),
        (file_of(event(*DAILY, "RRULE:FREQ=DAILY;COUNT=99999999999999999999")), UNREADABLE),
        (file_of(event(*DAILY, "RRULE:FREQ=SOMETIMES")), UNREADABLE),
        (file_of(event(*DAILY, "RRULE:FREQ=YEARLY;BYDAY=MO;BYSETPOS=400")), NOT_TO_UNFOLD),
        (
            file_of(*(event(f"DTSTART:20310324T{n // 60 % 24:02}{n % 60:02}00Z", "DURATION:PT30S", uid=n) for n in range(1440)),
                    *(event(f"DTSTART:20310325T{n // 60 % 24:02}{n % 60:02}00Z", "DURATION:PT30S", uid=n + 1440) for n in range(1440))),
            "It takes more than 2000 separate times. Export a shorter period.",
        ),
    ],
    ids=range(18),
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence_that_quotes_nothing(mine, content, sentence):
    assert refused(mine, content) == sentence
    assert not BusyTime.objects.exists()


@pytest.mark.parametrize(
    ("line", "known", "sentence"),
    [
        ("EXDATE;TZID=Atlantis/Deep:20310325T100000", "EXDATE;TZID=Europe/London:20310325T100000", NO_ZONE),
        ("RDATE;TZID=Atlantis/Deep:20310329T100000", "RDATE;TZID=Europe/London:20310329T100000", NO_ZONE),
        ("RDATE;TZID=X;VALUE=PERIOD:20310329T100000/PT2H", "RDATE;VALUE=PERIOD:20310329T100000Z/PT2H", NO_ZONE),
        ("EXDATE:20310325T100000", "EXDATE:20310325T100000Z", MIXED),
    ],
)
def test_no_day_of_a_series_is_dropped_or_added_at_a_time_that_nobody_knows(mine, line, known, sentence):
    """Negative control: the same line in a zone that is known takes one day out, or puts one in."""
    series = (*DAILY, "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20310326T100000Z")
    assert refused(mine, file_of(event(*series, line))) == sentence
    assert [start[:2] for start, _ in read(mine, event(*series))] == ["24", "25"]
    assert [start[:2] for start, _ in read(mine, event(*series, known))] in (["24"], ["24", "25", "29"])


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("DTSTART:20310324T100000Z", "DTEND:20310324T090000Z"),
        ("DTSTART;TZID=America/New_York:20310324T100000", "DTEND:20310324T135900Z"),
        ("DTSTART;VALUE=DATE:20310324", "DTEND;VALUE=DATE:20310323"),
        ("DTSTART:20310324T100000Z", "DURATION:-PT1H"),
    ],
)
def test_an_event_that_ends_before_it_begins_is_refused_and_one_that_takes_no_time_is_not(mine, start, end):
    assert refused(mine, file_of(event(start, end))) == EARLY
    assert read(mine, event(start, start.replace("DTSTART", "DTEND"))) == []


def many(number, *lines):
    return file_of(*(event(*DAILY, *lines, uid=n) for n in range(number)))


BEFORE_ITS_TIME = (
    (many(201, "RRULE:FREQ=DAILY"), "More than 200 events in it recur. Export a calendar with fewer of them."),
    (file_of(event(*DAILY, *["X-A:1"] * 100_000)), "It has more than 100000 lines. Export a shorter period."),
    (
        file_of(event(*DAILY, "DESCRIPTION:" + "\r\n x" * 100_000)),
        "It has more than 100000 lines. Export a shorter period.",
    ),
    (
        file_of(event(*DAILY, "RRULE:FREQ=DAILY;BYHOUR=8,9;BYMINUTE=" + ",".join(map(str, range(60))))),
        "An event in it recurs more often than daily. Take it out and export the calendar again.",
    ),
)


@pytest.mark.parametrize(("content", "sentence"), BEFORE_ITS_TIME, ids=range(len(BEFORE_ITS_TIME)))
def test_what_no_calendar_is_like_is_refused_before_it_is_unfolded(content, sentence, monkeypatch):
    def unfold(calendar):
        raise AssertionError("it was unfolded")

    monkeypatch.setattr(unfolding.recurring_ical_events, "of", unfold)
    asked = ("Europe/London", AT.isoformat(), (AT + AHEAD).isoformat())
    assert unfolding.answer(content, *asked) == {"refused": sentence}


def test_a_real_calendar_of_the_largest_size_is_read():
    """Ten years of 5,000 events in 1.8 MB, of which a hundred recur and three hundred did: the control of the limits."""
    told = (
        "DTSTAMP:20310101T120000Z", "CREATED:20300101T120000Z", "LAST-MODIFIED:20300101T120000Z", "SEQUENCE:0",
        "LOCATION:Room 3 on the second floor", "STATUS:CONFIRMED", "TRANSP:OPAQUE",
        "DESCRIPTION:" + "What it is about " * 4,
    )  # fmt: skip
    events = []
    for n in range(5_000):
        day = AT.date() - dt.timedelta(days=3_600 - n * 3_650 // 5_000)
        when = (f"DTSTART:{day:%Y%m%d}T{8 + n % 10:02}0000Z", f"DTEND:{day:%Y%m%d}T{8 + n % 10:02}5000Z")
        rule = {0: ["RRULE:FREQ=WEEKLY;COUNT=700"], 1: ["RRULE:FREQ=WEEKLY;UNTIL=20301231T000000Z"]}.get(n % 50, [])
        rule += ["RRULE:FREQ=MONTHLY;BYDAY=2TU;UNTIL=20301231T000000Z"] if n % 25 == 2 else []
        events.append(event(*when, *told, *rule, uid=f"{n}-0123456789abcdef@calendar.example.org"))
    content = file_of(*events)
    assert 1_800_000 < len(content) <= MOST_BYTES
    answer = unfolding.answer(content, "Europe/London", AT.isoformat(), (AT + AHEAD).isoformat())
    assert len(answer["times"]) > 500


def test_a_recurrence_that_never_comes_and_never_ends_is_stopped(mine):
    """February has no thirtieth day: ten such events would be looked for until the year 9999."""
    never = [event(*DAILY, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", uid=n) for n in range(40)]
    begun = time.monotonic()
    assert refused(mine, file_of(*never)) in (TOO_LONG, "It takes too long to read. Export a shorter period.")
    assert time.monotonic() - begun < 45


# --- what is kept


def taken(day, start, end, zone=LONDON):
    return Interval(at_wall(day, dt.time(start), zone), at_wall(day, dt.time(end), zone))


def test_only_times_are_kept_and_importing_again_replaces_them(mine, lead):
    day = dt.date(2031, 3, 24)
    take_over(mine, [taken(day, 9, 10), taken(day, 11, 12)], by=lead, at=AT)
    kept = BusyTime.objects.get(during__contains=taken(day, 9, 10).start)
    take_over(mine, [taken(day, 9, 10), taken(day, 14, 15)], by=lead, at=AT)
    assert times_of(mine, at=AT) == [taken(day, 9, 10), taken(day, 14, 15)]
    assert BusyTime.objects.filter(pk=kept.pk).exists()  # what stays the same is not written again
    kinds = Change.objects.filter(relation=BusyTime._meta.db_table).values_list("kind", flat=True).order_by("pk")
    assert list(kinds) == ["INSERT", "INSERT", "DELETE", "INSERT"]
    assert {field.name for field in BusyTime._meta.fields} == {"id", "membership", "during"}


def test_the_database_keeps_them_apart_and_never_empty(mine):
    start, end = taken(dt.date(2031, 3, 24), 9, 11).start, taken(dt.date(2031, 3, 24), 9, 11).end
    BusyTime.objects.create(membership=mine, during=(start, end))
    with pytest.raises(IntegrityError, match="busy_times_do_not_overlap"), transaction.atomic():
        BusyTime.objects.create(membership=mine, during=(start + dt.timedelta(hours=1), end + dt.timedelta(hours=1)))
    with pytest.raises(IntegrityError, match="busy_time_has_a_time"), transaction.atomic():
        BusyTime.objects.create(membership=mine, during=(end, end))


# --- who keeps them free


@pytest.fixture
def wish(course, lead, second, other_therapist):
    open_hours(course.clinic)
    return Wish(MONDAY, MONDAY + dt.timedelta(days=40), (str(lead.pk), str(second.pk)))


def test_the_planner_plans_around_them_and_only_around_them(course, wish, mine, lead):
    """Negative control: without them the same course is planned into those very hours."""
    free = propose(course, wish=wish, as_of=AS_OF).plan
    dosing = free.appointment("D1")
    elsewhere = Interval(dosing.start + dt.timedelta(hours=3), dosing.start + dt.timedelta(hours=4))
    take_over(mine, [elsewhere], by=lead, at=AS_OF)
    request = request_for(course, wish=wish, as_of=AS_OF)
    assert [finding.code for finding in check(free, request)] == ["double booking"]
    with pytest.raises(Refused):
        book(course, plan=free, wish=wish, by=lead, at=AS_OF)
    planned = propose(course, wish=wish, as_of=AS_OF).plan
    mine_now = [one.interval for one in planned.appointments if str(lead.pk) in {who for _, who in one.people}]
    assert not any(one.overlaps(elsewhere) for one in mine_now)
    assert check(planned, request) == []
    take_over(mine, [], by=lead, at=AS_OF)
    assert propose(course, wish=wish, as_of=AS_OF).plan.appointment("D1") == dosing


def test_a_no_names_that_somebody_is_taken_elsewhere(course, wish, mine, lead):
    first = at_wall(MONDAY, dt.time(0), LONDON)
    take_over(mine, [Interval(first, first + dt.timedelta(days=400))], by=lead, at=AS_OF)
    proposal = propose(course, wish=wish, as_of=AS_OF)
    assert proposal.plan is None
    said = " ".join(finding.sentence for finding in proposal.findings)
    assert "Ada Fictional is taken elsewhere." in said


def test_a_booked_visit_at_such_a_time_is_listed_and_mended(course, clinic, wish, mine, lead, coordinator):
    book(course, plan=propose(course, wish=wish, as_of=AS_OF).plan, wish=wish, by=coordinator, at=AS_OF)
    visit = course.visits.get(code="P2")
    elsewhere = Interval(visit.starts_at, visit.ends_at)
    assert take_over(mine, [elsewhere], by=lead, at=AS_OF) == [visit]
    later = Interval(visit.ends_at, visit.ends_at + dt.timedelta(hours=1))
    assert visit not in clashing(mine, [later], at=AS_OF)
    repair = propose_repair(clinic, courses=[course], as_of=AS_OF).repair
    (mended,) = repair.courses
    assert "P2" in [change.code for change in mended.changes]
    new = mended.plan.appointment("P2")
    assert not new.interval.overlaps(elsewhere) or str(lead.pk) not in {who for _, who in new.people}


def test_a_supervision_is_not_booked_over_them(clinic, mine, lead, second, coordinator):
    day = dt.date(2031, 3, 24)
    take_over(mine, [taken(day, 10, 12)], by=lead, at=AT)
    people = {"minutes": 60, "room": None, "therapists": [lead, second]}
    with pytest.raises(Refused) as refusal:
        gather(clinic, kind="supervision", starts_at=taken(day, 11, 12).start, by=coordinator, at=AT, **people)
    assert [finding.sentence for finding in refusal.value.findings] == [
        "Ada Fictional is taken elsewhere from Mon 24 Mar, 10:00 to Mon 24 Mar, 12:00."
    ]
    openings = next_openings(clinic, after=taken(day, 9, 10).start + dt.timedelta(minutes=30), **people)
    assert openings[0] == taken(day, 12, 13).start
    gather(clinic, kind="supervision", starts_at=openings[0], by=coordinator, at=AT, **people)


# --- the page

FUTURE = (dt.datetime.now(LONDON) + dt.timedelta(days=20)).replace(hour=10, minute=0, second=0, microsecond=0)


def upload(content):
    return {"act": "read", "file": SimpleUploadedFile("Hedda Canary.ics", content, "text/calendar")}


@pytest.fixture
def content():
    return file_of(event(f"DTSTART:{FUTURE:%Y%m%dT%H%M%S}", "DURATION:PT2H"))


def test_what_was_read_is_shown_first_and_taken_over_as_shown(client, mine, lead, course, content):
    visit = VisitFactory(course=course, starts_at=FUTURE, ends_at=FUTURE + dt.timedelta(hours=1))
    Allocation.objects.create(visit=visit, therapist=lead, during=(visit.starts_at, visit.ends_at))
    client.force_login(lead)
    page = reverse("sessions:outside")
    shown = client.post(page, upload(content))
    assert (shown.status_code, shown.context["read"]["count"], BusyTime.objects.count()) == (200, 1, 0)
    assert reverse("sessions:visit", args=[visit.public_id]) in shown.content.decode()
    assert "Canary" not in shown.content.decode()
    client.post(page, {"act": "take", "times": shown.context["signed"]})
    assert times_of(mine, at=FUTURE) == [Interval(FUTURE, FUTURE + dt.timedelta(hours=2))]
    client.post(page, {"act": "forget"})
    assert not BusyTime.objects.exists()


def test_a_hostile_file_leaves_everything_as_it_was(client, mine, lead):
    take_over(mine, [Interval(FUTURE, FUTURE + dt.timedelta(hours=2))], by=lead, at=AT)
    client.force_login(lead)
    answer = client.post(reverse("sessions:outside"), upload(file_of(event(*DAILY, "RRULE:FREQ=DAILY;INTERVAL=0"))))
    assert answer.status_code == 422
    assert "An event in it has a RRULE that cannot be read." in answer.content.decode()
    assert BusyTime.objects.count() == 1


def test_what_was_not_shown_here_is_not_taken_over(client, mine, lead, second, content):
    client.force_login(second)
    sealed = client.post(reverse("sessions:outside"), upload(content)).context["signed"]
    client.force_login(lead)
    for times in (sealed, sealed + "x", ""):
        assert client.post(reverse("sessions:outside"), {"act": "take", "times": times}).status_code == 404
    assert not BusyTime.objects.exists()


def test_a_coordinator_reads_in_for_others_and_therapists_for_themselves_alone(
    client, mine, lead, second, coordinator, stranger, content
):
    page = f"{reverse('sessions:outside')}?who={mine.public_id}"
    for user, status in ((second, 404), (stranger, 404), (coordinator, 200)):
        client.force_login(user)
        assert client.get(page).status_code == status
    sealed = client.post(page, upload(content)).context["signed"]
    client.post(page, {"act": "take", "times": sealed})
    assert [row.membership for row in BusyTime.objects.all()] == [mine]


@pytest.mark.parametrize("by", ["people", "pairs"])
@pytest.mark.parametrize("view", ["day", "week"])
def test_the_calendar_shows_when_somebody_is_taken_elsewhere(client, course, mine, lead, second, coordinator, by, view):
    open_hours(mine.clinic)
    monday = FUTURE.date() - dt.timedelta(days=FUTURE.weekday())
    visit = VisitFactory(
        course=course, starts_at=at_wall(monday, dt.time(9), LONDON), ends_at=at_wall(monday, dt.time(9, 30), LONDON)
    )
    for user in (lead, second):
        Allocation.objects.create(visit=visit, therapist=user, during=(visit.starts_at, visit.ends_at))
    late = Interval(at_wall(monday, dt.time(22), LONDON), at_wall(monday + dt.timedelta(days=1), dt.time(1), LONDON))
    take_over(mine, [taken(monday, 10, 12), late], by=lead, at=AT)
    client.force_login(coordinator)
    asked = {"view": view, "by": by, "day": monday.isoformat()}
    page = client.get(reverse("sessions:calendar"), asked).content.decode()
    assert [page.count(f"Elsewhere {part}") for part in ("10:00 to 12:00", "22:00 to 23:59")] == [1, 1]
    assert page.count("Elsewhere 00:00 to 01:00") == (view == "week")


def test_the_list_of_visits_that_no_longer_hold_says_so(client, course, wish, mine, lead, coordinator):
    now = FUTURE - dt.timedelta(days=20)
    later = Wish(FUTURE.date(), FUTURE.date() + dt.timedelta(days=40), wish.pair)
    book(course, plan=propose(course, wish=later, as_of=now).plan, wish=later, by=coordinator, at=now)
    visit = course.visits.get(code="P2")
    take_over(mine, [Interval(visit.starts_at, visit.ends_at)], by=lead, at=now)
    client.force_login(coordinator)
    page = client.get(reverse("sessions:left_outside")).content.decode()
    assert "Ada Fictional is taken elsewhere at the time of P2." in page


def test_a_rater_does_not_read_which_visit_they_rate(client, course, lead, rater, content):
    visit = VisitFactory(
        course=course, code="R2", kind="rating", starts_at=FUTURE, ends_at=FUTURE + dt.timedelta(hours=1)
    )
    Allocation.objects.create(visit=visit, therapist=rater, during=(visit.starts_at, visit.ends_at))
    client.force_login(rater)
    page = reverse("sessions:outside")
    sealed = client.post(page, upload(content)).context["signed"]
    for answer in (
        client.post(page, upload(content)),
        client.post(page, {"act": "take", "times": sealed}, follow=True),
    ):
        said = answer.content.decode()
        assert "1 booked visit at such a time" in said and "Wren Fictional" in said
        assert "R2" not in said and str(visit.public_id) not in said
