"""The life of a planning run: who may take which step from where, when a worker is lost, and where it stands in words."""

from datetime import timedelta
from enum import StrEnum


class State(StrEnum):
    ASKED = "asked"
    PLANNING = "planning"
    READY = "ready"
    BOOKED = "booked"
    DISCARDED = "discarded"
    FAILED = "failed"


class Step(StrEnum):
    BEGIN = "begin"
    FINISH = "finish"
    BOOK = "book"
    DISCARD = "discard"
    FAIL = "fail"


TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.ASKED, Step.BEGIN): State.PLANNING,
    (State.ASKED, Step.DISCARD): State.DISCARDED,
    (State.ASKED, Step.FAIL): State.FAILED,
    (State.PLANNING, Step.FINISH): State.READY,
    (State.PLANNING, Step.DISCARD): State.DISCARDED,
    (State.PLANNING, Step.FAIL): State.FAILED,
    (State.READY, Step.BOOK): State.BOOKED,
    (State.READY, Step.DISCARD): State.DISCARDED,
}

# A worker says every half second that it is there. Gathering and the first plan of many courses take their time.
SILENT_FOR = timedelta(seconds=60)
NO_BROKER = (
    "No worker could be told, because the message broker does not answer. Nothing was planned and nothing was changed; "
    "try again, and tell the clinic admin if it stays so."
)
LOST = "The worker that planned stopped before it was done. Nothing was booked and nothing was changed; plan again."
BROKEN = "The planner came upon a fault of its own. Nothing was booked and nothing was changed; tell the clinic admin."


def sources(step: Step) -> frozenset[State]:
    """The states from which a step may be taken."""
    return frozenset(state for (state, taken) in TRANSITIONS if taken is step)


def leads_to(step: Step) -> State:
    """The state in which a run is after a step, wherever it was before."""
    (state,) = {state for (_, taken), state in TRANSITIONS.items() if taken is step}
    return state


def is_lost(state: State, silent: timedelta) -> bool:
    """Whether the worker of a run has been silent for so long that nobody waits for it any more."""
    return state is State.PLANNING and silent > SILENT_FOR


def standing(state: State, *, silent: timedelta, stop_asked: bool) -> str:
    """Where a run stands, in a sentence; `silent` is how long nothing has been heard of it."""
    match state:
        case State.ASKED if silent > SILENT_FOR:
            return "No worker has taken it up yet. It waits; you may also throw it away and plan again later."
        case State.ASKED:
            return "Waiting for a worker."
        case State.PLANNING if is_lost(state, silent):
            return LOST
        case State.PLANNING if stop_asked:
            return "Stopping, with the best plan so far."
        case State.PLANNING:
            return "Planning."
        case State.READY:
            return "Planned, not booked yet."
        case State.BOOKED:
            return "Booked."
        case State.DISCARDED:
            return "Thrown away. Nothing was booked."
        case State.FAILED:
            return "It failed. Nothing was booked."
