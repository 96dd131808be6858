"""Times of one day as people write them: "9-12, 14:00-17:00"."""

import re
from collections.abc import Iterable
from datetime import time
from itertools import pairwise

Stretch = tuple[time, time]
SPAN = re.compile(r"^(\d{1,2}(?::\d{2})?)\s*(?:-|–|to)\s*(\d{1,2}(?::\d{2})?)$")


def read(text: str) -> list[Stretch]:
    """The stretches in their order. Raises ValueError with a sentence for whoever typed it."""
    found = [_stretch(part.strip()) for part in text.split(",") if part.strip()]
    if any(later[0] < earlier[1] for earlier, later in pairwise(found)):
        raise ValueError("Write the times of a day in their order, without overlap.")
    return found


def say(stretches: Iterable[Stretch]) -> str:
    """As `read` reads it: "9-12, 14-17:30"."""
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in stretches)


def _stretch(text: str) -> Stretch:
    match = SPAN.match(text)
    try:
        start, end = (_time(part) for part in match.groups()) if match else (time(0), time(0))
    except ValueError:
        start = end = time(0)
    if start >= end:
        raise ValueError(f"{text} is no stretch of time. Write it as in 9:00-12:30.")
    return start, end


def _time(text: str) -> time:
    hours, _, minutes = text.partition(":")
    return time(int(hours), int(minutes or 0))


def _clock(at: time) -> str:
    return f"{at.hour}:{at.minute:02}" if at.minute else str(at.hour)
