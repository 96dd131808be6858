"""A day in what somebody types into the search box."""

import re
from datetime import date, timedelta

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FROM_TODAY = {"yesterday": -1, "today": 0, "tomorrow": 1}
ISO = re.compile(r"(?<!\S)(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?!\S)")
# As the pages write a day: "24 Nov", "Tue 24 Nov", "24 November 2026".
WRITTEN = re.compile(
    r"(?<!\S)(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
    rf"(?P<day>\d{{1,2}})\s+(?P<month>{'|'.join(MONTHS)})[a-z]*(?:\s+(?P<year>\d{{4}}))?(?!\S)",
    re.IGNORECASE,
)


def day_in(words: str, on: date) -> tuple[date | None, str]:
    """The first day that is named, and the words without it. A day without a year is the one nearest to `on`."""
    for word, days in FROM_TODAY.items():
        if word in words.lower().split():
            return on + timedelta(days), " ".join(one for one in words.split() if one.lower() != word)
    for pattern in (ISO, WRITTEN):
        if found := pattern.search(words):
            meant = _days(found["day"], found["month"], found["year"], on)
            if meant:
                return min(meant, key=lambda day: abs(day - on)), words[: found.start()] + words[found.end() :]
    return None, words


def _days(day: str, month: str, year: str | None, on: date) -> list[date]:
    """The days that may be meant; none when there is no such day, such as 31 Feb."""
    number = int(month) if month.isdigit() else MONTHS.index(month[:3].lower()) + 1
    years = [int(year)] if year else [on.year - 1, on.year, on.year + 1]
    found = []
    for one in years:
        try:
            found.append(date(one, number, int(day)))
        except ValueError:
            continue
    return found
