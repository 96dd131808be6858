import pytest

from screening.rules.ecg import corrected, rr_interval


@pytest.mark.parametrize(
    ("qt", "rr", "bazett", "fridericia"),
    [
        (400, 1000, 400, 400),
        (380, 800, 425, 410),  # 424.85 and 409.34
        (400, 600, 517, 475),  # 516.40 and 474.25
        (400, 1440, 334, 355),  # 333.33 and 354.22
        (460.001, 1000, 461, 461),
        (460.0004, 1000, 460, 460),
    ],
)
def test_both_corrections_are_rounded_up_to_whole_milliseconds(qt, rr, bazett, fridericia):
    found = corrected(qt, rr)
    assert (found.rr, found.bazett, found.fridericia) == (rr, bazett, fridericia)


@pytest.mark.parametrize(
    ("rr", "rate", "expected"),
    [
        (1000, 60, 1000),
        (1000, 66.6, 1000),  # 9.9 % apart
        (1200, 60_000 / 1080, 1200),  # a tenth apart to the digit
        (1000, 66.7, None),
        (1000, 54.5, None),
        (1, 60_000, 1),
        (60_000, 1, 60_000),
        (0, 60, None),
        (1000, 0, None),
        (-1000, -60, None),
        (-1000, 60, None),
        (None, 60, None),
        (1000, None, None),
    ],
)
def test_the_rr_interval_counts_when_the_heart_rate_bears_it_out(rr, rate, expected):
    assert rr_interval(rr, rate) == expected
