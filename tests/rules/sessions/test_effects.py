from sessions.rules.effects import NO_EFFECT, vocabulary


def test_the_protocols_terms_come_first_and_none_is_named_twice():
    terms = vocabulary(("Nausea", "euphoric or elated mood"))
    assert terms[:2] == ["Nausea", "euphoric or elated mood"]
    assert terms[-1] == NO_EFFECT
    assert len({term.casefold() for term in terms}) == len(terms)
