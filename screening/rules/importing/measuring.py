"""Measured values of a record: the newest of each reading, in the unit in which it is recorded here.

A unit is converted only where the table of codes has a factor for it. What belongs to one tracing or one cuff stays
together. Whether a value is too old to count is the protocol's business, asked when somebody confirms it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from patients.rules.protocol import EvidenceKind
from screening.rules.importing import mapping
from screening.rules.importing.facts import Left, Measured, Origin, Value, When
from screening.rules.readings import GROUPS, Choice, Number, Reading
from screening.rules.units import units_of
from screening.rules.words import said

SETTLED = ("final", "amended", "corrected", "appended")
PRESSURES = ("systolic", "diastolic")
TRACING = ("qt", "rr", "rate")
COUNTS = ("", "1")  # units of a plain number
PRINTED = "qtc_printed"
BY_NAME = "Read by its name, because it has no code that is known: make sure that it is the total."
DAYS = 3  # how many days of blood pressures are recorded
READINGS: dict[str, tuple[EvidenceKind, Reading]] = {
    reading.name: (kind, reading) for kind, groups in GROUPS.items() for group in groups for reading in group.readings
}


@dataclass(frozen=True, slots=True)
class Proposed:
    title: str
    says: tuple[str, ...]
    proposal: Mapping[str, Any]
    origins: tuple[Origin, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Readings:
    found: tuple[Proposed, ...]
    unmapped: tuple[Left, ...]
    aside: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class _Point:
    """One usable value: which reading it fills, how much, and when."""

    name: str
    number: float | None
    word: str
    limits: Mapping[str, float]  # name of the reading -> limit of normal
    when: When
    written: str
    origin: Origin
    by_name: bool = False

    @property
    def day(self) -> date:
        return self.when.day or date.min


def readings(measured: Iterable[Measured], *, as_of: date) -> Readings:
    """What can be recorded as evidence, what nobody asks for, and what was set aside and why."""
    unmapped: list[Left] = []
    aside: list[Left] = []
    points: list[_Point] = []
    for one in measured:
        points += _points(one, as_of, unmapped, aside)
    found: list[Proposed] = []
    found += _pressures([p for p in points if p.name in PRESSURES], aside)
    found += _tracing([p for p in points if p.name in TRACING], aside)
    rest = sorted((p for p in points if p.name not in PRESSURES + TRACING), key=_order)
    for _, group in groupby(rest, key=lambda point: point.name):
        found += _newest(list(group), aside)
    return Readings(tuple(found), tuple(unmapped), tuple(aside))


def unusable(one: Measured, as_of: date) -> str:
    """Why nothing of an observation can be used; "" when it can."""
    if one.state not in SETTLED:
        return f"It is {one.state.replace('-', ' ') or 'without a status'}, not final."
    if one.when.day is None:
        return "It has no day on which it was measured."
    return "Its day has not come yet." if one.when.day > as_of else ""


def home(name: str) -> str:
    """The piece of evidence in which a reading is recorded."""
    return READINGS[name][0].value


def label(name: str, word: str) -> str:
    """A choice in words: what is asked and what would be recorded."""
    reading = READINGS[name][1]
    answer = dict(reading.choices).get(word, word) if isinstance(reading, Choice) else word
    return f"{reading.label.removesuffix('?')}: {answer.lower()}"


def _order(point: _Point) -> tuple[str, str]:
    return point.name, point.when.moment


def _newest(points: Sequence[_Point], aside: list[Left]) -> list[Proposed]:
    """The newest value of one reading. Of several of that moment the highest QTc; of anything else none."""
    moment = points[-1].when.moment
    newest = sorted((p for p in points if p.when.moment == moment), key=_height)
    aside += [Left(p.origin.path, p.written, "There is a newer value.") for p in points if p.when.moment != moment]
    if len({(point.number, point.word) for point in newest}) > 1 and newest[-1].name != PRINTED:
        why = "Several values of one moment: nobody can tell which one holds."
        aside += [Left(point.origin.path, point.written, why) for point in newest]
        return []
    aside += [Left(p.origin.path, p.written, "It is there twice, or higher.") for p in newest[:-1]]
    return [_proposed(newest[-1:])]


def _points(one: Measured, as_of: date, unmapped: list[Left], aside: list[Left]) -> list[_Point]:
    found = []
    known = False
    for value in one.values:
        measure = mapping.measure(value.thing) or mapping.rate(value.thing)
        if measure is None:
            continue
        known = True
        point, trouble = _point(one, value, measure, as_of)
        if point:
            found.append(point)
        elif not (trouble == NOTHING and len(one.values) > 1):  # a panel's own value is empty, its components hold them
            aside.append(Left(one.origin.path, value.thing.name, trouble))
    if not known:
        unmapped.append(Left(one.origin.path, _named(one), "No reading of a screening asks for it."))
    return found


NOTHING = "It has no value."


def _point(one: Measured, value: Value, measure: mapping.Measure, as_of: date) -> tuple[_Point | None, str]:
    if trouble := unusable(one, as_of):
        return None, trouble
    if value.trouble:
        return None, f"{value.trouble[:1].upper()}{value.trouble[1:]}."
    if not measure.share:
        word = mapping.result(value.result)
        if not word:
            return None, f"“{value.result.name or value.number}” is neither positive nor negative."
        written = f"{value.thing.name}: {value.result.name}"
        return _Point(measure.name, None, word, {}, one.when, written, one.origin), ""
    return _numbered(one, value, measure)


def _numbered(one: Measured, value: Value, measure: mapping.Measure) -> tuple[_Point | None, str]:
    if value.number is None:
        return None, "It has no number."
    unit = measure.share.get(value.unit)
    if unit is None:
        return None, f"Its unit, {value.unit or 'none'}, is not in the table: nothing is converted by guess."
    number = _converted(value.number, unit, measure.name)
    if not _plausible(measure.name, number):
        return None, f"{value.number:g} {value.unit} is outside what can be recorded: check it in the other system."
    ends = {"lower": value.lower, "upper": value.upper}
    limits = {
        f"{measure.name}_{end}": _converted(limit, unit, measure.name)
        for end, limit in ends.items()
        if limit is not None
    }
    limits = {name: limit for name, limit in limits.items() if _plausible(name, limit)}
    unit_said = "" if value.unit in COUNTS or value.unit.startswith("{") else f" {value.unit}"
    written = f"{value.thing.name}: {value.number:g}{unit_said}"
    return _Point(measure.name, number, "", limits, one.when, written, one.origin, measure.by_name), ""


def _plausible(name: str, number: float) -> bool:
    reading = READINGS.get({"systolic": "systolic_1", "diastolic": "diastolic_1"}.get(name, name), (None, None))[1]
    return isinstance(reading, Number) and reading.low <= number <= reading.high


def _converted(number: float, unit: float | str, name: str) -> float:
    """In the reading's own unit, to ten digits: what a conversion adds behind them is noise."""
    if isinstance(unit, str):
        return next(known for known in units_of(name) if known.name == unit).converted(number)
    return float(f"{number * unit:.10g}")


