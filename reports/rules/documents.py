"""A document's life, its neutral name, its verification code and who may hold what is in it."""

from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    SESSION = "session report"
    COURSE_SUMMARY = "course summary"
    LETTER = "letter"
    SAFETY_PLAN = "safety plan"


class Contents(StrEnum):
    """What a document holds, from least to most. Whoever opens it must be entitled to all of it."""

    OFFICE = "office"
    CLINICAL = "clinical"
    WITH_NOTES = "with notes"


HOLDS: dict[Contents, str] = {
    Contents.OFFICE: "Visits, team and hours",
    Contents.CLINICAL: "The clinical record, without session notes",
    Contents.WITH_NOTES: "The clinical record with the pair's session notes",
}


class State(StrEnum):
    QUEUED = "queued"
    DRAWING = "drawing"
    READY = "ready"
    FAILED = "failed"


class Step(StrEnum):
    BEGIN = "begin"
    FINISH = "finish"
    FAIL = "fail"
    PUT_BACK = "put back"


TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.QUEUED, Step.BEGIN): State.DRAWING,
    (State.QUEUED, Step.FAIL): State.FAILED,
    (State.DRAWING, Step.FINISH): State.READY,
    (State.DRAWING, Step.FAIL): State.FAILED,
    (State.DRAWING, Step.PUT_BACK): State.QUEUED,
}

# The progress shown is the number of these that are behind us, never an estimate.
STEPS: tuple[str, ...] = (
    "Gather the record",
    "Draw the pictures",
    "Set the pages",
    "Seal and store",
)

DRAWING_LASTS = timedelta(minutes=4)
WAKE_AFTER = timedelta(seconds=30)
ATTEMPTS = 3
PAIR = frozenset({"lead", "second"})

# Crockford's alphabet: no I, L, O or U, so that a code can be read out and typed again.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
CODE_LENGTH = 16


def after(state: State, step: Step) -> State | None:
    """The state that follows, or None when the step may not be taken from here."""
    return TRANSITIONS.get((state, step))


def sources(step: Step) -> frozenset[State]:
    """The states from which a step may be taken."""
    return frozenset(state for (state, taken) in TRANSITIONS if taken is step)


def code_from(chance: bytes) -> str:
    """A verification code out of ten random bytes (80 bits): four groups of four."""
    if len(chance) != 10:
        raise ValueError("A verification code is made of ten bytes.")
    number = int.from_bytes(chance, "big")
    letters = [ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(CODE_LENGTH))]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, CODE_LENGTH, 4))


def code_as_typed(text: str) -> str | None:
    """The code in a text that somebody typed, whatever its spaces, case and dashes; None when it cannot be one."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum()).translate(MISREAD)
    if len(letters) != CODE_LENGTH or any(letter not in ALPHABET for letter in letters):
        return None
    return "-".join(letters[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def file_name(code: str) -> str:
    """A name that tells nothing to who sees it in a folder of downloads."""
    return f"document-{code[:4].lower()}-{code[-4:].lower()}.pdf"


def may_ask_for(*, reads_clinical: bool, duties: frozenset[str]) -> tuple[Contents, ...]:
    """What somebody may have in a document, the fullest last; `duties` are theirs on this course's care team today.

    Session notes are the pair's alone: neither a role nor the whole clinic's reach opens them.
    """
    if not reads_clinical:
        return (Contents.OFFICE,)
    if not duties & PAIR:
        return (Contents.OFFICE, Contents.CLINICAL)
    return tuple(Contents)


def is_stuck(state: State, *, begun_at: datetime | None, now: datetime) -> bool:
    """Whether a document in the making has been left by its worker."""
    return state is State.DRAWING and (begun_at is None or now - begun_at > DRAWING_LASTS)


def progress_in_words(state: State, *, done_steps: int, waited: timedelta) -> str:
    """One sentence on where a document stands."""
    if state is State.READY:
        return "The document is ready."
    if state is State.FAILED:
        return "The document was not made."
    if state is State.DRAWING:
        return f"{STEPS[min(done_steps, len(STEPS) - 1)]} (step {min(done_steps + 1, len(STEPS))} of {len(STEPS)})."
    if waited > WAKE_AFTER:
        return (
            "The document is waiting: no worker has taken it up yet. It is safe in the queue and is made as soon as "
            "one does; you may leave this page and find it again under Reports."
        )
    return "The document is in the queue."
