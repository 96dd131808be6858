"""Reading a TOML table strictly: each value by its key and type; a key that nobody asked for is refused."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from typing import TypeVar

from accounts.rules.findings import Mark, Source
from patients.rules.lines import Path, line_of, lines_of
from patients.rules.protocol import Figure

Choice = TypeVar("Choice", bound=StrEnum)
Value = TypeVar("Value")


class LoadError(Exception):
    """A protocol file that cannot be used: which file, which key, which line, and why."""

    def __init__(self, name: str, key: str, line: int, reason: str) -> None:
        self.name, self.key, self.line, self.reason = name, key, line, reason
        super().__init__(f"{name}, line {line}, {key}: {reason}" if key else f"{name}, line {line}: {reason}")


@dataclass(slots=True)
class File:
    """What all tables of one file share."""

    name: str
    lines: dict[Path, int]
    sources: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)


def open_file(text: str, name: str) -> "Table":
    """The outermost table, its sources and named figures read; raises LoadError when the text is not TOML."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"at line (\d+)", str(error))
        raise LoadError(name, "", int(where[1]) if where else text.count("\n") + 1, str(error)) from error
    file = File(name, lines_of(text))
    root = Table(file, (), values)
    titles = root.table("sources")
    file.sources.update({key: titles.text(key) for key in titles.names()})
    named = root.table("figures")
    file.figures.update({key: named.figure(key) for key in named.names()})
    return root


class Table:
    """One table of the file."""

    def __init__(self, file: File, path: Path, values: Mapping[str, object]) -> None:
        self._file, self._path, self._values = file, path, values
        self._asked: set[str] = set()

    # Errors

    def wrong(self, key: str, reason: str) -> LoadError:
        path = (*self._path, key)
        return LoadError(self._file.name, _spelled(path), line_of(self._file.lines, path), reason)

    def done(self) -> None:
        """Refuses what nobody asked for; a misspelt key would otherwise be silently ignored."""
        for key in self._values:
            if key not in self._asked:
                raise self.wrong(key, f"unknown key; known here are {', '.join(sorted(self._asked))}")

    # Plain values

    def has(self, key: str) -> bool:
        self._asked.add(key)
        return key in self._values

    def names(self) -> Iterator[str]:
        return iter(self._values)

    def text(self, key: str, among: Sequence[str] = ()) -> str:
        value = self._value(key, str, "text")
        if not value.strip():
            raise self.wrong(key, "must not be empty")
        if among and value not in among:
            raise self.wrong(key, f'"{value}" is none of {", ".join(among)}')
        return value.strip()

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if self.has(key) else None

    def texts(self, key: str, among: Sequence[str] = ()) -> tuple[str, ...]:
        values = self._value(key, list, "a list of texts")
        for value in values:
            if not isinstance(value, str) or not value.strip():
                raise self.wrong(key, "must be a list of texts")
            if among and value not in among:
                raise self.wrong(key, f'"{value}" is none of {", ".join(among)}')
        return tuple(values)

    def whole(self, key: str) -> int:
        value = self._value(key, int, "a whole number")
        if isinstance(value, bool):
            raise self.wrong(key, "must be a whole number")
        return value

    def optional_whole(self, key: str) -> int | None:
        return self.whole(key) if self.has(key) else None

    def wholes(self, key: str) -> tuple[int, ...]:
        values = self._value(key, list, "a list of whole numbers")
        if not values or any(type(value) is not int for value in values):
            raise self.wrong(key, "must be a list of whole numbers")
        return tuple(values)

    def flag(self, key: str) -> bool:
        return self._value(key, bool, "true or false")

    def choice(self, key: str, choices: type[Choice]) -> Choice:
        return choices(self.text(key, among=[choice.value for choice in choices]))

    # Tables

    def table(self, key: str) -> "Table":
        return Table(self._file, (*self._path, key), self._value(key, dict, "a table"))

    def tables(self, key: str) -> list["Table"]:
        values = self._value(key, list, "a list of tables")
        if not values or not all(isinstance(value, dict) for value in values):
            raise self.wrong(key, f"must be written as one or more [[{key}]]")
        return [Table(self._file, (*self._path, key, number), value) for number, value in enumerate(values)]

    def values_of(self, key: str) -> Mapping[str, object]:
        return self._value(key, dict, "a table")

    def over(self, defaults: Mapping[str, object]) -> "Table":
        """This table, with `defaults` where it is silent."""
        return self._again({**defaults, **self._values})

    def written_with(self, words: Mapping[str, str], **added: object) -> "Table":
        """This table without `doses`, {dose} and its like filled in, `added` values beside it."""
        kept = {key: value for key, value in self._values.items() if key != "doses"}
        filled = {key: _filled(value, words) if isinstance(value, str) else value for key, value in kept.items()}
        return self._again({**filled, **added})

    # Figures and sources

    def figure(self, key: str, unit: str = "") -> Figure:
        """A figure written in place or by its name in [figures]; refused when its unit is not `unit`."""
        return self._figure(key, self._raw(key), unit)

    def figures(self, key: str, unit: str) -> tuple[Figure, ...]:
        values = self._value(key, list, "a list of figures")
        if not values:
            raise self.wrong(key, "must name at least one figure")
        return tuple(self._figure(key, value, unit) for value in values)

    def source(self) -> Source:
        """The table's own `source` (a key of [sources], or several) and `mark`."""
        keys = self.texts("source") if isinstance(self._values.get("source"), list) else (self.text("source"),)
        for key in keys:
            if key not in self._file.sources:
                raise self.wrong("source", f'"{key}" is not in [sources]')
        return Source("; ".join(self._file.sources[key] for key in keys), self.choice("mark", Mark))

    def sources(self) -> dict[str, str]:
        return dict(self._file.sources)

    def _raw(self, key: str) -> object:
        if not self.has(key):
            raise self.wrong(key, "is missing")
        return self._values[key]

    def _value(self, key: str, kind: type[Value], say: str) -> Value:
        value = self._raw(key)
        if not isinstance(value, kind):
            raise self.wrong(key, f"must be {say}")
        return value

    def _figure(self, key: str, value: object, unit: str) -> Figure:
        if isinstance(value, str):
            if value not in self._file.figures:
                raise self.wrong(key, f'there is no figure "{value}" in [figures]')
            figure = self._file.figures[value]
        elif isinstance(value, dict):
            table = Table(self._file, (*self._path, key), value)
            figure = Figure(table._number(), table.text("unit"), table.source())
            table.done()
        else:
            raise self.wrong(key, "must be a figure or the name of one")
        if unit and figure.unit != unit:
            raise self.wrong(key, f'is counted in "{unit}", not in "{figure.unit}"')
        return figure

    def _number(self) -> float:
        value = self._raw("value")
        if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
            raise self.wrong("value", "must be a number")
        return float(value)

    def _again(self, values: Mapping[str, object]) -> "Table":
        table = Table(self._file, self._path, values)
        table._asked = set(self._asked)
        return table


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(f"{{{word}}}", value)
    return text


def _spelled(path: Path) -> str:
    """("visits", 2, "minutes") as people count: visits[3].minutes."""
    spelled = ""
    for part in path:
        spelled += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return spelled.lstrip(".")
