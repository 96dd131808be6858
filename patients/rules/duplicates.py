"""Whether two charts may be one person's: what they have in common, in words."""

import datetime as dt
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    given_name: str
    family_name: str
    date_of_birth: dt.date
    phone: str


def in_common(one: Identity, other: Identity) -> list[str]:
    """Each thing two people share: name (in either order, whatever the accents), date of birth, telephone."""
    shared: list[str] = []
    if set(_names(one)) == set(_names(other)):
        shared.append("the same name")
    if one.date_of_birth == other.date_of_birth:
        shared.append("the same date of birth")
    if digits(one.phone) and digits(one.phone) == digits(other.phone):
        shared.append("the same telephone number")
    return shared


def digits(phone: str) -> str:
    """The last nine digits: with or without a country's or trunk prefix, a number stays the same."""
    return "".join(character for character in phone if character.isdigit())[-9:]


def plain(name: str) -> str:
    """A name as it is compared: lower case, without accents, single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())


def _names(person: Identity) -> tuple[str, str]:
    return plain(person.given_name), plain(person.family_name)
