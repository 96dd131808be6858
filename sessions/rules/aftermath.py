"""An instance as it is once an event is true: a second reading of the event, for the checker that is not the planner.

It works on the JSON of both and shares no code with the planner, so that what `replan` makes of an event is not taken on
trust: the event itself says what a repaired plan has to be, and the plan before it what is history.
"""

import copy
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Values = Mapping[str, Any]


def once_true(instance: Values, was: Values, event: Values) -> dict[str, Any]:
    """The instance after an event that befell the plan `was`. Raises KeyError for what neither of them knows.

    What had begun is history, every course keeps its pair, and nothing new may begin before the event was told.
    """
    found: dict[str, Any] = copy.deepcopy(dict(instance))
    requests = {row["patient"]: row for row in found["requests"]}
    for course in was["courses"]:
        _go_on(requests[course["patient"]], course, event)
    if "patient" in event:
        course = next((course for course in was["courses"] if course["patient"] == event["patient"]), None)
        if course is None:
            raise KeyError(event["patient"])
        _of_course(found, requests[event["patient"]], course, event)
    else:
        _of_clinic(found, event)
    return found


def _go_on(request: dict[str, Any], course: Values, event: Values) -> None:
    request["pairs"] = [course["pair"]]
    if "now" not in event:
        return
    now = _at(event["now"])
    known = {visit["code"] for visit in request.get("held", ())}
    begun = [visit for visit in course["visits"] if _at(visit["start"]) <= now and visit["code"] not in known]
    if event["kind"] in ("missed", "cancel") and event["patient"] == course["patient"]:
        begun = [visit for visit in begun if visit["code"] != event["code"]]
    request["held"] = [*request.get("held", ()), *begun]
    if "not_before" not in request or _at(request["not_before"]) < now:
        request["not_before"] = event["now"]


def _of_course(instance: dict[str, Any], request: dict[str, Any], course: Values, event: Values) -> None:
    if event["kind"] == "washout":
        request["clear_from"] = event["clear_from"]
        return
    code = event["code"]
    stood = {visit["code"]: visit for visit in course["visits"]}[code]
    match event["kind"]:
        case "move":
            request["wanted"] = {**request.get("wanted", {}), code: event["start"]}
        case "lengthen":
            request["lasting"] = {**request.get("lasting", {}), code: event["minutes"]}
        case "cancel" | "missed" if event.get("again", True):  # anywhere but there
            there = {"start": stood["start"], "end": stood["end"], "patients": [request["patient"]]}
            instance["bookings"] = [*instance.get("bookings", ()), {"kind": "outside", **there}]
        case "cancel" | "missed":
            request["off"] = [*request.get("off", ()), code]
            request["stood"] = {**request.get("stood", {}), code: stood["start"]}
        case kind:
            raise KeyError(kind)


def _of_clinic(instance: dict[str, Any], event: Values) -> None:
    match event["kind"]:
        case "person away":
            person = {row["key"]: row for row in instance["people"]}[event["person"]]
            person["leave"] = [*person.get("leave", ()), {"first": event["first"], "last": event["last"]}]
        case "room away":
            room = {row["key"]: row for row in instance["rooms"]}[event["room"]]
            zone = ZoneInfo(instance["clinic"]["zone"])
            days = date.fromisoformat(event["first"]), date.fromisoformat(event["last"]) + timedelta(days=1)
            start, end = (datetime.combine(day, time(0), zone).isoformat() for day in days)
            shut = {"kind": "outside", "start": start, "end": end, "room": room["key"]}
            instance["bookings"] = [*instance.get("bookings", ()), shut]
        case "clinic closed":
            first, last = (date.fromisoformat(event[name]) for name in ("first", "last"))
            days_closed = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
            closures = instance["clinic"].get("closures", ())
            instance["clinic"]["closures"] = [*closures, *({"day": day} for day in days_closed)]
        case kind:
            raise KeyError(kind)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
