from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from patients.rules.protocol import VisitKind
from reminders.rules import schedule
from reminders.rules.schedule import RHYTHMS, Booked, Kind, Quiet, Reader

LISBON = ZoneInfo("Europe/Lisbon")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
ZONES = sorted(zone for zone in available_timezones() if "/" in zone)

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def booked(kind: VisitKind, starts_at: datetime, has_measures: bool = False) -> Booked:
    return Booked(kind, starts_at, has_measures)


def local(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


def test_a_dosing_day_has_the_agreed_reminders() -> None:
    visit = booked(VisitKind.DOSING, datetime(2026, 6, 16, 8, 0, tzinfo=UTC))
    made = schedule.reminders_of(visit, zone=LISBON, quiet=None, now=LONG_AGO)
    assert [(due.kind, local(due.at, LISBON)) for due in made] == [
        (Kind.WASHOUT_CHECK, "2026-06-02 08:00"),
        (Kind.WEEK_BEFORE, "2026-06-09 09:00"),
        (Kind.TWO_DAYS_BEFORE, "2026-06-14 09:00"),
        (Kind.DAY_BEFORE_CHECK, "2026-06-15 08:00"),
        (Kind.DAY_BEFORE, "2026-06-15 09:00"),
        (Kind.DAY_AFTER_CHECK, "2026-06-17 08:00"),
    ]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (VisitKind.PREPARATION, (Kind.TWO_DAYS_BEFORE,)),
        (VisitKind.INTEGRATION, (Kind.TWO_DAYS_BEFORE,)),
        (VisitKind.CALL, (Kind.DAY_BEFORE, Kind.CALL_DUE)),
        (VisitKind.RATING, (Kind.TWO_DAYS_BEFORE,)),
        (VisitKind.FOLLOW_UP, (Kind.WEEK_BEFORE, Kind.DAY_BEFORE)),
    ],
)
def test_every_other_visit_has_its_own(kind: VisitKind, expected: tuple[Kind, ...]) -> None:
    assert schedule.kinds_of(booked(kind, LONG_AGO)) == expected


def test_a_visit_with_measures_tells_the_rater() -> None:
    assert Kind.MEASURES_DUE in schedule.kinds_of(booked(VisitKind.RATING, LONG_AGO, has_measures=True))
    assert Kind.MEASURES_DUE not in schedule.kinds_of(booked(VisitKind.DOSING, LONG_AGO, has_measures=True))


def test_every_kind_of_visit_is_planned_for() -> None:
    assert set(schedule.OF_VISIT) == set(VisitKind)
    assert set(RHYTHMS) == set(Kind)


def test_nothing_is_made_for_the_past() -> None:
    visit = booked(VisitKind.DOSING, datetime(2026, 6, 16, 8, 0, tzinfo=UTC))
    now = datetime(2026, 6, 15, 7, 30, tzinfo=UTC)
    made = schedule.reminders_of(visit, zone=LISBON, quiet=None, now=now)
    assert [due.kind for due in made] == [Kind.DAY_BEFORE, Kind.DAY_AFTER_CHECK]


def test_a_call_at_seven_is_not_announced_at_eight() -> None:
    visit = booked(VisitKind.CALL, datetime(2026, 6, 16, 6, 0, tzinfo=UTC))
    made = schedule.reminders_of(visit, zone=LISBON, quiet=None, now=LONG_AGO)
    assert [due.kind for due in made] == [Kind.DAY_BEFORE]


def test_the_wall_time_stays_when_the_clocks_change_between() -> None:
    # Clocks in New York go forward on 8 March 2026: the visit is at 14:00 UTC, the reminder a week before at 15:00 UTC.
    visit = booked(VisitKind.FOLLOW_UP, datetime(2026, 3, 10, 14, 0, tzinfo=UTC))
    made = schedule.reminders_of(visit, zone=NEW_YORK, quiet=None, now=LONG_AGO)
    assert [local(due.at, NEW_YORK) for due in made] == ["2026-03-03 10:00", "2026-03-09 10:00"]
    assert made[0].at == datetime(2026, 3, 3, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        (NEW_YORK, datetime(2026, 3, 8, 2, 30), datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),  # gap: 03:00 is the first
        (NEW_YORK, datetime(2026, 3, 8, 2, 0), datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
        (NEW_YORK, datetime(2026, 3, 8, 1, 59), datetime(2026, 3, 8, 6, 59, tzinfo=UTC)),
        (NEW_YORK, datetime(2026, 3, 8, 3, 0), datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
        (NEW_YORK, datetime(2026, 11, 1, 1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),  # overlap: the first
        (LORD_HOWE, datetime(2026, 10, 4, 2, 15), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),  # a gap of 30 minutes
        (LORD_HOWE, datetime(2026, 4, 5, 1, 45), datetime(2026, 4, 4, 14, 45, tzinfo=UTC)),
    ],
)
def test_a_wall_time_in_a_gap_or_an_overlap_is_read_by_the_rule(
    zone: ZoneInfo, wall: datetime, expected: datetime
) -> None:
    assert schedule.instant(wall, zone) == expected


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    wall=st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2030, 1, 1)).map(
        lambda found: found.replace(second=0, microsecond=0)
    ),
)
def test_every_wall_time_of_every_zone_has_one_instant(zone: ZoneInfo, wall: datetime) -> None:
    found = schedule.instant(wall, zone)
    shown = found.astimezone(zone).replace(tzinfo=None)
    assert shown >= wall
    if shown != wall:  # in a gap: the second before did not exist on the new clock
        before = (found - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
        assert before < wall


QUIET = Quiet(time(21, 0), time(8, 30), LISBON)


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (datetime(2026, 6, 9, 20, 59), "2026-06-09 20:59"),
        (datetime(2026, 6, 9, 21, 0), "2026-06-10 08:30"),
        (datetime(2026, 6, 10, 3, 0), "2026-06-10 08:30"),
        (datetime(2026, 6, 10, 8, 30), "2026-06-10 08:30"),
    ],
)
def test_quiet_hours_are_waited_out(due: datetime, expected: str) -> None:
    assert local(schedule.outside(QUIET, due.replace(tzinfo=LISBON)), LISBON) == expected


