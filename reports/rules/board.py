"""What somebody wants to see of the board: read from an address, and written back into one that always reads the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode
from uuid import UUID

MINE, WEEK, BLOCKED = "mine", "week", "blocked"
SHOWS = {MINE: "Mine", WEEK: "This week", BLOCKED: "Blocked"}
STATES = {"screening": "In screening", "eligible": "Eligible", "in_treatment": "In treatment"}
PATIENT, NEXT = "patient", "next"
ORDERS = {PATIENT: "By patient", NEXT: "By next visit"}
NAME_LENGTH, QUERY_LENGTH = 40, 200
MOST_VIEWS = 12


@dataclass(frozen=True, slots=True)
class Look:
    """Filters that all have to hold, and the order of the rows."""

    show: frozenset[str] = frozenset()
    state: str = ""
    therapist: str = ""  # public id
    order: str = PATIENT

    @property
    def query(self) -> str:
        """The query of its address; of two that show the same it is the same. Empty: every course, by patient."""
        pairs = [("show", show) for show in self.shown]
        pairs += [("state", self.state)] if self.state else []
        pairs += [("with", self.therapist)] if self.therapist else []
        pairs += [("order", self.order)] if self.order != PATIENT else []
        return urlencode(pairs)

    @property
    def shown(self) -> list[str]:
        """The filters that are put on, in their order."""
        return [show for show in SHOWS if show in self.show]

    @property
    def filters(self) -> bool:
        return bool(self.show or self.state or self.therapist)

    def toggled(self, show: str) -> "Look":
        """The same with one filter put on, or taken off."""
        return replace(self, show=self.show ^ {show})


def look_of(asked: Mapping[str, Sequence[str]]) -> Look:
    """What an address asks for; what it asks for and nobody offers is left out."""
    (state, therapist, order) = ((asked.get(name) or [""])[0] for name in ("state", "with", "order"))
    return Look(
        frozenset(asked.get("show", ())) & frozenset(SHOWS),
        state if state in STATES else "",
        therapist if _is_key(therapist) else "",
        order if order in ORDERS else PATIENT,
    )


def look_in(query: str) -> Look:
    """What a saved query asks for."""
    return look_of(parse_qs(query))


def _is_key(typed: str) -> bool:
    try:
        return str(UUID(typed)) == typed
    except ValueError:
        return False
