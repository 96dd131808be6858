"""Reads instances, plans and other planning files: JSON, checked against its schema, then made into the words of planning.

Nothing here needs a database. Whatever is wrong is a Misread that says in which file, at which path, and why.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from patients.rules.loading import load
from patients.rules.protocol import Protocol
from sessions.rules import schema
from sessions.rules.instance import Instance, Misread, instance_of

PROTOCOLS = Path(__file__).resolve().parents[2] / "patients" / "protocols"


def read_json(path: Path, against: Mapping[str, Any]) -> Any:
    """The values in a file that fits the schema. Raises Misread."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise Misread(str(path), f"cannot be read ({problem.strerror})") from problem
    except UnicodeDecodeError as problem:
        raise Misread(str(path), "is not UTF-8") from problem
    except (json.JSONDecodeError, RecursionError) as problem:
        raise Misread(str(path), f"is not JSON: {problem}") from problem
    fault = best_match(Draft202012Validator(against, format_checker=FormatChecker()).iter_errors(values))
    if fault is not None:
        raise Misread(f"{path} {fault.json_path}", fault.message)
    return values


def read_instance(path: Path) -> Instance:
    """The instance in a file. Raises Misread."""
    values = read_json(path, schema.INSTANCE)
    try:
        return instance_of(values, shipped_protocols())
    except Misread as problem:
        raise Misread(f"{path} {problem.path}", problem.reason) from problem


def shipped_protocols() -> dict[str, Protocol]:
    """The protocols that come with the application, by code."""
    loaded = [load(file.read_text(encoding="utf-8"), file.name) for file in sorted(PROTOCOLS.glob("*.toml"))]
    return {protocol.code: protocol for protocol in loaded}
