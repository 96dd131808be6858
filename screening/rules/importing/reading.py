"""A whole file read into one person's record. One bad resource is set aside with its reason; a bad file is refused."""

import hashlib
import json
from typing import BinaryIO

from screening.rules.importing import shapes
from screening.rules.importing.facts import Coded, Left, Measured, Origin, Panel, Person, Problem, Record, Taken, plain
from screening.rules.importing.opening import LIMIT, Entry, Malformed, Raw, entries

# What changes with every export and says nothing about the patient.
BESIDE = ("meta", "text")


def read(file: BinaryIO, *, limit: int = LIMIT) -> Record:
    """The record in a file of at most `limit` bytes. Raises Malformed with a sentence for whoever chose the file."""
    gathering = _Gathering()
    for entry in entries(file, limit=limit):
        gathering.take(entry)
    return gathering.record()


def digest(value: object) -> str:
    """SHA-256 of plain values in one fixed spelling."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class _Gathering:
    """What has been read so far; only facts are kept, never the resources themselves."""

    def __init__(self) -> None:
        self.people: list[Person] = []
        self.problems: list[Problem] = []
        self.taken: list[Taken] = []
        self.measured: list[Measured] = []
        self.panels: list[Panel] = []
        self.medicines: dict[str, Coded] = {}
        self.skipped: list[Left] = []
        self.not_read: dict[str, int] = {}
        self.subjects: dict[str, str] = {}  # who is referred to -> where first
        self.own: set[str] = set()  # every way to refer to the patient
        self.seen: set[str] = set()
        self.named: dict[str, str] = {}  # kind and id -> where

    def take(self, entry: Entry) -> None:
        raw, path = entry.raw, entry.path
        if raw is None:
            self.skipped.append(Left(path, "Entry", "It holds no resource."))
            return
        kind = raw.get("resourceType")
        if not isinstance(kind, str) or kind not in shapes.FIELDS:
            name = plain(kind)[:40] if isinstance(kind, str) else "without a kind"
            self.not_read[name] = self.not_read.get(name, 0) + 1
            return
        origin = Origin(kind, plain(raw.get("id"))[:64], path, _content(raw))
        if origin.key in self.seen:
            return
        self.seen.add(origin.key)
        if origin.id and (earlier := self.named.setdefault(origin.said, path)) != path:
            raise Malformed(
                f"{earlier} and {path} are both {origin.said} and say different things; nobody can tell which one holds."
            )
        try:
            self._sort(raw, origin, entry.url)
        except shapes.Unfit as problem:
            self.skipped.append(Left(path, origin.said, str(problem)))

    def record(self) -> Record:
        if not self.people:
            raise Malformed(
                "The file holds no patient that could be read: " + self.skipped[0].why
                if self.skipped and self.skipped[0].what.startswith("Patient")
                else "The file holds no Patient, so nobody can tell whose record it is."
            )
        if len(self.people) > 1:
            raise Malformed(
                f"The file holds {len(self.people)} patients. A record is read for one person at a time; export one."
            )
        for reference, path in self.subjects.items():
            if reference.partition("/_history/")[0] not in self.own and not self._is_own(reference):
                raise Malformed(
                    f"{path} is about {plain(reference)[:80]}, who is not the patient of this file. "
                    "Nothing of a file that mixes people is used."
                )
        return Record(
            self.people[0],
            tuple(self.problems),
            tuple(self.taken),
            tuple(self.measured),
            tuple(self.panels),
            self.medicines,
            tuple(self.skipped),
            self.not_read,
        )

    def _sort(self, raw: Raw, origin: Origin, url: str) -> None:
        if origin.kind not in ("Patient", "Medication"):
            subject = shapes.about(raw, origin.kind)
            if not subject:
                raise shapes.Unfit(f"{origin.kind} does not say whose it is.")
            self.subjects.setdefault(subject, origin.path)
        for contained in raw.get("contained", []) if isinstance(raw.get("contained"), list) else []:
            self._contained(contained, origin)
        for found in shapes.read(raw, origin):
            if isinstance(found, Person):
                self.people.append(found)
                self.own |= {url} if url else set()
                self.own |= {f"Patient/{origin.id}", f"urn:uuid:{origin.id}"} if origin.id else set()
            elif isinstance(found, Problem):
                self.problems.append(found)
            elif isinstance(found, Taken):
                self.taken.append(found)
            elif isinstance(found, Measured):
                self.measured.append(found)
            elif isinstance(found, Panel):
                self.panels.append(found)
            else:
                self.medicines |= {name: found for name in (url, f"Medication/{origin.id}") if name}

    def _contained(self, contained: object, origin: Origin) -> None:
        """Medicines may be named inside the prescription itself."""
        if isinstance(contained, dict) and contained.get("resourceType") == "Medication":
            name = plain(contained.get("id"))
            inner = Origin("Medication", name, origin.path, "")
            self.medicines |= {f"{origin.key}#{name}": shapes.medicine({**contained, "id": name or "1"}, inner)}

    def _is_own(self, reference: str) -> bool:
        """An address on a server that ends in the patient's own kind and id."""
        plain_reference = reference.partition("/_history/")[0]
        return any(plain_reference.endswith(f"/{name}") for name in self.own if name.startswith("Patient/"))


def _content(raw: Raw) -> str:
    return digest({name: part for name, part in raw.items() if name not in BESIDE})
