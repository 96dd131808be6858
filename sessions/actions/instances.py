"""Reads an instance from a file and makes it into the words of planning. Needs no database."""

from sessions.actions.reading import Unreadable, read_json, shipped_protocols
from sessions.rules import schema
from sessions.rules.instance import Instance, Misread, instance_of


def read_instance(name: str) -> Instance:
    """The instance in a file ("-": standard input). Raises Unreadable."""
    try:
        return instance_of(read_json(name, schema.INSTANCE), shipped_protocols())
    except Misread as problem:
        raise Unreadable(f"{name}: {problem.path}: {problem.reason}.") from problem
