"""Units besides the one that is kept: what a laboratory reports in, and what turns it into ours."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from accounts.rules.findings import Mark, Source


@dataclass(frozen=True, slots=True)
class Unit:
    """Value x factor + offset is the value in the unit that is kept."""

    name: str
    factor: float
    offset: float
    source: Source

    def converted(self, value: float) -> float:
        """The value in the unit that is kept, to ten digits: 1.2 mg/dL stays on a limit that reads 106.08."""
        return float(f"{value * self.factor + self.offset:.10g}")


def units_of(reading: str) -> tuple[Unit, ...]:
    """The other units of a reading; empty when everybody counts it in one."""
    return UNITS.get(reading, ())


def _table() -> dict[str, tuple[Unit, ...]]:
    table = tomllib.loads((Path(__file__).parent / "units.toml").read_text(encoding="utf-8"))
    units: dict[str, tuple[Unit, ...]] = {}
    for row in table["unit"]:
        source = Source(table["sources"][row["source"]], Mark(row["mark"]))
        unit = Unit(row["name"], row["factor"], row.get("offset", 0), source)
        for reading in row["readings"]:
            units[reading] = (*units.get(reading, ()), unit)
    return units


UNITS = _table()
