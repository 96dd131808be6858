"""Where each visit of a protocol lies on a line of weeks, if every visit falls on its target day."""

from dataclasses import dataclass

from patients.rules.protocol import Protocol, VisitKind, VisitPlan


@dataclass(frozen=True, slots=True)
class Place:
    """A visit on the line: days after the first visit, and the stretch in which it may lie if its anchor is on target."""

    visit: VisitPlan
    day: int
    earliest: int
    latest: int


def places(protocol: Protocol) -> list[Place]:
    """Every visit with its day, in the order of the protocol."""
    days: dict[str, int] = {}
    line: list[Place] = []
    for visit in protocol.visits:
        start = days[visit.anchor] if visit.anchor else 0
        days[visit.code] = start + visit.target.whole
        line.append(Place(visit, days[visit.code], start + visit.earliest.whole, start + visit.latest.whole))
    return line


def weeks(protocol: Protocol) -> int:
    """Whole weeks from the first visit to the last one before the follow-ups."""
    return max(place.day for place in places(protocol) if place.visit.kind is not VisitKind.FOLLOW_UP) // 7 + 1


def therapy_minutes(protocol: Protocol) -> dict[VisitKind, tuple[float, float]]:
    """For preparation, dosing and integration: minutes with the patient, and minutes of therapists."""
    totals: dict[VisitKind, tuple[float, float]] = {}
    for kind in (VisitKind.PREPARATION, VisitKind.DOSING, VisitKind.INTEGRATION):
        visits = [visit for visit in protocol.visits if visit.kind is kind]
        totals[kind] = (
            sum(visit.minutes.value for visit in visits),
            sum(visit.minutes.value * visit.therapists for visit in visits),
        )
    return totals
