"""What an instance, a plan, an event and its answer look like as JSON: JSON Schema 2020-12.

`manage.py plan --schema` prints those of instance and plan, `manage.py replan --schema` those of event and answer.

Days are written 2026-03-02 and clock times 08:30, both on the clinic's wall; 24:00 is the end of a day. Instants carry
their offset from UTC: 2026-03-02T09:00:00+00:00.
"""

from typing import Any

DAY = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"}
CLOCK = {"type": "string", "pattern": r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"}
INSTANT = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$",
    "description": "An instant with its offset from UTC.",
}
KEY = {"type": "string", "minLength": 1}
KEYS = {"type": "array", "items": KEY, "uniqueItems": True}
PAIR = {"type": "array", "items": KEY, "minItems": 2, "maxItems": 2, "uniqueItems": True}
HOURS = {"type": "array", "items": CLOCK, "minItems": 2, "maxItems": 2}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ROLES = ("therapist", "physician", "rater", "night attendant")
KINDS = ("visit", "group integration", "supervision", "outside")


def record(required: dict[str, Any], optional: dict[str, Any] | None = None, say: str = "") -> dict[str, Any]:
    """An object with these keys and no others."""
    found: dict[str, Any] = {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }
    return {**found, "description": say} if say else found


def whole(least: int = 0, say: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"type": "integer", "minimum": least}
    return {**found, "description": say} if say else found


def many(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


WEEK = record({}, dict.fromkeys(WEEKDAYS, many(HOURS)), "Stretches of a day by weekday; a missing day has none.")

VISIT_PLAN = record(
    {
        "code": KEY,
        "kind": {"enum": ["preparation", "dosing", "integration", "call", "rating", "follow-up"]},
        "minutes": whole(5, "How long it lasts."),
    },
    {
        "title": {"type": "string"},
        "dose_number": {"type": ["integer", "null"], "minimum": 1},
        "anchor": {"type": ["string", "null"], "description": "The visit its window counts from; the first has none."},
        "earliest": {"type": "integer", "description": "Days after the day of the anchor."},
        "target": {"type": "integer"},
        "latest": {"type": "integer"},
        "before": {"type": ["string", "null"], "description": "It must end before this visit begins."},
        "therapists": {"type": "integer", "minimum": 0, "maximum": 2},
        "room": {"enum": ["consulting", "dosing", None], "description": "Null: by telephone or video."},
        "also_present": {"type": "array", "items": {"enum": ["physician", "night attendant", "rater"]}},
        "after_washout": {"type": "boolean"},
        "deviation_earliest": {"type": "integer", "description": "The widest window that a signature may open."},
        "deviation_latest": {"type": "integer"},
        "may_be_alone": {
            "type": "boolean",
            "description": "A signature may leave one therapist where it asks for two.",
        },
    },
)

PERSON = record(
    {"key": KEY, "name": {"type": "string"}, "roles": {"type": "array", "items": {"enum": list(ROLES)}}, "hours": WEEK},
    {
        "may_lead": {"type": "boolean", "default": True, "description": "May be the lead of a pair."},
        "weekly_hours": {"type": "number", "minimum": 0, "description": "The most in one week, Monday to Sunday."},
        "leave": many(record({"first": DAY, "last": DAY}, {"reason": {"type": "string"}})),
        "credentials": many(
            record({"kind": KEY}, {"title": {"type": "string"}, "expires_on": {**DAY, "type": ["string", "null"]}})
        ),
        "traits": {**KEYS, "description": "What a patient may ask for."},
        "nights": {
            "type": "array",
            "items": {"enum": list(WEEKDAYS)},
            "description": "Days after which a night attendant may stay; left out: those with hours.",
        },
    },
)

ROOM = record(
    {"key": KEY, "kind": {"enum": ["consulting", "dosing"]}, "opens": CLOCK, "closes": CLOCK},
    {"name": {"type": "string"}, "turnover": whole(0, "Minutes after a visit in which nobody else may have the room.")},
)

BOOKING = record(
    {"kind": {"enum": list(KINDS)}, "start": INSTANT, "end": INSTANT},
    {"people": KEYS, "room": KEY, "patients": KEYS, "note": {"type": "string"}},
    "Something that is already in the calendar. All but `outside` counts as hours of the people in it; a room is kept "
    "for its turnover afterwards.",
)

VISIT = record(
    {"code": KEY, "start": INSTANT, "end": INSTANT},
    {
        "lead": KEY,
        "second": KEY,
        "rater": KEY,
        "room": KEY,
        "physician": {**KEY, "description": "Who covers it; one physician may cover several rooms."},
        "night": {**KEY, "description": "Who stays from the hour at which the clinic closes until it opens again."},
        "stand_in": {**KEY, "description": "Which of its therapists takes the place of one of the pair, this once."},
    },
)

DEVIATION = record(
    {"code": KEY},
    {"earliest": {"type": "integer"}, "latest": {"type": "integer"}, "alone": {"const": True}},
    "A signed departure from the protocol: another window, or one therapist alone.",
)

REQUEST = record(
    {"patient": KEY, "first_day": DAY, "last_start": DAY},
    {
        "pairs": {**many(PAIR), "description": "Admissible (lead, second), best liked first; left out: all."},
        "times": {"oneOf": [WEEK, {"type": "null"}], "description": "When the patient can come; null: at any time."},
        "not_before": INSTANT,
        "clear_from": {**DAY, "description": "The first day after all washouts."},
        "washout_unknown": {"type": "array", "items": KEY, "description": "Medicines nobody can date: refuses."},
        "priority": whole(1, "How many times a day of waiting counts."),
        "preferences": many(
            record(
                {"trait": KEY},
                {
                    "of": {"enum": ["one", "both", "lead", "neither", "not lead"], "default": "one"},
                    "must": {"type": "boolean"},
                },
                "Who of the pair has this trait, or is the person of this key. What must be, is a rule; the rest a wish.",
            )
        ),
        "held": {**many(VISIT), "description": "Visits that are history and stay exactly as they are."},
        "off": {**KEYS, "description": "Visits that are not to have a place: called off, or missed."},
        "stood": {
            "type": "object",
            "additionalProperties": INSTANT,
            "description": "When visits that are off were to begin, by code. What the protocol counts from such a visit "
            "stays counted from there; where it is left out, nothing that is counted from the visit may be planned.",
        },
        "wanted": {
            "type": "object",
            "additionalProperties": INSTANT,
            "description": "Visits that are to begin at this instant and no other, by code.",
        },
        "lasting": {
            "type": "object",
            "additionalProperties": whole(5),
            "description": "Minutes of visits that were given another length, by code.",
        },
        "deviations": many(DEVIATION),
    },
)

WEIGHTS = ("waiting", "dosing_gap", "gap", "off_hours_call", "preference", "moved")

INSTANCE: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A clinic and the courses to be planned in it",
    **record(
        {
            "protocol": {
                "oneOf": [
                    {"type": "string", "description": "The code of a protocol that is shipped, such as mapp3."},
                    record({"visits": many(VISIT_PLAN, 1)}, {"code": KEY, "title": {"type": "string"}}),
                ]
            },
            "clinic": record(
                {"zone": {"type": "string", "description": "An IANA zone."}, "opens": CLOCK, "closes": CLOCK},
                {"name": {"type": "string"}, "closures": many(record({"day": DAY}, {"name": {"type": "string"}}))},
            ),
            "people": many(PERSON),
            "rooms": many(ROOM),
            "requests": many(REQUEST),
        },
        {
            "bookings": many(BOOKING),
            "needs": record(
                {},
                dict.fromkeys(ROLES, KEYS),
                "The kinds of credential a role must hold. Left out: therapists licence and training, physicians licence.",
            ),
            "weights": record({}, {name: whole() for name in WEIGHTS}),
            "note": {"type": "string"},
        },
    ),
}

