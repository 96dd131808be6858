"""A course's scores over time beside its dosing days, and the trials it may honestly be held against."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.rules.findings import Mark, Source
from integration.rules import caps5, pcl5
from integration.rules.caps5 import Band
from patients.rules.protocol import Figure

CAPTION = "trial, functionally unblinded, not a target"

_MAPP1 = Source("MAPP1, sponsor's summary", Mark.PUBLISHED)
_MAPP2 = Source("MAPP2, Nature Medicine 2023", Mark.PUBLISHED)
_MAPP2_RATES = Source("MAPP2 proportions, not yet read in a primary source", Mark.NOT_VERIFIED)
_MAPP1_REMISSION = Source("MAPP1 remission, not yet read in a primary source", Mark.NOT_VERIFIED)

ENDPOINT = Figure(18, "weeks after baseline", _MAPP1)


@dataclass(frozen=True, slots=True)
class Proportion:
    """So many of so many."""

    name: str
    count: int
    of: int
    source: Source

    @property
    def percent(self) -> float:
        return 100 * self.count / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson score interval in percent, computed here from the counts."""
        z, share = 1.959964, self.count / self.of
        centre = share + z * z / (2 * self.of)
        spread: float = z * (share * (1 - share) / self.of + z * z / (4 * self.of**2)) ** 0.5
        scale = 1 + z * z / self.of
        return 100 * (centre - spread) / scale, 100 * (centre + spread) / scale


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One arm of a trial: change of CAPS-5 from baseline to 18 weeks. Ratings by blinded independent assessors."""

    trial: str
    arm: str
    change: float
    low: float
    high: float
    n: int
    analysed: str
    interval_note: str
    source: Source
    proportions: tuple[Proportion, ...]

    @property
    def title(self) -> str:
        return f"{self.trial}, {self.arm}"


_FROM_SD = "95 % interval computed here from the standard deviation"
_STATED = "95 % interval as published"

BENCHMARKS = (
    Benchmark(
        "MAPP1", "MDMA with therapy", -24.4, -28.0, -20.8, 42, "completers", _FROM_SD, _MAPP1,
        (
            Proportion("No longer met the diagnosis", 28, 42, _MAPP1),
            Proportion("Remission", 14, 42, _MAPP1_REMISSION),
        ),
    ),
    Benchmark(
        "MAPP1", "placebo with therapy", -13.9, -17.7, -10.1, 37, "completers", _FROM_SD, _MAPP1,
        (
            Proportion("No longer met the diagnosis", 12, 37, _MAPP1),
            Proportion("Remission", 2, 37, _MAPP1_REMISSION),
        ),
    ),
    Benchmark(
        "MAPP2", "MDMA with therapy", -23.7, -26.94, -20.44, 53, "all who began", _STATED, _MAPP2,
        (
            Proportion("No longer met the diagnosis", 37, 52, _MAPP2_RATES),
            Proportion("Response", 45, 52, _MAPP2_RATES),
            Proportion("Remission", 24, 52, _MAPP2_RATES),
        ),
    ),
    Benchmark(
        "MAPP2", "placebo with therapy", -14.8, -18.28, -11.28, 51, "all who began", _STATED, _MAPP2,
        (
            Proportion("No longer met the diagnosis", 20, 42, _MAPP2_RATES),
            Proportion("Response", 29, 42, _MAPP2_RATES),
            Proportion("Remission", 9, 42, _MAPP2_RATES),
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """One signed assessment. `blinded` matters for CAPS-5 only; `prorated` for PCL-5 only."""

    visit: str
    on: date
    total: int | None
    blinded: bool
    answers: dict[str, int]

    @property
    def key(self) -> tuple[date, str]:
        return self.on, self.visit


@dataclass(frozen=True, slots=True)
class DosingDay:
    number: int
    on: date
    done: bool


@dataclass(frozen=True, slots=True)
class Series:
    """The readings of one instrument in the order of their days."""

    instrument: str
    readings: tuple[Reading, ...]
    dosing_days: tuple[DosingDay, ...]

    @property
    def scored(self) -> tuple[Reading, ...]:
        return tuple(reading for reading in self.readings if reading.total is not None)

    @property
    def baseline(self) -> Reading | None:
        """The last reading with a total up to the first dosing day that was held; the first one where none was."""
        first = min((day.on for day in self.dosing_days if day.done), default=None)
        if first is None:
            return self.scored[-1] if self.scored else None
        before = [reading for reading in self.scored if reading.on <= first]
        return before[-1] if before else None

    @property
    def bands(self) -> tuple[Band, ...]:
        """Severity bands, where the instrument has any."""
        return caps5.BANDS if self.instrument == caps5.CODE else ()

    @property
    def highest(self) -> int:
        return caps5.HIGHEST_TOTAL if self.instrument == caps5.CODE else pcl5.HIGHEST_TOTAL


def series(instrument: str, readings: Iterable[Reading], dosing_days: Iterable[DosingDay]) -> Series:
    """Put the readings and dosing days of one instrument in order."""
    return Series(
        instrument,
        tuple(sorted(readings, key=lambda reading: reading.key)),
        tuple(sorted(dosing_days, key=lambda day: day.on)),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One reading as the table shows it. Change is against baseline, negative when better, None for the baseline itself."""

    reading: Reading
    change: int | None
    is_baseline: bool
    after_dose: int
    band: Band | None
    rated: caps5.Score | None
    rated_change: caps5.Change | None
    self_rated: pcl5.Score | None
    self_rated_change: pcl5.Change | None


def rows(charted: Series) -> tuple[Row, ...]:
    """The table beside the chart: the same numbers, one row per reading."""
    return tuple(_row(charted, reading) for reading in charted.readings)


def _row(charted: Series, reading: Reading) -> Row:
    baseline = charted.baseline
    is_baseline = baseline is not None and reading.key == baseline.key
    later = baseline is not None and reading.key > baseline.key
    after = sum(day.done and day.on < reading.on for day in charted.dosing_days)
    change = None
    if later and baseline and baseline.total is not None and reading.total is not None:
        change = reading.total - baseline.total
    if charted.instrument == caps5.CODE:
        scored = caps5.score(reading.answers)
        compared = caps5.change(caps5.score(baseline.answers), scored) if later and baseline else None
        return Row(reading, change, is_baseline, after, scored.band, scored, compared, None, None)
    self_rated = pcl5.score(reading.answers)
    moved = pcl5.change(pcl5.score(baseline.answers), self_rated) if later and baseline else None
    return Row(reading, change, is_baseline, after, None, None, None, self_rated, moved)


@dataclass(frozen=True, slots=True)
class Expectation:
    """Where the mean of a trial arm would lie for this baseline, at the trial's endpoint. Totals, cut off at 0."""

    benchmark: Benchmark
    on: date
    level: float
    low: float
    high: float


def expectations(charted: Series) -> tuple[Expectation, ...]:
    """The trial lines for a CAPS-5 series with a baseline; empty for anything else."""
    baseline = charted.baseline
    if charted.instrument != caps5.CODE or baseline is None or baseline.total is None:
        return ()
    on = baseline.on + timedelta(weeks=ENDPOINT.whole)
    return tuple(
        Expectation(
            benchmark,
            on,
            max(0.0, baseline.total + benchmark.change),
            max(0.0, baseline.total + benchmark.low),
            max(0.0, baseline.total + benchmark.high),
        )
        for benchmark in BENCHMARKS
    )
