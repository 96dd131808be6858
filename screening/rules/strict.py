"""JSON read strictly: what a parser would swallow in silence, or choke on, is a fault with its place and a sentence."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

LARGEST = 1_000_000  # bytes; one candidate needs a few thousand
DEEPEST = 12  # levels; the schema has six
LONGEST = 15  # digits of a whole number
SHOWN = 20  # faults that are told at once
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Fault:
    """Where (a JSON pointer; empty: the whole) and why the text is no candidate."""

    pointer: str
    reason: str


class BadInput(Exception):
    """The text is no candidate. Carries every fault, at most SHOWN."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults[:SHOWN]
        super().__init__("; ".join(f"{fault.pointer or '/'}: {fault.reason}" for fault in self.faults))


class _Twice(dict[str, Any]):
    """An object in which a key stands twice; JSON parsers would keep the last and say nothing."""

    key = ""


@dataclass(frozen=True, slots=True)
class _NoNumber:
    """What stands where a number should: NaN, Infinity, or more digits than any measurement has."""

    written: str


def values_of(data: bytes) -> Any:
    """The values written in `data`. Raises BadInput."""
    values = _parsed(data)
    if faults := list(_faults(values)):
        raise BadInput(*faults)
    return values


def under(pointer: str, key: str | int) -> str:
    """The pointer one level down (RFC 6901)."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"


def short(value: Any) -> str:
    """A value as a message shows it."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    words = json.dumps(value, ensure_ascii=False)
    return words if len(words) <= 60 else f"{words[:60]}…"


def _parsed(data: bytes) -> Any:
    if len(data) > LARGEST:
        raise BadInput(Fault("", f"is larger than {LARGEST:,} bytes; one candidate needs a few thousand"))
    if data.startswith(BOM):
        raise BadInput(Fault("", "begins with a byte order mark; save it as UTF-8 without one"))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(Fault("", f"is not UTF-8: byte {error.start + 1} cannot be read")) from error
    try:
        return json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_NoNumber, parse_float=_float, parse_int=_whole
        )
    except json.JSONDecodeError as error:
        raise BadInput(Fault("", f"is not JSON: line {error.lineno}, column {error.colno}: {error.msg}")) from error
    except RecursionError as error:
        raise BadInput(Fault("", f"is nested deeper than {DEEPEST} levels")) from error


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) == len(pairs):
        return values
    seen: set[str] = set()
    twice = _Twice(values)
    for key, _ in pairs:
        if key in seen:
            twice.key = key
            break
        seen.add(key)
    return twice


def _float(written: str) -> float | _NoNumber:
    value = float(written)
    return value if isfinite(value) else _NoNumber(written)


def _whole(written: str) -> int | _NoNumber:
    return int(written) if len(written) <= LONGEST else _NoNumber(written)


def _faults(root: Any) -> Iterator[Fault]:
    """What no schema sees: keys that stand twice, numbers that are none, broken characters, too many levels."""
    waiting: list[tuple[str, Any, int]] = [("", root, 1)]
    while waiting:
        pointer, value, level = waiting.pop()
        if isinstance(value, _NoNumber):
            yield Fault(pointer, f"{short(value.written)} is not a number that can be used")
        elif isinstance(value, str):
            if not _is_text(value):
                yield Fault(pointer, "has half of a character (an unpaired surrogate)")
        elif isinstance(value, dict | list):
            if level > DEEPEST:
                yield Fault(pointer, f"is nested deeper than {DEEPEST} levels")
                continue
            if isinstance(value, _Twice):
                yield Fault(under(pointer, value.key), "stands twice in the same object")
            entries = enumerate(value) if isinstance(value, list) else value.items()
            for key, entry in entries:
                if isinstance(key, str) and not _is_text(key):
                    yield Fault(pointer, "has a key with half of a character (an unpaired surrogate)")
                    continue
                waiting.append((under(pointer, key), entry, level + 1))


def _is_text(words: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in words)