def _together(points: Sequence[_Point], aside: list[Left]) -> list[dict[str, _Point]]:
    """Values that were taken together, oldest first: those of one observation, or those of one moment.

    Where one moment has the same reading twice, nobody can tell which values belong together.
    """
    by_origin: dict[str, list[_Point]] = {}
    for point in points:
        by_origin.setdefault(point.origin.key, []).append(point)
    groups: dict[str, list[_Point]] = {}
    for key, group in by_origin.items():
        groups.setdefault(key if len(group) > 1 else group[0].when.moment, []).extend(group)
    whole = []
    for group in groups.values():
        if len({point.name for point in group}) == len(group):
            whole.append({point.name: point for point in group})
        else:
            why = "Several values of one moment: nobody can tell which belong together."
            aside += [Left(point.origin.path, point.written, why) for point in group]
    return sorted(whole, key=lambda parts: next(iter(parts.values())).when.moment)


def _pressures(points: Sequence[_Point], aside: list[Left]) -> list[Proposed]:
    """Both values of one measurement; of one day the highest of each, of all days the newest three."""
    days: dict[date, tuple[_Point, _Point]] = {}
    for pair in _together(points, aside):
        if len(pair) < len(PRESSURES):
            half = next(iter(pair.values()))
            aside.append(Left(half.origin.path, half.written, "The other half of the blood pressure is missing."))
            continue
        both = pair["systolic"], pair["diastolic"]
        before = days.get(both[0].day, both)
        # 139/80 and 138/95 of one day are 139/95: whichever one were kept would hide the other's height.
        top, bottom = (max(points, key=_height) for points in zip(before, both, strict=True))
        days[top.day] = top, bottom
        if lower := next((each for each in (before, both) if top not in each and bottom not in each), None):
            aside.append(Left(lower[0].origin.path, _pressure(lower), "There is a higher one of the same day."))
    newest = sorted(days, reverse=True)
    aside += [
        Left(days[day][0].origin.path, _pressure(days[day]), "There are three newer days.") for day in newest[DAYS:]
    ]
    return [_proposed(days[day]) for day in newest[:DAYS]]


