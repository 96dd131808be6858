"""Consents: which still count, what is agreed now, and what a change may do.

A scope is the set of things that were agreed, in words. Less counts at once; more counts from the next session, and is
agreed only when sober (R22). What is agreed now is therefore never more than what was agreed before the day began.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from accounts.rules.findings import Finding, Mark, Outcome, Source, refusal
from screening.rules.candidate import ConsentKind
from screening.rules.words import said

ETHICS = Source("MAPS Code of Ethics 2021 and training manual", Mark.PUBLISHED)
SOBER = Source("Default after the altered-state caution of the literature, to be confirmed", Mark.NOT_VERIFIED)

Scope = frozenset[str]
NOTHING: Scope = frozenset()
TREATMENT: Scope = frozenset({"treatment"})
SAFETY_HOLD = "a hold to prevent a fall or self-harm"


class Recall(StrEnum):
    """Why a consent is asked for again."""

    INFORMATION = "new information"
    PROTOCOL = "change of the protocol"
    DOSE = "change of the dose"
    THERAPIST = "change of a therapist"
    BOUNDARY = "boundary event"
    OTHER = "another reason"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of an understanding check; `right` is the index of the right answer."""

    ask: str
    answers: tuple[str, ...]
    right: int


@dataclass(frozen=True, slots=True)
class Text:
    """A published version of a consent text. `asks_again`: whoever agreed to an earlier version is asked again."""

    kind: ConsentKind
    version: str
    valid_from: date
    valid_until: date | None
    holds_days: int | None  # how long a consent to it holds; None: for the course
    asks_again: bool = True

    def in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A consent as it was given. `recorded_on` is the clinic's day on which it was written down."""

    kind: ConsentKind
    scope: Scope
    given_on: date
    recorded_on: date
    understood: bool = True
    withdrawn: bool = False
    text: Text | None = None  # None: on paper, from before the texts were kept here

    @property
    def holds(self) -> Scope:
        return self.scope if self.understood and not self.withdrawn else NOTHING


@dataclass(frozen=True, slots=True)
class Agreed:
    """What is agreed today, and what from the next session on."""

    now: Scope
    next: Scope
    ever: bool  # whether anything was ever agreed or declined in words

    @property
    def later(self) -> Scope:
        """What has been agreed but does not count yet."""
        return self.next - self.now

    @property
    def now_words(self) -> str:
        return listed(self.now)

    @property
    def later_words(self) -> str:
        return listed(self.later)


def agreed(agreements: Sequence[Agreement], *, on: date) -> Agreed:
    """What counts on a day, from the agreements of one kind in the order in which they were recorded.

    What was agreed before the day began, narrowed by everything written down since. A date typed back changes nothing.
    """
    before = [agreement for agreement in agreements if agreement.recorded_on < on]
    since = [agreement for agreement in agreements if agreement.recorded_on >= on]
    now = before[-1].holds if before else NOTHING
    for agreement in since:
        now &= agreement.holds
    newest = agreements[-1].holds if agreements else NOTHING
    return Agreed(now, newest, ever=bool(before))


def widening(held: Scope, wanted: Scope) -> Scope:
    return wanted - held


def change_refusals(held: Scope, wanted: Scope, *, sober: bool) -> list[Finding]:
    """Why this change may not be agreed now. Narrowing may always; widening waits until the patient is sober."""
    if sober or not (more := widening(held, wanted)):
        return []
    sentence = (
        f"This is more than was agreed: {listed(more)}. A wish for more is not taken up on the day of a dose; "
        "it is kept and offered at the next session, when the patient is sober. Less may be agreed at any moment."
    )
    return [Finding("widening", Outcome.NOT_MET, sentence, source=SOBER)]


# What is agreed with the people who will be in the room.
WITH_THE_PAIR = (ConsentKind.TREATMENT, ConsentKind.TOUCH)


def doubt(
    agreement: Agreement,
    texts: Sequence[Text],
    *,
    recalls: Sequence[tuple[date, str]] = (),
    left: Sequence[tuple[date, str]] = (),
    as_of: date,
) -> str:
    """Why this consent no longer counts although it was given and understood; empty when it counts.

    `texts` are the clinic's of this kind, `recalls` the days on which consent was asked for again since, with the
    reason; `left` the last days of therapists who are not on the pair any more, with their names.
    """
    text = agreement.text
    if text is None:
        return "Which text was agreed to is not on file here. Go through the current one together."
    if text.holds_days is not None and (as_of - agreement.given_on).days > text.holds_days:
        return f"It holds for {text.holds_days} days and was given on {said(agreement.given_on)}. Give it again."
    newer = [each for each in texts if each.asks_again and text.valid_from < each.valid_from <= as_of]
    if newer:
        newest = max(newer, key=lambda each: each.valid_from)
        return f"Version {newest.version} took its place on {said(newest.valid_from)}. Go through it together."
    if text.valid_until and as_of > text.valid_until:
        return f"Version {text.version} expired on {said(text.valid_until)}. Go through the one in force."
    for day, reason in recalls:
        return f"It was asked for again on {said(day)}. {reason}"
    for day, name in left:
        if day >= agreement.given_on and agreement.kind in WITH_THE_PAIR:
            return f"{name} has left the pair since. Go through it again with those who are there now."
    return ""


