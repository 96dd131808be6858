"""What a section of Today is made of: lines, and the words in them that several sections say."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.urls import reverse
from django.utils import timezone

from reports.actions.today.reader import Reader
from sessions.models import Visit

SHOWN = 8


@dataclass(frozen=True)
class Line:
    """One thing that waits: when, what, the rest, where to go. `tone` is good, attention, stop or nothing."""

    title: str
    href: str = ""
    when: str = ""
    kind: str = ""  # of a visit
    detail: str = ""
    tone: str = ""
    links: tuple[tuple[str, str], ...] = ()  # where else to go: label, address


@dataclass(frozen=True)
class Section:
    title: str
    empty: str
    lines: list[Line] = field(default_factory=list)
    more: list[Line] = field(default_factory=list)  # folded away, where no other page holds them all
    count: int = 0
    href: str = ""  # where all of them are
    href_label: str = ""


def section(title: str, empty: str, lines: list[Line], href: str = "", href_label: str = "") -> Section:
    """A section of which the first lines are shown; the others wait at `href`, or folded away where there is no such page."""
    more = [] if href else lines[SHOWN:]
    return Section(title, empty, lines[:SHOWN], more, len(lines), href, href_label)


def visit_line(row: Visit, view: str = "") -> Line:
    """A visit with its day, its kind and where it is held."""
    view = view or ("sessions:dosing" if row.kind == "dosing" else "sessions:visit")
    where = row.room.name if row.room else "by telephone or video"
    return Line(
        str(row.course.patient), reverse(view, args=[row.public_id]), when(row), row.kind, f"{row.title} · {where}"
    )


def today_line(row: Visit, reader: Reader, view: str = "") -> Line:
    """A visit of today: its hours instead of its day, and what is known of it when they are over."""
    line, starts, ends = visit_line(row, view), timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
    line = replace(line, when=f"{starts:%H:%M} to {ends:%H:%M}")
    if row.state == Visit.State.DONE:
        return replace(line, detail=f"{line.detail} · done", tone="good")
    if row.is_late(reader.at):
        return replace(line, detail=f"{line.detail} · its time is over, not closed yet", tone="attention")
    return line


def when(row: Visit) -> str:
    """The day and hour at which a visit begins, in the clinic's zone."""
    starts = timezone.localtime(row.starts_at)
    return f"{starts:%a} {starts.day} {starts:%b}, {starts:%H:%M}"


def first_of(sentences: Iterable[str]) -> str:
    """The first sentence, and how many more there are."""
    everything = list(sentences)
    if not everything:
        return ""
    more = f" And {len(everything) - 1} more." if len(everything) > 1 else ""
    return everything[0] + more
