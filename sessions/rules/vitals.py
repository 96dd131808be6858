"""Vital signs of a dosing day: which planned set is due, late, done or missed, and which limits a reading crosses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from patients.rules.protocol import Figure, VitalLimit, VitalSlot
from sessions.rules.spans import later, minutes_between

MEASURES = ("systolic", "diastolic", "pulse", "temperature", "oxygen")
UNITS = {"systolic": "mmHg", "diastolic": "mmHg", "pulse": "/min", "temperature": "°C", "oxygen": "%"}
NAMES = {
    "systolic": "systolic pressure",
    "diastolic": "diastolic pressure",
    "pulse": "pulse",
    "temperature": "temperature",
    "oxygen": "oxygen saturation",
}


class SlotState(StrEnum):
    PLANNED = "planned"
    DUE = "due"
    OVERDUE = "overdue"
    DONE = "done"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Reading:
    """One set of vital signs as taken; a measure that was not taken is None. `slot` is empty for an extra set."""

    key: str
    taken_at: datetime
    slot: str = ""
    systolic: float | None = None
    diastolic: float | None = None
    pulse: float | None = None
    temperature: float | None = None
    oxygen: float | None = None

    def value(self, measure: str) -> float | None:
        values: dict[str, float | None] = {
            "systolic": self.systolic,
            "diastolic": self.diastolic,
            "pulse": self.pulse,
            "temperature": self.temperature,
            "oxygen": self.oxygen,
        }
        return values[measure]


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One row of the flow sheet. `late` counts minutes after the due time: of the reading when done, until now when not."""

    slot: VitalSlot
    state: SlotState
    due_at: datetime | None  # None: before the initial dose, when the clock has not started
    late: int
    reading: Reading | None

    def minutes_left(self, now: datetime) -> int | None:
        """Whole minutes until the set is due, negative when late; None while the clock has not started."""
        return None if self.due_at is None else round(minutes_between(now, self.due_at))


def flow_sheet(
    slots: Sequence[VitalSlot],
    readings: Iterable[Reading],
    *,
    t0: datetime | None,
    now: datetime,
    late_after: Figure,
    ended_at: datetime | None = None,
) -> list[SlotRow]:
    """The planned sets in time order. A set is missed once the next one is due, the dose has been given or the day ended."""
    taken = {reading.slot: reading for reading in sorted(readings, key=_taken_at) if reading.slot}
    ordered = sorted(slots, key=lambda slot: slot.minute.value)
    rows = []
    for slot, following in zip(ordered, [*ordered[1:], None], strict=True):
        due_at = None if t0 is None else later(t0, slot.minute.value)
        reading = taken.get(slot.code)
        late = 0
        if due_at is not None:
            taken_at = reading.taken_at if reading else ended_at or now
            # A set from before the dose is in time for as long as there is no dose.
            limit = t0 if slot.minute.value < 0 else due_at
            late = (
                0 if limit and minutes_between(limit, taken_at) <= 0 else max(0, int(minutes_between(due_at, taken_at)))
            )
        closes_at = None if t0 is None or following is None else later(t0, following.minute.value)
        state = _state(
            slot, reading, due_at=due_at, closes_at=closes_at, now=now, grace=late_after.value, ended_at=ended_at
        )
        rows.append(SlotRow(slot, state, due_at, late if state is not SlotState.PLANNED else 0, reading))
    return rows


def next_due(rows: Iterable[SlotRow]) -> SlotRow | None:
    """The set to take next: the first that waits, whether late or still to come."""
    waiting = (SlotState.OVERDUE, SlotState.DUE, SlotState.PLANNED)
    return next((row for row in rows if row.state in waiting), None)


def crossed(limits: Iterable[VitalLimit], reading: Reading, *, stages: Iterable[str]) -> list[VitalLimit]:
    """Every limit of these stages that the reading crosses; a measure not taken crosses none."""
    asked = set(stages)
    found = []
    for limit in limits:
        value = reading.value(limit.measure)
        if limit.stage in asked and value is not None and limit.is_crossed_by(value):
            found.append(limit)
    return found


def _state(
    slot: VitalSlot,
    reading: Reading | None,
    *,
    due_at: datetime | None,
    closes_at: datetime | None,
    now: datetime,
    grace: float,
    ended_at: datetime | None,
) -> SlotState:
    if reading is not None:
        return SlotState.DONE
    if ended_at is not None:
        return SlotState.MISSED
    if due_at is None:
        return SlotState.DUE if slot.minute.value < 0 else SlotState.PLANNED
    if slot.minute.value < 0 or (closes_at is not None and minutes_between(closes_at, now) >= 0):
        return SlotState.MISSED
    late = minutes_between(due_at, now)
    if late > grace:
        return SlotState.OVERDUE
    return SlotState.DUE if late >= -grace else SlotState.PLANNED


def _taken_at(reading: Reading) -> datetime:
    return reading.taken_at
