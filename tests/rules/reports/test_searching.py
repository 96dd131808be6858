from datetime import date

import pytest

from reports.rules.searching import day_in

ON = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "day", "rest"),
    [
        ("24 Nov", date(2026, 11, 24), ""),
        ("bryony tue 24 november", date(2026, 11, 24), "bryony"),
        ("D2 2026-12-01", date(2026, 12, 1), "D2"),
        ("3 Feb", date(2027, 2, 3), ""),  # nearer than the one that has been
        ("3 Feb 2026 garden", date(2026, 2, 3), "garden"),
        ("tomorrow", date(2026, 11, 23), ""),
        ("Yesterday wren", date(2026, 11, 21), "wren"),
        ("29 feb", date(2028, 2, 29), None),
        ("31 Feb", None, "31 Feb"),
        ("2026-0009", None, "2026-0009"),  # a chart number
        ("2026-13-01", None, "2026-13-01"),
        ("Sunny Marchbanks", None, "Sunny Marchbanks"),
        ("todayson", None, "todayson"),
    ],
)
def test_a_day_is_read_as_people_write_it_and_the_other_words_are_left(typed, day, rest):
    found, left = day_in(typed, date(2028, 1, 5) if typed == "29 feb" else ON)
    assert (found, left.split()) == (day, [] if rest is None else rest.split())
