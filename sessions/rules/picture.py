"""What a ribbon is made of: the visits it is told, the sizes of its two forms, and the shapes that are drawn.

Numbers are SVG user units.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from patients.rules.protocol import VisitKind


class Form(StrEnum):
    LARGE = "large"
    COMPACT = "compact"


class MarkState(StrEnum):
    """A visit on the ribbon. Late: its day has passed and nobody has said what became of it."""

    DONE = "done"
    PLANNED = "planned"
    LATE = "late"
    BLOCKED = "blocked"  # planned, and may not be held as things stand
    MISSED = "missed"
    CANCELLED = "cancelled"
    OPEN = "open"  # no day yet


class Glyph(StrEnum):
    CIRCLE = "circle"
    DIAMOND = "diamond"
    SQUARE = "square"
    TRIANGLE = "triangle"
    DOT = "dot"


GLYPHS = {
    VisitKind.PREPARATION: Glyph.CIRCLE,
    VisitKind.DOSING: Glyph.DIAMOND,
    VisitKind.INTEGRATION: Glyph.SQUARE,
    VisitKind.CALL: Glyph.DOT,
    VisitKind.RATING: Glyph.TRIANGLE,
    VisitKind.FOLLOW_UP: Glyph.TRIANGLE,
}
TONES = {
    VisitKind.PREPARATION: "preparation",
    VisitKind.DOSING: "dosing",
    VisitKind.INTEGRATION: "integration",
    VisitKind.CALL: "integration",
    VisitKind.RATING: "measure",
    VisitKind.FOLLOW_UP: "measure",
}


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit to draw. `window` is the first and last allowed day; `when` is how a person would say its time."""

    code: str
    kind: VisitKind
    title: str
    state: MarkState
    day: date | None
    when: str = ""
    window: tuple[date, date] | None = None
    dose: str = ""  # "80 + 40 mg"
    href: str = ""
    note: str = ""  # a remark for the tooltip and the table, such as "was Tue 3 Mar"


@dataclass(frozen=True, slots=True)
class Measures:
    """The sizes of one form of the ribbon."""

    week: float
    left: float
    right: float
    height: float
    lanes: dict[VisitKind, float]
    size: dict[Glyph, float]  # half the width of a mark
    axis: float
    washout: float
    top: float  # of the shaded weeks and of the line of today


_LARGE_LANES = {
    VisitKind.PREPARATION: 62.0,
    VisitKind.DOSING: 62.0,
    VisitKind.INTEGRATION: 98.0,
    VisitKind.CALL: 124.0,
    VisitKind.RATING: 146.0,
    VisitKind.FOLLOW_UP: 146.0,
}
_COMPACT_LANES = {
    VisitKind.PREPARATION: 13.0,
    VisitKind.DOSING: 13.0,
    VisitKind.INTEGRATION: 25.0,
    VisitKind.CALL: 33.0,
    VisitKind.RATING: 33.0,
    VisitKind.FOLLOW_UP: 33.0,
}
MEASURES = {
    Form.LARGE: Measures(
        week=54.0,
        left=18.0,
        right=18.0,
        height=206.0,
        lanes=_LARGE_LANES,
        size={Glyph.CIRCLE: 8, Glyph.DIAMOND: 13, Glyph.SQUARE: 7, Glyph.TRIANGLE: 8, Glyph.DOT: 3.5},
        axis=168.0,
        washout=20.0,
        top=16.0,
    ),
    Form.COMPACT: Measures(
        week=26.0,
        left=8.0,
        right=8.0,
        height=40.0,
        lanes=_COMPACT_LANES,
        size={Glyph.CIRCLE: 4.5, Glyph.DIAMOND: 7, Glyph.SQUARE: 4, Glyph.TRIANGLE: 4.5, Glyph.DOT: 1.6},
        axis=39.0,
        washout=1.0,
        top=0.0,
    ),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A visit as drawn: where, which shape, in which tone and state, and what its tooltip says."""

    code: str
    glyph: Glyph
    tone: str
    state: MarkState
    x: float
    y: float
    points: str  # of a diamond or a triangle
    size: float
    ring: float  # radius of the ring around a late mark
    says: str
    href: str
    dose: str
    is_struck: bool  # missed: crossed out
    is_barred: bool  # blocked: no entry

    @property
    def left(self) -> float:
        return round(self.x - self.size, 1)

    @property
    def right(self) -> float:
        return round(self.x + self.size, 1)

    @property
    def top(self) -> float:
        return round(self.y - self.size, 1)

    @property
    def bottom(self) -> float:
        return round(self.y + self.size, 1)

    @property
    def width(self) -> float:
        return 2 * self.size


@dataclass(frozen=True, slots=True)
class Band:
    """A window: where a visit may lie."""

    x: float
    y: float
    width: float
    height: float
    tone: str

    @property
    def radius(self) -> float:
        return min(self.height, self.width) / 3


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str
    is_major: bool = False
    is_shaded: bool = False  # every other week, so that the eye can count


@dataclass(frozen=True, slots=True)
class Lines:
    """Where the words of the axis stand."""

    week: float  # width of one week
    axis: float
    numbers: float
    months: float
    left: float
    scale_end: float  # where the scale of weeks ends and far visits are merely listed
    top: float

    @property
    def depth(self) -> float:
        return self.axis - self.top

    @property
    def half_week(self) -> float:
        return self.week / 2


@dataclass(frozen=True, slots=True)
class Bridge:
    """From one dosing day to the next, with the days between them; from a dosing day to its integration visits."""

    path: str
    label: str
    x: float
    y: float

    @property
    def label_y(self) -> float:
        return self.y - 5


@dataclass(frozen=True, slots=True)
class Bar:
    """A washout: from when it began (or the edge of the picture) to the clear-from date."""

    x: float
    y: float
    width: float
    height: float
    label: str
    label_x: float
    label_anchor: str

    @property
    def radius(self) -> float:
        return self.height / 2

    @property
    def label_y(self) -> float:
        return round(self.y + self.height, 1)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table that says what the picture shows."""

    code: str
    title: str
    kind: str
    state: str
    when: str
    window: str
    note: str
    href: str


@dataclass(frozen=True, slots=True)
class Picture:
    form: Form
    title: str
    description: str
    width: float
    height: float
    lines: Lines
    weeks: tuple[Tick, ...]
    months: tuple[Tick, ...]
    bands: tuple[Band, ...]
    bridges: tuple[Bridge, ...]
    stems: tuple[Bridge, ...]
    washout: Bar | None
    marks: tuple[Mark, ...]
    far: tuple[Tick, ...]
    today: float | None
    rows: tuple[Row, ...] = field(default=())

    @property
    def is_large(self) -> bool:
        return self.form is Form.LARGE

    @property
    def has_links(self) -> bool:
        return any(mark.href for mark in self.marks)
