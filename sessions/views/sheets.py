"""Lines of the calendar as tables: days with their hours, or a week in which each day is one cell."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import Clinic
from sessions.rules.daysheet import LANE, QUARTER, Block, arranged, sheet, spread
from sessions.views.lines import ROOMS, Entry, Line


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a sheet of hours: a line of the calendar on one day."""

    key: str
    line: Line
    day: dt.date

    @property
    def entries(self) -> list[Entry]:
        return [entry for entry in self.line.entries if entry.local.date() == self.day]


@dataclass(frozen=True, slots=True)
class Scale:
    """The hours that a sheet shows, and how the wall clock falls on its quarters."""

    opens: int
    closes: int

    @property
    def steps(self) -> int:
        return (self.closes - self.opens) * 60 // QUARTER

    def step(self, clock: dt.time) -> int:
        """The quarter in which this time is, within the sheet."""
        return min(self.steps, max(0, ((clock.hour - self.opens) * 60 + clock.minute) // QUARTER))

    def last(self, clock: dt.time) -> int:
        """The step at which something that ends at this time is over."""
        return min(self.steps, self.step(clock) + bool(clock.minute % QUARTER))

    def end(self, entry: Entry) -> int:
        return self.steps if entry.until.date() > entry.local.date() else self.last(entry.until.time())


def in_company(lines: Sequence[Line]) -> list[Line]:
    """The lines with those beside one another who share most of their time."""
    everything = [(line.key, entry) for line in lines for entry in line.entries]
    blocks = [
        Block(entry.public_id, 0, int((entry.ends_at - entry.starts_at).total_seconds()), keys)
        for entry, keys in _held(everything)
    ]
    by_key = {line.key: line for line in lines}
    return [by_key[key] for key in arranged(list(by_key), blocks)]


def _held(rows: Iterable[tuple[str, Entry]]) -> list[tuple[Entry, tuple[str, ...]]]:
    """Each entry once, with the keys of all lines that hold it."""
    found: dict[UUID, tuple[Entry, tuple[str, ...]]] = {}
    for key, entry in rows:
        _, keys = found.get(entry.public_id, (entry, ()))
        found[entry.public_id] = (entry, (*keys, key))
    return list(found.values())


def week_table(lines: Sequence[Line], days: Sequence[dt.date], closed: dict[dt.date, str]) -> dict[str, Any]:
    columns = [{"day": day, "closed": closed.get(day, "")} for day in days]
    rows = []
    for line in lines:
        cells = [
            {
                "day": day,
                "entries": [entry for entry in line.entries if entry.local.date() == day],
                "away": line.away.get(day, ""),
                "elsewhere": line.elsewhere.get(day, []),
                "nights": line.nights.get(day, []),
                "works": bool(line.hours.get(day.weekday())),
                "closed": closed.get(day, ""),
            }
            for day in days
        ]
        rows.append({"line": line, "cells": cells})
    return {"columns": columns, "rows": rows}


def day_sheet(clinic: Clinic, rows: Sequence[Row], closed: dict[dt.date, str], by: str) -> dict[str, Any]:
    """A sheet of quarters of an hour, with a dyad as one cell over two lines that are neighbours."""
    held = _held((row.key, entry) for row in rows for entry in row.entries)
    entries = {entry.public_id: entry for entry, _ in held}
    scale = _scale(clinic, entries.values())
    turnover = {entry.room_id: entry.room.turnover_minutes for entry, _ in held if entry.room and by == ROOMS}
    blocks = [
        Block(
            entry.public_id,
            scale.step(entry.local.time()),
            scale.end(entry),
            keys,
            turnover.get(entry.room_id, 0) // QUARTER,
        )
        for entry, keys in held
    ]
    by_key = {row.key: row for row in rows}
    keys, blocks = spread(list(by_key), blocks)
    rows_of = {key: by_key[key.partition(LANE)[0]] for key in keys}
    hours = {key: _open_steps(row, scale, closed) for key, row in rows_of.items()}
    table = [
        {
            "line": rows_of[line.key].line,
            "day": rows_of[line.key].day,
            "away": rows_of[line.key].line.away.get(rows_of[line.key].day, ""),
            "elsewhere": rows_of[line.key].line.elsewhere.get(rows_of[line.key].day, []),
            "nights": rows_of[line.key].line.nights.get(rows_of[line.key].day, []),
            "closed": closed.get(rows_of[line.key].day, ""),
            "lanes": 0 if LANE in line.key else sum(row.key == line.key for row in rows_of.values()),
            "cells": [{"cell": cell, "entry": entries[cell.block] if cell.block else None} for cell in line.cells],
        }
        for line in sheet(keys, blocks, hours, scale.steps, ruled=60 // QUARTER)
    ]
    return {"hours": range(scale.opens, scale.closes), "scale": scale, "table": table}


def _scale(clinic: Clinic, entries: Iterable[Entry]) -> Scale:
    """The clinic's opening hours, and more where something is outside them."""
    opens, closes = clinic.opens_at.hour, clinic.closes_at.hour + bool(clinic.closes_at.minute)
    for entry in entries:
        opens, closes = min(opens, entry.local.hour), max(closes, entry.until.hour + bool(entry.until.minute))
        if entry.until.date() > entry.local.date():
            closes = 24
    return Scale(opens, closes)


def _open_steps(row: Row, scale: Scale, closed: dict[dt.date, str]) -> list[tuple[int, int]]:
    if row.day in row.line.away or row.day in closed:
        return []
    week = row.line.hours.get(row.day.weekday(), [])
    spans = [(scale.step(opens), scale.step(closes)) for opens, closes in week]
    for start, end in row.line.elsewhere.get(row.day, []):
        first, last = scale.step(start), scale.last(end)
        spans = [part for low, high in spans for part in ((low, min(high, first)), (max(low, last), high))]
    return [(low, high) for low, high in spans if low < high]
