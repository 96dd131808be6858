"""Measures: CAPS-5 by the independent rater, the others by the pair, with a fictional course of recovery."""

import datetime as dt

from accounts.models import User
from integration.actions.measures import keep_answers, sign_sheet
from integration.rules.instruments import INSTRUMENTS
from mdmaat.development.demo.cases import Case
from mdmaat.development.demo.people import House
from sessions.models import Visit

# Share of the baseline that is left at each visit, for who recovers, who gets better and who does not.
LEFT = {
    "recovers": {"R0": 1.0, "R1": 0.7, "R2": 0.45, "R3": 0.22, "F2": 0.2, "F3": 0.18},
    "better": {"R0": 1.0, "R1": 0.85, "R2": 0.7, "R3": 0.58, "F2": 0.6, "F3": 0.55},
    "little": {"R0": 1.0, "R1": 0.97, "R2": 0.92, "R3": 0.88, "F2": 0.9, "F3": 0.9},
}
SELF_RATED = {"P1": 1.0, "P3": 0.98, "I1.3": 0.75, "I2.3": 0.5, "I3.3": 0.33, "F1": 0.3, "F2": 0.28, "F3": 0.26}


def rate(house: House, case: Case, visit: Visit) -> None:
    """Enter and sign every measure that the protocol asks for at this visit."""
    kind = ("recovers", "recovers", "better", "recovers", "little")[case.number % 5]
    for measure in visit.course.plan.measures:
        if visit.code not in measure.visits:
            continue
        by = house.staff["rater"] if measure.by == "rater" else visit.course.pair(house.today)[0]
        if measure.code == "CAPS-5":
            target = round((38 + (case.number * 5) % 12) * LEFT[kind].get(visit.code, 0.3))
            answers = _caps5(target)
        elif measure.code == "PCL-5":
            share = SELF_RATED.get(visit.code, 0.4)
            share = share if kind == "recovers" else 0.5 + share / 2
            answers = _spread(round((50 + (case.number * 7) % 18) * share), [str(n) for n in range(1, 21)])
        else:
            answers = {item.code: 0 for item in INSTRUMENTS[measure.code].items}
        _sign(visit, measure.code, answers, by)


def _sign(visit: Visit, code: str, answers: dict[str, int], by: User) -> None:
    at = visit.ends_at + dt.timedelta(minutes=5)
    on = at.astimezone(visit.course.clinic.zone).date()
    sheet = keep_answers(visit, instrument=code, answers=answers, taken_on=on, by=by, at=at)
    sign_sheet(sheet, by=by, at=at, leave_out_missing=code == "C-SSRS")


def _caps5(target: int) -> dict[str, int]:
    """Twenty symptoms that sum to the target; the rest of the interview follows from how bad it is."""
    worse = 2 if target >= 23 else 1 if target >= 12 else 0
    return {"A": 1, "F": int(target >= 12), "23": worse, "24": worse, "25": max(0, worse - 1)} | _spread(
        target, [str(n) for n in range(1, 21)]
    )


def _spread(total: int, codes: list[str]) -> dict[str, int]:
    """`total` points over items of 0 to 4, as evenly as whole numbers allow."""
    each, rest = divmod(min(total, 4 * len(codes)), len(codes))
    return {code: each + (position * 7 % len(codes) < rest) for position, code in enumerate(codes)}
