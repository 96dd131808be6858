"""How a document says durations and spans."""

from datetime import datetime


def duration(minutes: int) -> str:
    """8 h 35 min; 45 min; a dash for nothing."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{rest} min" if rest else ""]
    return " ".join(part for part in parts if part) or "–"


def span(starts: datetime, ends: datetime) -> str:
    """09:00–17:00, with the day of the end where it is another."""
    if starts.date() == ends.date():
        return f"{starts:%H:%M}–{ends:%H:%M}"
    return f"{starts:%H:%M}–{ends:%H:%M} on {ends.day} {ends:%b}"