def test_quiet_hours_within_a_day_are_waited_out_the_same_day() -> None:
    nap = Quiet(time(13, 0), time(15, 0), LISBON)
    due = datetime(2026, 6, 9, 14, 0, tzinfo=LISBON)
    assert local(schedule.outside(nap, due), LISBON) == "2026-06-09 15:00"


def test_equal_hours_are_no_quiet_hours() -> None:
    none = Quiet(time(8, 0), time(8, 0), LISBON)
    assert not none.holds(datetime(2026, 6, 9, 8, 0, tzinfo=LISBON))


def test_quiet_hours_are_on_the_readers_clock_and_do_not_hold_back_the_team() -> None:
    visit = booked(VisitKind.DOSING, datetime(2026, 6, 16, 8, 0, tzinfo=UTC))
    abroad = Quiet(time(21, 0), time(8, 0), NEW_YORK)  # 09:00 in Lisbon is 04:00 there
    made = schedule.reminders_of(visit, zone=LISBON, quiet=abroad, now=LONG_AGO)
    hours = {due.kind: local(due.at, LISBON)[11:] for due in made}
    assert hours[Kind.DAY_BEFORE] == "13:00"
    assert hours[Kind.DAY_BEFORE_CHECK] == "08:00"


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    starts_at=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2028, 1, 1), timezones=st.just(UTC)),
    kind=st.sampled_from(VisitKind),
    quiet=st.none() | st.tuples(st.times(), st.times()),
    ahead=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)),
)
def test_whatever_the_zone_no_reminder_is_past_late_quiet_or_double(
    zone: ZoneInfo, starts_at: datetime, kind: VisitKind, quiet: tuple[time, time] | None, ahead: timedelta
) -> None:
    starts_at = starts_at.replace(second=0, microsecond=0)
    now = starts_at - ahead
    hours = Quiet(quiet[0].replace(microsecond=0), quiet[1].replace(microsecond=0), zone) if quiet else None
    made = schedule.reminders_of(booked(kind, starts_at, True), zone=zone, quiet=hours, now=now)
    assert len({due.kind for due in made}) == len(made)
    for due in made:
        assert due.at > now
        assert not schedule.is_too_late(due.kind, due_at=due.at, starts_at=starts_at, now=due.at)
        if RHYTHMS[due.kind].reader is Reader.PATIENT and hours and hours.begins != hours.ends:
            gap_free = due.at.astimezone(zone).utcoffset() == (due.at - timedelta(days=1)).astimezone(zone).utcoffset()
            assume(gap_free)
            assert not hours.holds(due.at)


def test_a_reminder_is_too_late_once_the_visit_has_begun() -> None:
    start = datetime(2026, 6, 16, 8, 0, tzinfo=UTC)
    late = {"due_at": start - timedelta(days=1), "starts_at": start}
    assert not schedule.is_too_late(Kind.DAY_BEFORE, **late, now=start - timedelta(minutes=1))
    assert schedule.is_too_late(Kind.DAY_BEFORE, **late, now=start)


def test_a_check_after_the_visit_may_wait_two_days() -> None:
    start = datetime(2026, 6, 16, 8, 0, tzinfo=UTC)
    due = start + timedelta(days=1)
    assert not schedule.is_too_late(Kind.DAY_AFTER_CHECK, due_at=due, starts_at=start, now=due + timedelta(days=2))
    assert schedule.is_too_late(
        Kind.DAY_AFTER_CHECK, due_at=due, starts_at=start, now=due + timedelta(days=2, minutes=1)
    )


def test_a_washout_check_goes_to_the_physician_and_else_to_the_lead() -> None:
    assert schedule.reader_of(Kind.WASHOUT_CHECK, ["lead", "second", "physician"]) == "physician"
    assert schedule.reader_of(Kind.WASHOUT_CHECK, ["second", "lead"]) == "lead"
    assert schedule.reader_of(Kind.WASHOUT_CHECK, ["second"]) is None
