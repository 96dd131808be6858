from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.rules import documents
from reports.rules.documents import State, Step

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MAY = {
    "queued": {"begin": "drawing", "fail": "failed"},
    "drawing": {"finish": "ready", "fail": "failed", "put back": "queued"},
    "ready": {},
    "failed": {},
}


@pytest.mark.parametrize(("state", "step"), list(product(State, Step)))
def test_every_state_and_step_has_the_agreed_end(state: State, step: Step) -> None:
    expected = MAY[state].get(step)
    assert documents.after(state, step) == (State(expected) if expected else None)


def test_a_document_is_finished_only_while_it_is_drawn() -> None:
    assert documents.sources(Step.FINISH) == {State.DRAWING}


@given(st.binary(min_size=10, max_size=10))
def test_a_code_is_read_back_as_it_was_written(chance: bytes) -> None:
    code = documents.code_from(chance)
    assert len(code) == 19
    assert documents.code_as_typed(code) == code
    assert documents.code_as_typed(code.lower().replace("-", " ")) == code


def test_two_codes_differ_where_their_chance_differs() -> None:
    assert documents.code_from(bytes(10)) == "0000-0000-0000-0000"
    assert documents.code_from(b"\xff" * 10) == "ZZZZ-ZZZZ-ZZZZ-ZZZZ"
    assert documents.code_from(bytes(9) + b"\x01") == "0000-0000-0000-0001"


def test_letters_that_look_alike_are_forgiven() -> None:
    assert documents.code_as_typed("OIL0 0000 0000 000u") == "0110-0000-0000-000V"


@pytest.mark.parametrize("typed", ["", "abc", "0000-0000-0000-000", "0000-0000-0000-00000", "0000-0000-0000-000Ж"])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert documents.code_as_typed(typed) is None


def test_a_code_of_other_than_ten_bytes_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="ten bytes"):
        documents.code_from(b"short")


def test_the_file_name_tells_nothing() -> None:
    assert documents.file_name("7K3F-9QWE-TT12-MN4X") == "document-7k3f-mn4x.pdf"


@pytest.mark.parametrize(
    ("reads_clinical", "duties", "fullest"),
    [
        (False, set(), "office"),
        (False, {"lead"}, "office"),
        (True, set(), "clinical"),
        (True, {"physician"}, "clinical"),
        (True, {"rater"}, "clinical"),
        (True, {"lead"}, "with notes"),
        (True, {"second"}, "with notes"),
        (True, {"physician", "lead"}, "with notes"),
    ],
)
def test_only_the_pair_may_have_the_notes(reads_clinical: bool, duties: set[str], fullest: str) -> None:
    offered = documents.may_ask_for(reads_clinical=reads_clinical, duties=frozenset(duties))
    assert offered[-1] == fullest
    assert offered == tuple(documents.Contents)[: len(offered)]


def test_what_each_document_holds_is_said() -> None:
    assert set(documents.HOLDS) == set(documents.Contents)


def test_a_document_left_by_its_worker_is_stuck() -> None:
    late = NOW - timedelta(minutes=5)
    assert documents.is_stuck(State.DRAWING, begun_at=late, now=NOW)
    assert documents.is_stuck(State.DRAWING, begun_at=None, now=NOW)
    assert not documents.is_stuck(State.DRAWING, begun_at=NOW - timedelta(minutes=1), now=NOW)
    assert not documents.is_stuck(State.QUEUED, begun_at=late, now=NOW)


@pytest.mark.parametrize(
    ("state", "done", "waited", "said"),
    [
        (State.QUEUED, 0, 5, "The document is in the queue."),
        (State.DRAWING, 1, 5, "Draw the pictures (step 2 of 4)."),
        (State.DRAWING, 4, 5, "Seal and store (step 4 of 4)."),
        (State.READY, 4, 5, "The document is ready."),
        (State.FAILED, 2, 5, "The document was not made."),
    ],
)
def test_progress_is_said_as_it_is(state: State, done: int, waited: int, said: str) -> None:
    assert documents.progress_in_words(state, done_steps=done, waited=timedelta(seconds=waited)) == said


def test_a_document_nobody_takes_up_says_so() -> None:
    said = documents.progress_in_words(State.QUEUED, done_steps=0, waited=timedelta(minutes=2))
    assert "no worker has taken it up yet" in said
