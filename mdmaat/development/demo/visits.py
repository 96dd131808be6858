"""Booking: the planner places the whole course as it would have on the day it was asked."""

import datetime as dt

from mdmaat.development.demo.cases import Case
from mdmaat.development.demo.intake import at_nine
from mdmaat.development.demo.people import House
from patients.models import Course
from sessions.actions.booking import book
from sessions.actions.planning import propose
from sessions.models import Visit
from sessions.rules.planning import Plan, Wish

FIRST_DOSE = "D1"


def plan_and_book(house: House, case: Case, course: Course) -> list[Visit]:
    """Book the course from the day its story begins; nothing where the planner finds no place."""
    if case.stage == "dosing_today":
        plan, wish, asked = _with_first_dose_today(house, course)
    else:
        first = house.today + dt.timedelta(days=case.begun)
        asked = at_nine(house, min(first, house.today) - dt.timedelta(days=1))
        wish = Wish(first, first + dt.timedelta(days=14), _pair(house, course))
        plan = propose(course, wish=wish, as_of=asked).plan
    if plan is None:
        return []
    return book(course, plan=plan, wish=wish, by=house.staff["coordinator"], at=asked)


def _with_first_dose_today(house: House, course: Course) -> tuple[Plan | None, Wish, dt.datetime]:
    """The first week for which the planner puts the first dosing day on today."""
    for ahead in range(42, 7, -1):
        first = house.today - dt.timedelta(days=ahead)
        asked = at_nine(house, first - dt.timedelta(days=1))
        wish = Wish(first, first, _pair(house, course))
        plan = propose(course, wish=wish, as_of=asked).plan
        if plan and plan.appointment(FIRST_DOSE).start.astimezone(house.clinic.zone).date() == house.today:
            return plan, wish, asked
    raise RuntimeError("the demonstration found no course whose first dosing day is today")


def _pair(house: House, course: Course) -> tuple[str, str]:
    lead, second = course.pair(house.today)
    return str(lead.pk), str(second.pk)
