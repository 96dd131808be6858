"""Reads planning files: JSON, checked against its schema. Needs no database and knows nothing of the planner."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from patients.rules.loading import load
from patients.rules.protocol import Protocol

PROTOCOLS = Path(__file__).resolve().parents[2] / "patients" / "protocols"


class Unreadable(Exception):
    """A file that cannot be used: a sentence with its name, the path in it, and why."""


def read_json(name: str, against: Mapping[str, Any]) -> Any:
    """The values in a file ("-": standard input) that fits the schema. Raises Unreadable."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        values = json.loads(text, parse_constant=_no_number)
    except OSError as problem:
        raise Unreadable(f"{name}: cannot be read ({problem.strerror}).") from problem
    except UnicodeDecodeError as problem:
        raise Unreadable(f"{name}: is not UTF-8.") from problem
    except (ValueError, RecursionError) as problem:
        raise Unreadable(f"{name}: is not JSON: {problem}.") from problem
    fault = best_match(Draft202012Validator(against, format_checker=FormatChecker()).iter_errors(values))
    if fault is not None:
        message = fault.message if len(fault.message) < 300 else f"{fault.message[:300]} ..."
        raise Unreadable(f"{name}: {fault.json_path}: {message}")
    return values


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def shipped_protocols() -> dict[str, Protocol]:
    """The protocols that come with the application, by code."""
    loaded = [load(file.read_text(encoding="utf-8"), file.name) for file in sorted(PROTOCOLS.glob("*.toml"))]
    return {protocol.code: protocol for protocol in loaded}
