"""A day as a table: a line for each person or room, time from left to right, and one cell where two people sit together.

Steps are quarters of an hour counted from the first column. A visit of two therapists whose lines are neighbours is one
cell that spans both lines; where they cannot be neighbours it stands in both lines, and each names the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

QUARTER = 15  # minutes


class Ground(StrEnum):
    """What a cell without a visit means."""

    OPEN = "open"
    OFF = "off"
    TURNOVER = "turnover"


LANE = "/"  # between the key of a line and the number of the lane beneath it


@dataclass(frozen=True, slots=True)
class Block:
    """A visit on the sheet: [start, end) in steps, the lines it belongs to, and steps of turnover after it."""

    key: UUID
    start: int
    end: int
    lines: tuple[str, ...]
    turnover: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One table cell; `block` is the key of its visit."""

    start: int
    columns: int
    rows: int = 1
    block: UUID | None = None
    ground: Ground = Ground.OPEN
    is_joint: bool = False  # the visit has a second line that this cell does not reach


@dataclass(frozen=True, slots=True)
class Line:
    key: str
    cells: tuple[Cell, ...]


def arranged(keys: Sequence[str], blocks: Iterable[Block]) -> list[str]:
    """The lines in an order that makes neighbours of those who sit together most; otherwise as given."""
    together: dict[tuple[str, str], int] = {}
    for block in blocks:
        if len(block.lines) == 2:
            first, second = sorted(block.lines, key=list(keys).index)
            together[first, second] = together.get((first, second), 0) + block.end - block.start
    partner: dict[str, str] = {}
    for first, second in sorted(together, key=lambda pair: -together[pair]):
        if first not in partner and second not in partner:
            partner[first], partner[second] = second, first
    order: list[str] = []
    for key in keys:
        if key not in order:
            order += [key, *([partner[key]] if key in partner else [])]
    return order


def spread(keys: Sequence[str], blocks: Iterable[Block]) -> tuple[list[str], list[Block]]:
    """The same, with a lane of its own beneath its line for every block that another one would cover.

    The first lane has the key of its line, the next ones that key and a number after LANE.
    """
    ends: dict[str, int] = {}  # by lane, where what it holds is over
    lanes = {key: [key] for key in keys}
    placed = []
    for block in sorted(blocks, key=lambda block: (block.start, block.key)):
        mine = []
        for key in block.lines:
            lane = next((lane for lane in lanes[key] if ends.get(lane, 0) <= block.start), None)
            if lane is None:
                lane = f"{key}{LANE}{len(lanes[key])}"
                lanes[key].append(lane)
            ends[lane] = max(block.end, block.start + 1)
            mine.append(lane)
        placed.append(replace(block, lines=tuple(mine)))
    return [lane for key in keys for lane in lanes[key]], placed


def sheet(
    keys: Sequence[str],
    blocks: Sequence[Block],
    hours: dict[str, Sequence[tuple[int, int]]],
    columns: int,
    ruled: int | None = None,
) -> list[Line]:
    """The cells of every line, left to right. `hours` are the steps in which a line is open.

    With `ruled` the empty ground is cut at every so many steps, so that the hours can be read off a line.
    """
    joined = {block.key for block in blocks if _neighbours(block, keys)}
    lines = []
    for place, key in enumerate(keys):
        mine = sorted((block for block in blocks if key in block.lines), key=lambda block: block.start)
        cells: list[Cell] = []
        reached = 0
        for block in mine:
            start, end = max(block.start, reached), min(block.end, columns)
            if end <= start:
                continue
            cells += _ground(reached, start, hours.get(key, ()), ruled)
            is_joined = block.key in joined
            is_upper = not is_joined or place == min(keys.index(line) for line in block.lines)
            if is_upper:  # the cell of the upper line reaches down into the lower one, which has none of its own
                is_joint = len(block.lines) > 1 and not is_joined
                cells.append(Cell(start, end - start, 2 if is_joined else 1, block.key, is_joint=is_joint))
            reached = end
            if block.turnover and reached < columns:
                until = min(reached + block.turnover, columns, *(other.start for other in mine if other.start >= end))
                if until > reached:
                    cells.append(Cell(reached, until - reached, ground=Ground.TURNOVER))
                    reached = until
        cells += _ground(reached, columns, hours.get(key, ()), ruled)
        lines.append(Line(key, tuple(cells)))
    return lines


def _neighbours(block: Block, keys: Sequence[str]) -> bool:
    return (
        len(block.lines) == 2
        and all(line in keys for line in block.lines)
        and abs(keys.index(block.lines[0]) - keys.index(block.lines[1])) == 1
    )


def _ground(start: int, end: int, hours: Sequence[tuple[int, int]], ruled: int | None) -> list[Cell]:
    """Empty cells between two steps, split where somebody begins or stops working, and by the ruling."""
    lines = range(start - start % ruled + ruled, end, ruled) if ruled else ()
    edges = sorted({start, end, *lines, *(edge for span in hours for edge in span if start < edge < end)})
    cells = []
    for left, right in pairwise(edges):
        is_open = any(opens <= left and right <= closes for opens, closes in hours)
        cells.append(Cell(left, right - left, ground=Ground.OPEN if is_open else Ground.OFF))
    return cells
