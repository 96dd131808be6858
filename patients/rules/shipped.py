"""The protocols that come with the application, read from their files."""

from functools import cache
from pathlib import Path

from patients.rules.loading import load
from patients.rules.protocol import Protocol

FOLDER = Path(__file__).parent.parent / "protocols"


def codes() -> list[str]:
    return sorted(file.stem for file in FOLDER.glob("*.toml"))


@cache
def shipped(code: str) -> Protocol:
    """The protocol of this code; KeyError when none is shipped under it."""
    if code not in codes():
        raise KeyError(code)
    return load((FOLDER / f"{code}.toml").read_text(encoding="utf-8"), f"{code}.toml")
