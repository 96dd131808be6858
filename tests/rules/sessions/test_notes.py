from dataclasses import replace

import pytest

from patients.rules.protocol import VisitKind
from sessions.rules.notes import NoteKind, SigningFacts, digest, is_complete, items_for, may_read, signing_refusals

WHOLE = SigningFacts(
    kind=NoteKind.RECORD,
    signer="ana",
    may_sign=frozenset({"ana", "ben"}),
    signed_by=frozenset(),
    password_right=True,
    is_empty=False,
    shown_version=3,
    version=3,
    unsaved=(),
    session_ended=True,
)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"signer": "dora"}, ["signer"]),
        ({"signed_by": frozenset({"ana"})}, ["signed"]),
        ({"signed_by": frozenset({"ben"})}, []),
        ({"password_right": False}, ["password"]),
        ({"is_empty": True}, ["empty"]),
        ({"shown_version": 2}, ["version"]),
        ({"unsaved": ("Ben at 14:03", "Ana at 14:05")}, ["unsaved", "unsaved"]),
        ({"session_ended": False}, ["open"]),
        ({"session_ended": False, "kind": NoteKind.PROCESS}, []),
        ({"signer": "dora", "kind": NoteKind.PROCESS}, ["signer"]),
    ],
)
def test_every_reason_against_signing_is_given(changes, found):
    assert [reason.code for reason in signing_refusals(replace(WHOLE, **changes))] == found


def test_a_record_is_complete_when_both_have_signed():
    pair = frozenset({"ana", "ben"})
    assert [is_complete(frozenset(who), pair) for who in ("", ["ana"], ["ana", "ben"])] == [False, False, True]
    assert not is_complete(frozenset(), frozenset())


def test_only_the_pair_reads_psychotherapy_notes():
    assert may_read("ana", frozenset({"ana", "ben"}))
    assert not may_read("cleo", frozenset({"ana", "ben"}))


def test_the_digest_ignores_order_and_nothing_else():
    content = {"text": "Größe", "version": 1, "items": ["a", "b"]}
    assert digest(content) == digest(dict(reversed(content.items())))
    for changed in ({"text": "Große"}, {"version": 2}, {"items": ["b", "a"]}):
        assert digest(content) != digest({**content, **changed})
    assert len(digest(content)) == 64
    with pytest.raises(ValueError, match="Out of range"):
        digest({"value": float("nan")})


@pytest.mark.parametrize("kind", VisitKind)
def test_every_kind_of_visit_has_a_list_without_doubles(kind):
    codes = [item.code for item in items_for(kind)]
    assert codes
    assert len(codes) == len(set(codes))
