import datetime as dt

import pytest

from accounts.rules.credentials import Standing, standing, words

ON = dt.date(2026, 4, 14)


@pytest.mark.parametrize(
    ("days", "expected", "said"),
    [
        (-1, Standing.LAPSED, "lapsed on 13 April 2026"),
        (0, Standing.LAPSING, "until 14 April 2026, today is the last day"),
        (1, Standing.LAPSING, "until 15 April 2026, 1 day left"),
        (60, Standing.LAPSING, "until 13 June 2026, 60 days left"),
        (61, Standing.IN_FORCE, "until 14 June 2026"),
    ],
)
def test_a_credential_is_in_force_through_its_last_day(days: int, expected: Standing, said: str) -> None:
    expires_on = ON + dt.timedelta(days=days)
    assert (standing(expires_on, ON), words(expires_on, ON)) == (expected, said)
