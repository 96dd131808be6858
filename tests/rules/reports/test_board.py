"""What an address of the board asks for, and the address of what it shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.rules.board import ORDERS, QUERY_LENGTH, SHOWS, STATES, Look, look_in, look_of

KEY = "5d0a3f2e-7c41-4b1e-9a57-0c2f6d8e9b13"
LOOKS = st.builds(
    Look,
    st.frozensets(st.sampled_from(list(SHOWS))),
    st.sampled_from(["", *STATES]),
    st.sampled_from(["", KEY]),
    st.sampled_from(list(ORDERS)),
)


@given(LOOKS)
def test_what_is_written_is_read_again(look):
    assert look_in(look.query) == look
    assert len(look.query) <= QUERY_LENGTH


@given(LOOKS, st.sampled_from(list(SHOWS)))
def test_a_filter_is_put_on_and_taken_off(look, show):
    assert (show in look.toggled(show).show) is (show not in look.show)
    assert look.toggled(show).toggled(show) == look


@pytest.mark.parametrize(
    "query",
    [
        "",
        "show=",
        "show=everything&state=excluded",
        "with=1%20or%201",
        "order=cost",
        "with=" + KEY.upper(),
        "\x00=&&=;",
    ],
)
def test_what_nobody_offers_is_left_out(query):
    assert look_in(query) == Look()
    assert not Look().filters


def test_filters_stand_in_one_order_whatever_the_address_says():
    asked = {"show": ["blocked", "mine"], "state": ["screening"], "order": ["next"], "with": [KEY]}
    assert look_of(asked).query == f"show=mine&show=blocked&state=screening&with={KEY}&order=next"
    assert look_of(asked).filters
