"""Clinics and protocols to plan with: a reference protocol of three dosing days, and people who work ordinary weeks."""

from dataclasses import replace
from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

from accounts.rules.findings import Mark, Source
from patients.rules.loading import load
from patients.rules.protocol import Figure, Protocol, RoomKind, VisitKind, VisitPlan
from sessions.rules.planning import Client, Credential, House, Person, Request, Space

SOURCE = Source("test", Mark.NOT_VERIFIED)
MONDAY = date(2026, 3, 2)
ZONE = ZoneInfo("Europe/London")
WEEK = {day: ((time(8, 0), time(18, 0)),) for day in range(5)}


def figure(value: float, unit: str = "d") -> Figure:
    return Figure(value, unit, SOURCE)


def visit(code, kind, minutes, anchor=None, window=(0, 0, 0), **more) -> VisitPlan:
    low, target, high = window
    room = more.pop("room", RoomKind.CONSULTING)
    return VisitPlan(
        code=code,
        kind=kind,
        title=more.pop("title", code),
        dose_number=more.pop("dose_number", None),
        minutes=figure(minutes, "min"),
        anchor=anchor,
        earliest=figure(low),
        target=figure(target),
        latest=figure(high),
        before=more.pop("before", None),
        therapists=more.pop("therapists", 2),
        room=room,
        also_present=more.pop("also_present", ()),
        after_washout=more.pop("after_washout", False),
    )


def reference_visits(doses: int = 3) -> tuple[VisitPlan, ...]:
    rating = {"therapists": 0, "room": None, "also_present": ("rater",)}
    visits = [
        visit("P1", VisitKind.PREPARATION, 90),
        visit("P2", VisitKind.PREPARATION, 90, "P1", (5, 7, 14)),
        visit("R0", VisitKind.RATING, 90, "P2", (1, 4, 14), before="P3", after_washout=True, **rating),
        visit("P3", VisitKind.PREPARATION, 90, "P2", (5, 7, 21), before="D1"),
    ]
    for n in range(1, doses + 1):
        anchor, window = ("P3", (5, 7, 14)) if n == 1 else (f"D{n - 1}", (21, 28, 35))
        following = f"D{n + 1}" if n < doses else None
        staff = {"also_present": ("physician", "night attendant"), "room": RoomKind.DOSING, "after_washout": True}
        visits.append(visit(f"D{n}", VisitKind.DOSING, 480, anchor, window, dose_number=n, **staff))
        visits.append(visit(f"I{n}.1", VisitKind.INTEGRATION, 90, f"D{n}", (1, 1, 1)))
        for call, day in enumerate((2, 4, 5, 7), start=1):
            window = (day, day, day + (day == 5))
            visits.append(visit(f"C{n}.{call}", VisitKind.CALL, 30, f"D{n}", window, therapists=1, room=None))
        visits.append(visit(f"I{n}.2", VisitKind.INTEGRATION, 90, f"D{n}", (5, 7, 10)))
        visits.append(visit(f"I{n}.3", VisitKind.INTEGRATION, 90, f"D{n}", (11, 14, 28), before=following))
        if following:
            visits.append(visit(f"R{n}", VisitKind.RATING, 90, f"D{n}", (15, 21, 28), before=following, **rating))
    visits.append(visit(f"R{doses}", VisitKind.RATING, 90, "R0", (112, 126, 140), **rating))
    visits.append(visit("F1", VisitKind.FOLLOW_UP, 60, f"D{doses}", (160, 180, 200), therapists=1, room=None))
    return tuple(visits)


FILE = Path(__file__).parents[3] / "patients" / "protocols" / "mapp3.toml"
MAPP3 = load(FILE.read_text(), FILE.name)


def protocol_of(visits: tuple[VisitPlan, ...]) -> Protocol:
    return replace(MAPP3, visits=visits)


REFERENCE = protocol_of(reference_visits())
GOOD = (
    Credential("licence", "Psychologist", None),
    Credential("training", "MDMA-AT training", date(2030, 1, 1)),
)


def therapist(key: str, **more) -> Person:
    name = more.pop("name", key.title())
    return Person(key, name, **{"hours": WEEK, "credentials": GOOD, "needs": ("licence", "training"), **more})


def staff(key: str, **more) -> Person:
    return Person(key, more.pop("name", key.title()), **{"hours": WEEK, **more})


def space(key: str, kind: RoomKind, turnover: int = 15, **more) -> Space:
    return Space(key, key.title(), kind, time(8, 0), time(20, 0), turnover, **more)


def request(**more) -> Request:
    people = [therapist("ada"), therapist("ben"), staff("doc"), staff("rae")]
    plain = Request(
        protocol=REFERENCE,
        house=House(ZONE, time(8, 0), time(18, 0)),
        client=Client("pat"),
        people={person.key: person for person in people},
        pairs=(("ada", "ben"),),
        physicians=("doc",),
        raters=("rae",),
        spaces=(space("quiet", RoomKind.CONSULTING), space("haven", RoomKind.DOSING, 60)),
        first_day=MONDAY,
        last_start=date(2026, 3, 27),
    )
    return replace(plain, **more)


def with_people(plain: Request, *people: Person) -> Request:
    return replace(plain, people={**plain.people, **{person.key: person for person in people}})
