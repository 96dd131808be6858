"""Where a key of a TOML text stands. The standard library's reader keeps no line numbers; an editor of a protocol needs them."""

import re
from collections import Counter
from collections.abc import Iterable

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[|\[)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'')


def lines_of(text: str) -> dict[Path, int]:
    """The line of every table and key of a valid TOML text, by path; the third of `[[visits]]` is `("visits", 2)`.

    A key inside a value that spans several lines is not found: ask `line_of`, which falls back to what holds it.
    """
    found: dict[Path, int] = {(): 1}
    seen: Counter[Path] = Counter()
    table: Path = ()
    open_brackets = 0
    closing_quotes = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if closing_quotes:
            closing_quotes = "" if closing_quotes in line else closing_quotes
            continue
        if not open_brackets:
            if header := _HEADER.match(line):
                *outer, last = _split(header[2])
                table = (*_latest(outer, seen), last)
                if header[1] == "[[":
                    found.setdefault(table, number)
                    seen[table] += 1
                    table = (*table, seen[table] - 1)
                found[table] = number
                continue
            if key := _KEY.match(line):
                found[(*table, *_split(key[1]))] = number
        for quotes in ('"""', "'''"):
            if line.count(quotes) % 2:
                closing_quotes = quotes
        bare = _STRING.sub("", line).partition("#")[0]
        open_brackets += bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")
    return found


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of the path, or of the nearest thing around it that has one."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


def _latest(parts: Iterable[str | int], seen: Counter[Path]) -> Path:
    """The path of a table around another: inside a list of tables it is the list's last one."""
    path: Path = ()
    for part in parts:
        path = (*path, part)
        if path in seen:
            path = (*path, seen[path] - 1)
    return path


def _split(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[\w-]+", dotted))
