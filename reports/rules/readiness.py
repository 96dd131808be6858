"""What stands between a course and its next visit: every reason, in words, with the place where it can be put right.

The readiness list is empty only when nothing is in the way. It decides nothing itself: the screening, the team and the
approvals are judged by their own rooms, and this rule says which of their findings matter for the visit that comes next.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from accounts.rules.findings import Finding, Outcome
from patients.rules.protocol import EvidenceKind, VisitKind
from screening.rules.words import PIECES


class Remedy(StrEnum):
    """Where a blocker is put right."""

    SCREENING = "screening"
    CONSENT = "consent"
    DECISION = "decision"
    PLAN = "plan"
    TEAM = "team"
    APPROVALS = "approvals"
    PATIENT = "patient"
    VISIT = "visit"


@dataclass(frozen=True, slots=True)
class Blocker:
    finding: Finding
    remedy: Remedy
    visit: str = ""  # public id of the visit, for Remedy.VISIT


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A planned visit as the calendar holds it."""

    key: str
    code: str
    title: str
    kind: VisitKind
    day: dt.date
    needs_room: bool
    room: str
    needs_therapists: int
    therapists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one course on one day. Findings are those of the other rooms, met ones included."""

    state: str  # of the course
    next_visit: Upcoming | None
    passed: tuple[Upcoming, ...]  # planned visits whose day has passed with nothing recorded
    held: int  # visits done
    of_visits: int  # visits of the protocol
    screening: tuple[Finding, ...]  # on the day of the next visit, where `asks_screening`
    decided: bool  # a physician has signed that the patient may be treated
    team: tuple[Finding, ...]  # licences and training on the day of the next visit
    duties: frozenset[str]  # duties that somebody has today
    approvals: tuple[Finding, ...]  # on the day of the next visit
    contacts: frozenset[str]
    blocked_days: tuple[tuple[Upcoming, tuple[Finding, ...]], ...] = ()  # booked dosing days that are blocked, and why


ACTIVE = frozenset({"screening", "eligible", "in_treatment"})
DUTIES = {"lead": "lead therapist", "second": "second therapist", "physician": "physician"}


def blockers(facts: Facts) -> tuple[Blocker, ...]:
    """Every reason why the next visit cannot be held as things stand; empty when it can, or when the course has ended.

    A reason that holds for several requirements ("not recorded yet") is said once, and all evidence in one sentence.
    """
    if facts.state not in ACTIVE:
        return ()
    said: dict[str, Blocker] = {}
    for blocker in _all(facts):
        said.setdefault(blocker.finding.sentence, blocker)
    return tuple(_gathered(list(said.values())))


def asks_screening(state: str, next_visit: Upcoming | None) -> bool:
    """Whether the findings of the screening are read: else it is only booked dosing days further ahead that matter."""
    return state == "screening" or (next_visit is not None and next_visit.kind is VisitKind.DOSING)


def _gathered(found: list[Blocker]) -> list[Blocker]:
    """Several pieces of evidence that are missing or out of date become one reason, at the place of the first."""
    kinds = {f"evidence-{kind}": PIECES[kind] for kind in EvidenceKind}
    pieces = [blocker for blocker in found if blocker.finding.code in kinds]
    if len(pieces) < 2:
        return found
    sentence = "All evidence is missing or out of date."
    if len(pieces) < len(kinds):
        sentence = f"Evidence missing or out of date: {_listed([kinds[blocker.finding.code] for blocker in pieces])}."
    whole = Finding("evidence", Outcome.UNKNOWN, sentence, decided_by="physician")
    place = found.index(pieces[0])
    rest = [blocker for blocker in found if blocker not in pieces]
    return [*rest[:place], Blocker(whole, Remedy.SCREENING), *rest[place:]]


def _all(facts: Facts) -> list[Blocker]:
    found = [*_team(facts), *_passed(facts)]
    if facts.state == "screening":
        return [*found, *_screening(facts)]
    if facts.next_visit is None:
        found += _nothing_planned(facts)
    else:
        found += _arrangements(facts.next_visit)
        if asks_screening(facts.state, facts.next_visit):
            found = [*_screening(facts), *_approvals(facts), *found, *_contacts(facts)]
        else:
            found = [*_blocked_days(facts), *found]
    return found


def _screening(facts: Facts) -> list[Blocker]:
    found = [Blocker(finding, _where(finding)) for finding in facts.screening if finding.blocks]
    if not found and not facts.decided:
        sentence = "Everything asked for is there. A physician may now decide whether the patient may be treated."
        found.append(
            Blocker(Finding("no-decision", Outcome.WAITING, sentence, decided_by="physician"), Remedy.DECISION)
        )
    return found


def _blocked_days(facts: Facts) -> list[Blocker]:
    """Dosing days further ahead that may not be held as things stand: which, and every reason once."""
    if not facts.blocked_days:
        return []
    days = _listed([f"{visit.code} on {_day(visit.day)}" for visit, _ in facts.blocked_days])
    verb = "is" if len(facts.blocked_days) == 1 else "are"
    which = Finding("blocked", Outcome.NOT_MET, f"{days} {verb} blocked.", decided_by="physician")
    reasons = [finding for _, findings in facts.blocked_days for finding in findings]
    return [Blocker(which, Remedy.SCREENING), *(Blocker(finding, _where(finding)) for finding in reasons)]


def _where(finding: Finding) -> Remedy:
    if finding.code == "decision":
        return Remedy.DECISION
    return Remedy.CONSENT if finding.code.startswith("consent") else Remedy.SCREENING


def _team(facts: Facts) -> list[Blocker]:
    absent = [title for duty, title in DUTIES.items() if duty not in facts.duties]
    found = [Blocker(finding, Remedy.TEAM) for finding in facts.team if finding.blocks]
    if absent:
        who = "on the care team" if len(absent) == len(DUTIES) else f"the {_listed(absent)}"
        sentence = f"Nobody is {who} of this course. Assign the care team."
        found.insert(0, Blocker(Finding("team-incomplete", Outcome.NOT_MET, sentence), Remedy.TEAM))
    return found


def _approvals(facts: Facts) -> list[Blocker]:
    return [Blocker(finding, Remedy.APPROVALS) for finding in facts.approvals if finding.blocks]


def _passed(facts: Facts) -> list[Blocker]:
    return [
        Blocker(
            Finding(
                "passed",
                Outcome.UNKNOWN,
                f"{visit.code} was planned for {_day(visit.day)} and nothing is recorded. Say whether it was held or missed.",
            ),
            Remedy.VISIT,
            visit.key,
        )
        for visit in facts.passed
    ]


def _nothing_planned(facts: Facts) -> list[Blocker]:
    left = facts.of_visits - facts.held
    if left <= 0:
        return []
    if facts.held == 0:
        sentence = "No visit is planned. Plan the course."
    else:
        sentence = f"No further visit is planned; {left} of the protocol's {facts.of_visits} have not been held."
    return [Blocker(Finding("not-planned", Outcome.NOT_MET, sentence), Remedy.PLAN)]


def _arrangements(visit: Upcoming) -> list[Blocker]:
    found = []
    if visit.needs_room and not visit.room:
        found.append(("no-room", f"{visit.code} on {_day(visit.day)} has no room."))
    if len(visit.therapists) < visit.needs_therapists:
        there = f"only {visit.therapists[0]}" if visit.therapists else "nobody"
        needed = "two therapists" if visit.needs_therapists == 2 else f"{visit.needs_therapists} therapist"
        found.append(("no-therapist", f"{visit.code} on {_day(visit.day)} needs {needed}; {there} is booked."))
    return [
        Blocker(Finding(code, Outcome.NOT_MET, f"{words} Move it or cancel it."), Remedy.VISIT, visit.key)
        for code, words in found
    ]


def _contacts(facts: Facts) -> list[Blocker]:
    wanted = {"emergency": "emergency contact", "ride_home": "ride home"}
    absent = [title for kind, title in wanted.items() if kind not in facts.contacts]
    if not absent:
        return []
    sentence = f"No {_listed(absent, 'or')} is recorded. Ask the patient and add it before the dosing day."
    return [Blocker(Finding("no-contact", Outcome.UNKNOWN, sentence), Remedy.PATIENT)]


def _listed(words: list[str], joined_by: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joined_by} {words[-1]}"


def _day(day: dt.date) -> str:
    return f"{day:%a} {day.day} {day:%b}"
