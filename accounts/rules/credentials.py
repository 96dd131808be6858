"""Whether a licence, training or registration may be relied on."""

import datetime as dt
from enum import StrEnum

SOON = dt.timedelta(days=60)


class Standing(StrEnum):
    IN_FORCE = "in force"
    LAPSING = "lapsing"
    LAPSED = "lapsed"


def standing(expires_on: dt.date, on: dt.date) -> Standing:
    """The last day counts as in force; within 60 days of it the credential is lapsing and should be renewed."""
    if expires_on < on:
        return Standing.LAPSED
    return Standing.LAPSING if expires_on - on <= SOON else Standing.IN_FORCE


def words(expires_on: dt.date, on: dt.date) -> str:
    """The standing as a person would say it: "until 3 December 2026, 11 days left"."""
    day = f"{expires_on.day} {expires_on:%B %Y}"
    match standing(expires_on, on):
        case Standing.LAPSED:
            return f"lapsed on {day}"
        case Standing.LAPSING:
            left = (expires_on - on).days
            return f"until {day}, {'today is the last day' if left == 0 else f'{left} days left' if left > 1 else '1 day left'}"
        case Standing.IN_FORCE:
            return f"until {day}"