PLAN: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "The plan of an instance",
    "type": "object",
    "required": ["courses"],
    "properties": {
        "courses": many(
            record(
                {"patient": KEY, "pair": PAIR, "visits": many(VISIT, 1)},
                {"cost": whole()},
            )
        ),
        "refused": many(
            record(
                {
                    "patient": KEY,
                    "reasons": many(record({"code": KEY, "sentence": KEY}, {"decided_by": {"type": "string"}})),
                }
            )
        ),
    },
}

SHARED = {
    "now": {**INSTANT, "description": "What begins before is history and stays. Left out: before every visit."},
    "announced": {
        **many(record({"patient": KEY, "code": KEY})),
        "description": "Visits that the patient was told of: three times as dear to move.",
    },
    "stand_ins": {**KEYS, "description": "Therapists who may stand in for one of a pair; left out: nobody."},
}
OF_A_VISIT = {"patient": KEY, "code": KEY}
DAYS = {"first": DAY, "last": DAY}
AGAIN = {"again": {"type": "boolean", "default": True, "description": "It is to get another place."}}


def _event(kind: str, needs: dict[str, Any], may: dict[str, Any] | None = None) -> dict[str, Any]:
    return record({"kind": {"const": kind}, **needs}, {**(may or {}), **SHARED})


EVENT: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "What happened to a planned clinic",
    "oneOf": [
        _event("move", {**OF_A_VISIT, "start": INSTANT}),
        _event("cancel", OF_A_VISIT, AGAIN),
        _event("missed", OF_A_VISIT, AGAIN),
        _event("lengthen", {**OF_A_VISIT, "minutes": whole(5, "A multiple of five.")}),
        _event("person away", {"person": KEY, **DAYS}, {"reason": {"type": "string"}}),
        _event("room away", {"room": KEY, **DAYS}, {"reason": {"type": "string"}}),
        _event("clinic closed", DAYS, {"reason": {"type": "string"}}),
        _event("washout", {"patient": KEY, "clear_from": DAY}),
    ],
}
DIFFERENCE: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "What becomes of the plan",
    **record(
        {
            "changes": many(
                record(
                    {
                        "patient": KEY,
                        "code": KEY,
                        "before": {"oneOf": [VISIT, {"type": "null"}]},
                        "after": VISIT,
                        "reasons": {"type": "array", "items": KEY, "minItems": 1},
                    }
                )
            ),
            "given_way": many(record({"patient": KEY, "code": KEY, "sentence": KEY})),
            "unrepaired": many(
                record(
                    {
                        "patient": KEY,
                        "visits": KEYS,
                        "reasons": many(record({"code": KEY, "sentence": KEY}, {"decided_by": {"type": "string"}}), 1),
                    }
                )
            ),
            "plan": {**PLAN, "description": "Every course after the event; what is not repaired stands as it stood."},
            "seconds": {"type": "number"},
        }
    ),
}
PLAN_OR_ANSWER: dict[str, Any] = {"if": {"type": "object", "required": ["plan"]}, "then": DIFFERENCE, "else": PLAN}
