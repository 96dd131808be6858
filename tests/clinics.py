"""Clinics made up for measuring, as instances: the same seed makes the same clinic everywhere.

For N courses: 0.12 N therapists with 28 to 34 hours a week, half of them part-time (Monday or Friday off), three weeks of
leave a year each; 0.04 N dosing rooms, 0.06 N consulting rooms, physicians, raters and night attendants to match; a
public holiday every six weeks; supervision every week and a group every second week. Courses arrive as fast as `load` of
the therapists' hours can carry (84 hours a course), each with four admissible pairs, some with a washout still running,
some with times or a wish of their own, one in five urgent. They may begin within half a year.
"""

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

FIRST = date(2026, 3, 2)
ZONE = "Europe/London"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
FULL = [["08:00", "18:00"]]
GOOD = [{"kind": "licence"}, {"kind": "training"}]
COURSE_HOURS = 84


def made(courses: int, seed: int, load: float = 0.75, weeks: int = 26) -> dict[str, Any]:
    """An instance of so many courses, to be read by `instance_of`."""
    dice = random.Random(f"{courses}/{seed}/{load}")
    therapists = [therapist(dice, n) for n in range(max(4, round(courses * 0.12)))]
    hours = sum(person["weekly_hours"] for person in therapists) * 49 / 52
    arrivals = load * hours / COURSE_HOURS  # a week
    others = [
        *(staff(f"physician {n}", "physician", GOOD) for n in range(2 + courses // 200)),
        *(staff(f"rater {n}", "rater") for n in range(2 + courses // 60)),
        *(night(f"attendant {n}") for n in range(3 + courses // 30)),
    ]
    rooms = [room(f"dosing {n}", "dosing", 60) for n in range(max(2, round(courses * 0.04)))]
    rooms += [room(f"room {n}", "consulting", 15) for n in range(max(3, round(courses * 0.06)))]
    length = round(courses / arrivals) + 80
    return {
        "protocol": "mapp3",
        "clinic": {
            "zone": ZONE,
            "opens": "08:00",
            "closes": "18:00",
            "closures": [
                {"day": (FIRST + timedelta(weeks=w, days=dice.randrange(5))).isoformat(), "name": "holiday"}
                for w in range(3, length, 6)
            ],
        },
        "people": therapists + others,
        "rooms": rooms,
        "bookings": [*supervision(therapists, length), *groups(dice, therapists, rooms, length)],
        "requests": [request(dice, n, n * 7 / arrivals, therapists, weeks) for n in range(courses)],
    }


def therapist(dice: random.Random, number: int) -> dict[str, Any]:
    hours = dict.fromkeys(DAYS, FULL)
    if number % 2:
        del hours[dice.choice(("monday", "friday"))]
    away = [FIRST + timedelta(weeks=52 * year + dice.randrange(52)) for year in range(3) for _ in range(3)]
    return {
        "key": f"therapist {number}",
        "name": f"Therapist {number}",
        "roles": ["therapist"],
        "hours": hours,
        "weekly_hours": dice.randrange(28, 35),
        "may_lead": number % 4 != 3,
        "leave": [{"first": day.isoformat(), "last": (day + timedelta(days=6)).isoformat()} for day in away],
        "credentials": GOOD,
        "traits": ["woman" if dice.random() < 0.6 else "man"],
    }


def staff(key: str, role: str, credentials: list[dict[str, str]] | None = None) -> dict[str, Any]:
    hours = dict.fromkeys(DAYS, FULL)
    return {"key": key, "name": key.title(), "roles": [role], "hours": hours, "credentials": credentials or []}


def night(key: str) -> dict[str, Any]:
    return {"key": key, "name": key.title(), "roles": ["night attendant"], "hours": dict.fromkeys(DAYS, FULL)}


def room(key: str, kind: str, turnover: int) -> dict[str, Any]:
    return {"key": key, "kind": kind, "opens": "08:00", "closes": "19:00", "turnover": turnover}


def at(day: date, clock: time) -> str:
    return datetime.combine(day, clock, ZoneInfo(ZONE)).astimezone(UTC).isoformat()


def supervision(therapists: list[dict[str, Any]], weeks: int) -> list[dict[str, Any]]:
    """An hour on Wednesday at noon, four together."""
    found = []
    for week in range(weeks):
        day = FIRST + timedelta(weeks=week, days=2)
        for n in range(0, len(therapists), 4):
            keys = [person["key"] for person in therapists[n : n + 4]]
            found.append({"kind": "supervision", "start": at(day, time(12)), "end": at(day, time(13)), "people": keys})
    return found


def groups(
    dice: random.Random, therapists: list[dict[str, Any]], rooms: list[dict[str, Any]], weeks: int
) -> list[dict[str, Any]]:
    """A group of former patients every second Thursday afternoon, held by one therapist."""
    found = []
    for week in range(0, weeks, 2):
        day, who = FIRST + timedelta(weeks=week, days=3), dice.choice(therapists)["key"]
        booking = {"kind": "group integration", "start": at(day, time(16)), "end": at(day, time(17, 30))}
        found.append({**booking, "people": [who], "room": rooms[-1]["key"]})
    return found


def request(
    dice: random.Random, number: int, after: float, therapists: list[dict[str, Any]], weeks: int
) -> dict[str, Any]:
    first = FIRST + timedelta(days=int(after))
    found: dict[str, Any] = {
        "patient": f"patient {number}",
        "first_day": first.isoformat(),
        "last_start": (first + timedelta(weeks=weeks)).isoformat(),
        "pairs": pairs(dice, therapists),
        "priority": 2 if dice.random() < 0.2 else 1,
    }
    if dice.random() < 0.3:
        found["clear_from"] = (first + timedelta(days=dice.randrange(7, 60))).isoformat()
    if dice.random() < 0.25:
        off = dice.choice(DAYS)
        found["times"] = {day: FULL for day in DAYS if day != off}
    if dice.random() < 0.2:
        found["preferences"] = [{"trait": "woman"}]
    return found


def pairs(dice: random.Random, therapists: list[dict[str, Any]]) -> list[list[str]]:
    """Four pairs of people who share at least four working days."""
    found: list[list[str]] = []
    while len(found) < 4:
        lead, second = dice.sample(therapists, 2)
        shared = lead["hours"].keys() & second["hours"].keys()
        pair = [lead["key"], second["key"]]
        if lead["may_lead"] and len(shared) >= 4 and pair not in found:
            found.append(pair)
    return found


def booked(first: dict[str, Any], then: dict[str, Any], plan: dict[str, Any]) -> dict[str, Any]:
    """The first instance with its plan in the calendar, and the requests of the second (of other patients) in it."""
    closes, opens = first["clinic"]["closes"], first["clinic"]["opens"]
    bookings = list(first["bookings"])
    for course in plan["courses"]:
        for visit in course["visits"]:
            people = [visit[duty] for duty in ("lead", "second", "rater") if duty in visit]
            room_there = {"room": visit["room"]} if "room" in visit else {}
            when = {"start": visit["start"], "end": visit["end"]}
            bookings.append({"kind": "visit", **when, "people": people, **room_there})
            if "night" in visit:
                day = datetime.fromisoformat(visit["start"]).astimezone(ZoneInfo(ZONE)).date()
                until = at(day + timedelta(days=1), time.fromisoformat(opens))
                night_there = {"start": at(day, time.fromisoformat(closes)), "end": until}
                bookings.append({"kind": "visit", **night_there, "people": [visit["night"]]})
    requests = [{**row, "patient": f"later {row['patient']}"} for row in then["requests"]]
    return {**first, "bookings": bookings, "requests": requests}
