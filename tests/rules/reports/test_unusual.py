import datetime as dt

from reports.rules.unusual import MANY, Oddity, Opened, oddities

DAY = dt.date(2026, 4, 14)
OPENS, CLOSES = dt.time(8), dt.time(20)


def opened(hour: int, chart: int = 1, who: str = "Ada", day: dt.date = DAY) -> Opened:
    return Opened(who, chart, dt.datetime.combine(day, dt.time(hour, 5)))


def test_charts_opened_in_opening_hours_are_not_remarked_on() -> None:
    assert oddities([opened(8), opened(12, 2), opened(19, 3)], OPENS, CLOSES) == ()


def test_a_chart_opened_at_night_is_remarked_on_once_for_each_person_and_day() -> None:
    night = [opened(3), opened(2), opened(21), opened(12, 9)]
    assert oddities(night, OPENS, CLOSES) == (
        Oddity("Ada", DAY, (1,), "one chart while the clinic was closed, first at 02:05"),
    )


def test_many_charts_on_one_day_are_remarked_on_at_the_figure_and_not_below_it() -> None:
    many = [opened(12, chart) for chart in range(MANY)]
    assert oddities(many[1:], OPENS, CLOSES) == ()
    assert oddities(many, OPENS, CLOSES) == (Oddity("Ada", DAY, tuple(range(MANY)), "15 charts on one day"),)


def test_the_newest_day_comes_first() -> None:
    rows = [opened(3, day=DAY - dt.timedelta(days=1)), opened(3, who="Bo")]
    assert [(oddity.who, oddity.day.day) for oddity in oddities(rows, OPENS, CLOSES)] == [("Bo", 14), ("Ada", 13)]
