"""A file from elsewhere opened with care: bounded in size, depth and number before anything in it is believed.

A Bundle is read whole, which its size limit makes bearable; NDJSON is read line by line, and only one line is held.
"""

import codecs
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from screening.rules.importing.facts import plain

MEGABYTE = 1_000_000
LIMIT = 10 * MEGABYTE  # bytes of a file, unless the caller says otherwise
LINE = 1 * MEGABYTE  # bytes of one line of NDJSON
DEEPEST = 60  # lists and objects inside each other; real resources stay below 20
MOST_PARTS = 600_000  # lists and objects in one document, so that small ones cannot fill the memory
MOST_ENTRIES = 50_000
PACKED = {b"PK": "zip", b"\x1f\x8b": "gzip", b"BZ": "bzip2", b"\xfd7": "xz", b"7z": "7z", b"(\xb5": "zstd"}
OTHER_TEXT = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# A string, closed or not, or one bracket. It never looks at a byte twice, whatever the file holds.
TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource and where it stands; `raw` None for an entry of a bundle that holds none."""

    path: str
    raw: Raw | None
    url: str = ""  # by which others of the bundle refer to it


class Malformed(Exception):
    """The file as a whole cannot be read; the sentence says why and what to do. Nothing of it is used."""


def entries(file: BinaryIO, *, limit: int = LIMIT) -> Iterator[Entry]:
    """Every resource of a file. Raises Malformed, while reading, when the file is not what it should be."""
    check_size(file.seek(0, 2), limit)
    file.seek(0)
    _check_text(file.read(4))
    file.seek(0)
    lines = _is_ndjson(file)
    file.seek(0)
    found = _of_lines(file) if lines else _of_document(file)
    for number, entry in enumerate(found, 1):
        if number > MOST_ENTRIES:
            raise Malformed(f"The file has more than {MOST_ENTRIES:,} entries, which is no one person's record.")
        yield entry


def check_size(size: int, limit: int) -> None:
    """Raises Malformed for an empty file and for one above the limit."""
    if size == 0:
        raise Malformed("The file is empty.")
    if size > limit:
        raise Malformed(
            f"The file has {size / MEGABYTE:.1f} MB; at most {limit / MEGABYTE:g} MB are read. "
            "Export a shorter period, or only the kinds of resource that a screening asks for."
        )


def document(text: bytes) -> Any:
    """One JSON value. Raises Malformed for whatever JSON, or good sense, does not allow."""
    _check_shape(text)
    try:
        return json.loads(
            text.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_constant, parse_float=_number
        )
    except UnicodeDecodeError as problem:
        raise Malformed("The file is not UTF-8 text, which FHIR asks for. Export it as UTF-8.") from problem
    except json.JSONDecodeError as problem:
        raise Malformed(
            f"The file is not JSON: {problem.msg} in line {problem.lineno}, column {problem.colno}."
        ) from problem
    except (ValueError, RecursionError) as problem:  # an integer of thousands of digits; the parser's own depth
        raise Malformed("The file is not JSON that can be read: a number or a nesting in it is too large.") from problem


def _check_text(start: bytes) -> None:
    for magic, name in PACKED.items():
        if start.startswith(magic):
            raise Malformed(f"The file is packed ({name}). Unpack it and choose the JSON file inside.")
    if start.startswith(OTHER_TEXT) or b"\x00" in start:
        raise Malformed("The file is not UTF-8 text, which FHIR asks for. Export it as UTF-8.")
    if start.lstrip(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        raise Malformed("The file is XML. Only the JSON form of FHIR is read.")


def _is_ndjson(file: BinaryIO) -> bool:
    """Whether the first line is a whole resource and another line follows."""
    first, rest = _next_line(file), _next_line(file)
    if not (first.endswith(b"}") and rest.startswith(b"{")):
        return False
    try:
        return isinstance(document(first), dict)
    except Malformed:
        return False


def _next_line(file: BinaryIO) -> bytes:
    """The next line with anything in it, as far as a line may go; empty at the end."""
    while line := file.readline(LINE):
        if line.strip():
            return line.strip()
    return b""


def _of_lines(file: BinaryIO) -> Iterator[Entry]:
    number = 0
    while line := file.readline(LINE + 1):
        number += 1
        if len(line) > LINE:
            raise Malformed(f"Line {number} is longer than {LINE / MEGABYTE:g} MB.")
        if not line.strip():
            continue
        try:
            value = document(line)
        except Malformed as problem:
            raise Malformed(f"Line {number}: {problem}") from problem
        if not isinstance(value, dict) or "resourceType" not in value:
            raise Malformed(f"Line {number} holds no FHIR resource.")
        yield Entry(f"line {number}", value)


def _of_document(file: BinaryIO) -> Iterator[Entry]:
    bundle = document(file.read())
    if not isinstance(bundle, dict) or not isinstance(bundle.get("resourceType"), str):
        raise Malformed("The file holds no FHIR resource: its first level has no resourceType.")
    if bundle["resourceType"] != "Bundle":
        yield Entry("the file", bundle)
        return
    if bundle.get("type") == "history":
        raise Malformed("The bundle is a history, with old versions beside new ones. Export the record as it is now.")
    listed = bundle.get("entry", [])
    if not isinstance(listed, list):
        raise Malformed("The bundle's entry is not a list.")
    for number, entry in enumerate(listed):
        within = entry if isinstance(entry, dict) else {}
        resource, url = within.get("resource"), within.get("fullUrl")
        raw = resource if isinstance(resource, dict) else None
        yield Entry(f"entry[{number}]", raw, url if isinstance(url, str) else "")


def _check_shape(text: bytes) -> None:
    """Depth and number of parts, counted before the parser sees the file."""
    depth = parts = 0
    for token in TOKEN.finditer(text):
        match token.group():
            case b"{" | b"[":
                depth, parts = depth + 1, parts + 1
                if depth > DEEPEST:
                    raise Malformed(f"The file nests more than {DEEPEST} levels deep, which no FHIR resource does.")
                if parts > MOST_PARTS:
                    raise Malformed(f"The file has more than {MOST_PARTS:,} parts, which is no one person's record.")
            case b"}" | b"]":
                depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> Raw:
    made = dict(pairs)
    if len(made) != len(pairs):
        [(twice, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise Malformed(f"The file says “{plain(twice)[:40]}” twice in one place; nobody can tell which one holds.")
    return made


def _constant(name: str) -> float:
    raise Malformed(f"The file holds {name}, which is no number in JSON.")


def _number(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Malformed("The file holds a number that is too large.")
    return value