def current(texts: Sequence[Text], kind: ConsentKind, *, on: date) -> Text | None:
    """The version of a kind that is agreed to on a day: the newest that is in force."""
    fitting = [text for text in texts if text.kind is kind and text.in_force(on)]
    return max(fitting, key=lambda text: text.valid_from, default=None)


def understood(questions: Sequence[Question], given: Sequence[int | None]) -> bool:
    """Whether every question was answered rightly. A text without questions is understood when somebody says so."""
    return list(given) == [question.right for question in questions]


def questions_from(written: str) -> tuple[Question, ...]:
    """The understanding check as a clinic writes it: a question, then its answers, the right one marked with `*`.

    Raises ValueError that names the line.
    """
    questions: list[Question] = []
    ask, answers, right = "", list[str](), list[int]()
    for number, line in enumerate(written.splitlines(), start=1):
        words = line.strip()
        if words.startswith(("*", "-")):
            if not ask:
                raise ValueError(f"Line {number}: an answer without a question before it.")
            if words.startswith("*"):
                right.append(len(answers))
            if len(right) > 1:
                raise ValueError(f"Line {number}: a second right answer to “{ask}”.")
            answers.append(words[1:].strip())
        elif words:
            if ask:
                questions.append(_question(ask, answers, right))
            ask, answers, right = words, [], []
    return (*questions, _question(ask, answers, right)) if ask else ()


def _question(ask: str, answers: Sequence[str], right: Sequence[int]) -> Question:
    if not right or len(answers) < 2:
        raise ValueError(f"“{ask}” needs at least two answers, the right one marked with *.")
    return Question(ask, tuple(answers), right[0])


def scope_of(kind: ConsentKind, terms: Mapping[str, object]) -> Scope:
    """What these terms agree to, one entry for each thing that could be agreed by itself."""
    if kind is ConsentKind.TREATMENT:
        return TREATMENT
    if kind is ConsentKind.RECORDING:
        return frozenset(_words(terms, "purposes"))
    if kind is ConsentKind.SHARING:
        return frozenset(_words(terms, "recipients"))
    if not (zones := _words(terms, "zones")) and not terms.get("safety"):
        return NOTHING
    by = [f"by {name}" for name in _words(terms, "therapists")]
    hold = [SAFETY_HOLD] if terms.get("safety") else []
    return frozenset([*zones, *(f"for {purpose}" for purpose in _words(terms, "purposes")), *by, *hold])


def term_refusals(kind: ConsentKind, terms: Mapping[str, object]) -> list[Finding]:
    """Every reason why these terms are not enough for a consent of this kind."""
    if kind is not ConsentKind.TOUCH:
        return []
    asked = [("sober", "Touch is agreed in a sober state only. If the patient is sober, say so.")]
    if _words(terms, "zones"):
        asked += [
            ("stop_word", "Agree on a word that stops every touch at once."),
            ("stop_sign", "Agree on a hand sign that stops every touch at once."),
            ("practised", "Practise asking, touching and stopping together before it counts."),
            ("therapists", "Name the therapists whom it holds for: it extends to nobody else."),
            ("witnesses", "Name who was present when it was agreed."),
        ]
    return [refusal(name, sentence) for name, sentence in asked if not terms.get(name)]


def outside(scope: Scope, *, zone: str | None, therapist: str) -> str:
    """Why a touch lies outside what is agreed; empty when it lies within. `zone` None is a hold for safety."""
    what = SAFETY_HOLD if zone is None else zone
    if what not in scope:
        agreed_zones = listed(each for each in scope if each in ZONES) or "no touch"
        return f"Touch outside the agreement: {what}. Agreed: {agreed_zones}."
    # Whoever is nearest prevents a fall.
    if zone is not None and f"by {therapist}" not in scope:
        return f"Touch outside the agreement: it does not name {therapist}."
    return ""


ZONES = ("hand", "shoulder", "arm")


def ordered(things: Iterable[str]) -> list[str]:
    """In the order in which they are spoken: where, what for, by whom, and the hold for safety at the end."""
    return sorted(
        things, key=lambda thing: (thing not in ZONES, not thing.startswith("for "), thing == SAFETY_HOLD, thing)
    )


def listed(things: Iterable[str]) -> str:
    return ", ".join(ordered(things))


def _words(terms: Mapping[str, object], name: str) -> list[str]:
    value = terms.get(name)
    return [str(word) for word in value] if isinstance(value, list | tuple) else []
