"""What a patient asks of the two therapists: a trait ("woman", "speaks Welsh") or a person, wanted or not."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sessions.rules.planning import Person

Pair = tuple[str, str]


class Of(StrEnum):
    """Of whom it is asked."""

    ONE = "one"
    BOTH = "both"
    LEAD = "lead"
    NEITHER = "neither"
    NOT_LEAD = "not lead"


SAY = {
    Of.ONE: "one of the two",
    Of.BOTH: "both therapists",
    Of.LEAD: "the lead",
    Of.NEITHER: "neither of the two",
    Of.NOT_LEAD: "not the lead",
}


@dataclass(frozen=True, slots=True)
class Preference:
    """One thing asked for. `about` is a trait, or the key of a person; what must be is a rule, the rest is a wish."""

    about: str
    of: Of = Of.ONE
    must: bool = False
    words: str = ""  # what `about` is called, where it is a key

    @property
    def say(self) -> str:
        """As in "one of the two: woman"."""
        return f"{SAY[self.of]}: {self.words or self.about}"


def is_met(preference: Preference, pair: Pair, people: Mapping[str, Person]) -> bool:
    """Whether this pair (lead, second) is what was asked for."""
    lead, second = (preference.about in (key, *people[key].traits) for key in pair)
    match preference.of:
        case Of.ONE:
            return lead or second
        case Of.BOTH:
            return lead and second
        case Of.LEAD:
            return lead
        case Of.NEITHER:
            return not lead and not second
        case Of.NOT_LEAD:
            return not lead


def unmet(
    preferences: Iterable[Preference], pair: Pair, people: Mapping[str, Person], *, must: bool
) -> list[Preference]:
    """Which of the wishes, or of what must be, this pair does not meet."""
    return [one for one in preferences if one.must is must and not is_met(one, pair, people)]


def admissible(
    pairs: Iterable[Pair], preferences: Sequence[Preference], people: Mapping[str, Person]
) -> tuple[tuple[Pair, ...], dict[str, int]]:
    """The pairs that are all that must be, and for each thing that must be how many pairs it left out."""
    kept, left_out = [], Counter[str]()
    for pair in pairs:
        wanting = unmet(preferences, pair, people, must=True)
        left_out.update(one.say for one in wanting)
        if not wanting:
            kept.append(pair)
    return tuple(kept), dict(left_out)


def missed(
    pairs: Iterable[Pair], preferences: Sequence[Preference], people: Mapping[str, Person]
) -> dict[Pair, tuple[str, ...]]:
    """Which wishes each pair does not meet, in words; pairs that meet them all are left out."""
    wanting = {pair: unmet(preferences, pair, people, must=False) for pair in pairs}
    return {pair: tuple(wish.say for wish in wishes) for pair, wishes in wanting.items() if wishes}
