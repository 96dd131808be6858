import datetime as dt

import pytest

from accounts.rules.findings import Outcome
from patients.rules.approvals import NEEDED, Approval, findings

TODAY = dt.date(2026, 4, 14)


def approval(kind: str, begins: int = -100, ends: int = 200) -> Approval:
    return Approval(kind, "HREC 12", TODAY + dt.timedelta(days=begins), TODAY + dt.timedelta(days=ends))


@pytest.mark.parametrize("route", NEEDED)
def test_without_any_approval_every_route_names_each_one_that_is_missing(route: str):
    found = findings(route, [], TODAY)
    assert [finding.outcome for finding in found] == [Outcome.NOT_MET] * len(NEEDED[route][0])
    assert all("is missing" in finding.sentence for finding in found)


@pytest.mark.parametrize("route", NEEDED)
def test_with_its_approvals_in_force_a_route_is_met(route: str):
    held = [approval(kind) for kind in NEEDED[route][0]]
    assert not any(finding.blocks for finding in findings(route, held, TODAY))


def test_an_approval_that_ended_yesterday_blocks_and_says_when():
    ethics, _ = findings("trial", [approval("ethics", ends=-1)], TODAY)
    assert (ethics.blocks, ethics.sentence) == (
        True,
        "The ethics committee's approval expired on 13 April 2026. Record the renewed one.",
    )


def test_an_approval_counts_on_its_first_and_on_its_last_day():
    assert not findings("special_access", [approval("regulator", begins=0, ends=0)], TODAY)[0].blocks


def test_an_approval_that_has_not_begun_blocks():
    (finding,) = findings("special_access", [approval("regulator", begins=3)], TODAY)
    assert (finding.blocks, finding.sentence) == (True, "The regulator's approval begins only on 17 April 2026.")


def test_an_approval_that_ends_soon_is_met_and_asks_for_its_renewal():
    (finding,) = findings("special_access", [approval("regulator", ends=30)], TODAY)
    assert finding.outcome is Outcome.MET
    assert finding.sentence == (
        "The regulator's approval is in force until 14 May 2026. It expires in 30 days: ask for its renewal now."
    )


def test_a_lapsed_approval_beside_a_valid_one_does_not_matter():
    held = [approval("regulator", ends=-1), approval("regulator")]
    assert not findings("special_access", held, TODAY)[0].blocks
