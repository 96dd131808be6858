from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.rules import wording
from reminders.rules.schedule import RHYTHMS, Kind, Reader
from reminders.rules.wording import Letter, Message

HOSTILE = (
    "MDMA Centre",
    "M.D.M.A. House",
    "m d m a",
    "\u041cDMA",  # a Cyrillic capital that looks like M
    "MD\u200bMA",  # a space of no width
    "\u202eAMDM",  # turned around when shown
    "Psychedelic Health",
    "PSYCHÉDELIC",
    "The Trauma Recovery Place",
    "Northside Therapy",
    "Dose & Co",
    "PTSD-Zentrum",
    "Drug Study Unit",
    "ＭＤＭＡ",  # full-width letters
    "Harbour\r\nBcc: everybody@example.org",
    "<b>Harbour</b>",
    "{when.__class__}",
    "=HYPERLINK(1)",
    "",
    "   ",
    "x" * 500,
)
WHEN = datetime(2026, 3, 10, 10, 0)


def letter(kind: Kind, **changes: object) -> Letter:
    facts: dict[str, object] = {
        "kind": kind,
        "when": WHEN,
        "discreet": True,
        "name": "Harbour House",
        "phone": "+351 210 000 000",
        "revealing": ("Harbour MDMA Clinic",),
    }
    return Letter(**{**facts, **changes})  # type: ignore[arg-type]


def whole(message: Message) -> str:
    return "\n".join((message.sender, message.subject, message.body))


def test_the_discreet_form_says_only_the_day_and_the_hour() -> None:
    assert wording.message(letter(Kind.TWO_DAYS_BEFORE)) == Message(
        "Appointments",
        "Your appointment",
        "You have an appointment on Tue 10 Mar, 10:00. If you cannot come, please call the number we gave you.\n",
    )


def test_the_open_form_adds_the_neutral_name_and_the_number() -> None:
    assert wording.message(letter(Kind.DAY_BEFORE, discreet=False)).body == (
        "You have an appointment on Tue 10 Mar, 10:00. Please look again at the notes we gave you for it. "
        "If you cannot come, please call +351 210 000 000.\n\nHarbour House\n"
    )


def test_a_letter_to_the_team_names_no_patient_and_no_clinic() -> None:
    assert wording.message(letter(Kind.WASHOUT_CHECK, discreet=False)) == Message(
        "Appointments",
        "A note from your calendar",
        "A check is due for the visit on Tue 10 Mar, 10:00. Please sign in to see it.\n",
    )


@pytest.mark.parametrize(("kind", "name", "discreet"), list(product(Kind, HOSTILE, (True, False))))
def test_no_reminder_tells_what_it_is_whatever_the_clinic_is_called(kind: Kind, name: str, discreet: bool) -> None:
    said = whole(wording.message(letter(kind, name=name, discreet=discreet, revealing=(name,))))
    assert wording.revealing_words(said) == []
    if len(name.strip()) > 2:
        assert name.strip() not in said
    assert "\r" not in said and "{" not in said and "<" not in said


def test_without_the_check_a_revealing_name_would_have_been_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "name_that_may_be_shown", lambda name, *, revealing: name)
    said = whole(wording.message(letter(Kind.DAY_BEFORE, name="Psychedelic Health", discreet=False)))
    assert wording.revealing_words(said) == ["psychedel", "psych"]


@given(
    kind=st.sampled_from(Kind),
    when=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2036, 1, 1)),
    name=st.text(max_size=80),
    phone=st.text(max_size=30),
    discreet=st.booleans(),
)
def test_no_date_name_or_number_makes_a_reminder_reveal(
    kind: Kind, when: datetime, name: str, phone: str, discreet: bool
) -> None:
    said = wording.message(letter(kind, when=when, name=name, phone=phone, discreet=discreet))
    assert wording.revealing_words(whole(said)) == []
    assert "\n" not in said.subject and "\n" not in said.sender


@pytest.mark.parametrize("month", range(12))
def test_every_day_of_a_year_is_written_without_a_banned_word(month: int) -> None:
    for kind, day in product(Kind, range(31)):
        when = datetime(2026, 1, 1, 9, 5) + timedelta(days=31 * month + day)
        assert wording.revealing_words(whole(wording.message(letter(kind, when=when)))) == []


@pytest.mark.parametrize("name", ["Harbour House", "St Brendan's Rooms", "Casa Açucena", "Unit 4, North Wing"])
def test_a_neutral_name_may_be_shown(name: str) -> None:
    assert wording.name_that_may_be_shown(f" {name} ", revealing=("Harbour MDMA Clinic",)) == name


def test_a_name_that_holds_the_clinics_own_name_may_not() -> None:
    assert wording.name_that_may_be_shown("Lotus Rooms Lisbon", revealing=("lotus rooms",)) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Your M-D-M-A visit", ["mdma"]),
        ("THÉRAPY", ["therap"]),
        ("ｐｓｙｃｈｅｄｅｌｉｃ", ["psychedel", "psych"]),
        ("You have an appointment", []),
    ],
)
def test_a_banned_word_is_found_however_it_is_written(text: str, words: list[str]) -> None:
    assert wording.revealing_words(text) == words


def test_a_number_that_is_not_one_is_not_printed() -> None:
    assert "number we gave you" in wording.message(letter(Kind.DAY_BEFORE, discreet=False, phone="call PTSD")).body


def test_every_kind_has_words() -> None:
    assert set(wording.SENTENCES) == set(Kind)
    assert {RHYTHMS[kind].reader for kind in Kind} == set(wording.SUBJECT) == set(Reader)