def _height(point: _Point) -> float:
    return point.number or 0


def _pressure(pair: tuple[_Point, _Point]) -> str:
    return f"Blood pressure {pair[0].number:g}/{pair[1].number:g} mmHg, {said(pair[0].day)}"


def _tracing(points: Sequence[_Point], aside: list[Left]) -> list[Proposed]:
    """The newest tracing with a QT interval; a heart rate counts as the ECG's only beside one."""
    tracings = []
    for parts in _together(points, aside):
        if "qt" in parts:
            tracings.append(parts)
            continue
        why = "A heart rate that belongs to no ECG is not asked for." if "rate" in parts else "It has no QT interval."
        aside += [Left(part.origin.path, part.written.partition(":")[0], why) for part in parts.values()]
    for older in tracings[:-1]:
        aside += [Left(part.origin.path, part.written, "There is a newer ECG.") for part in older.values()]
    return [_proposed([parts[name] for name in TRACING if name in parts]) for parts in tracings[-1:]]


def _proposed(points: Sequence[_Point]) -> Proposed:
    """One line from values that belong together."""
    first = points[0]
    numbers = {point.name: point.number for point in points if point.number is not None}
    for point in points:
        numbers |= point.limits
    kind = EvidenceKind.EXAMINATION if first.name in PRESSURES else READINGS[first.name][0]
    proposal = {
        "evidence": kind.value,
        "on": first.day.isoformat(),
        "numbers": numbers,
        "words": {point.name: point.word for point in points if point.word},
    }
    says = tuple(f"{point.written}, {said(point.day)}" for point in points)
    warnings = (BY_NAME,) if any(point.by_name for point in points) else ()
    return Proposed(_title(points), says, proposal, tuple(point.origin for point in points), warnings)


def _title(points: Sequence[_Point]) -> str:
    first = points[0]
    if first.name in PRESSURES:
        return f"Blood pressure {points[0].number:g}/{points[1].number:g} mmHg"
    titles = []
    for point in points:
        reading = READINGS[point.name][1]
        if isinstance(reading, Number):
            titles.append(f"{reading.label} {reading.said(point.number or 0)}")
        else:
            titles.append(label(point.name, point.word))
    return ", ".join(titles)


def _named(one: Measured) -> str:
    codes = ", ".join(code.code for code in one.thing.codes if code.code)
    return f"{one.thing.name} ({codes})" if codes and codes != one.thing.name else one.thing.name or one.origin.said
