"""The life of one reminder: what may follow what. The diagram and the tests are made from the table."""

from enum import StrEnum


class State(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    SUPERSEDED = "superseded"
    SUPPRESSED = "suppressed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Step(StrEnum):
    """What happens to a reminder. The last four are decided by a person, the others by the clock or the mail server."""

    CLAIM = "claim"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_REACHED = "not reached"
    WAIT = "wait"
    LOST = "lost"
    SUPPRESS = "suppress"
    SUPERSEDE = "supersede"
    IT_WAS_SENT = "it was sent"
    SEND_AGAIN = "send again"
    LET_GO = "let go"


TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.PENDING, Step.CLAIM): State.SENDING,
    (State.PENDING, Step.SUPPRESS): State.SUPPRESSED,
    (State.PENDING, Step.SUPERSEDE): State.SUPERSEDED,
    (State.SENDING, Step.ACCEPTED): State.SENT,
    (State.SENDING, Step.REFUSED): State.FAILED,
    (State.SENDING, Step.NOT_REACHED): State.PENDING,
    (State.SENDING, Step.WAIT): State.PENDING,
    # Whether the mail server took it before we died cannot be known from here, so nothing leaves this state by itself.
    (State.SENDING, Step.LOST): State.UNKNOWN,
    (State.SENDING, Step.SUPPRESS): State.SUPPRESSED,
    (State.SENDING, Step.SUPERSEDE): State.SUPERSEDED,
    (State.UNKNOWN, Step.IT_WAS_SENT): State.SENT,
    (State.UNKNOWN, Step.SEND_AGAIN): State.PENDING,
    (State.UNKNOWN, Step.LET_GO): State.SUPPRESSED,
    (State.FAILED, Step.SEND_AGAIN): State.PENDING,
    (State.FAILED, Step.LET_GO): State.SUPPRESSED,
    (State.FAILED, Step.SUPERSEDE): State.SUPERSEDED,
}

FINAL = frozenset({State.SENT, State.SUPERSEDED, State.SUPPRESSED})
NEEDS_A_PERSON = frozenset({State.UNKNOWN, State.FAILED})
BY_A_PERSON = frozenset({Step.IT_WAS_SENT, Step.SEND_AGAIN, Step.LET_GO})

SAID: dict[State, str] = {
    State.PENDING: "Waiting for its time",
    State.SENDING: "Being sent now",
    State.SENT: "Sent",
    State.SUPERSEDED: "Replaced, because the visit was moved or cancelled",
    State.SUPPRESSED: "Held back",
    State.FAILED: "Refused by the mail server",
    State.UNKNOWN: "Not known whether it went out",
}


def after(state: State, step: Step) -> State | None:
    """The state that follows, or None when the step may not be taken from here."""
    return TRANSITIONS.get((state, step))


def sources(step: Step) -> frozenset[State]:
    """The states from which a step may be taken; the condition of the update that takes it."""
    return frozenset(state for (state, taken) in TRANSITIONS if taken is step)


def choices(state: State) -> tuple[Step, ...]:
    """What a person may decide about a reminder in this state, in the order of the page."""
    return tuple(step for step in (Step.IT_WAS_SENT, Step.SEND_AGAIN, Step.LET_GO) if (state, step) in TRANSITIONS)
