"""How long the server takes for the pages that are opened most, and how many questions it asks the database.

The clinic of the demo is measured first, and then the calendar, the board and Today of a clinic beside it with 200 courses
and 3,600 visits in 18 weeks, which is written for the measurement and taken back. Nothing is recorded there of anybody's
screening, so that every dosing day is blocked for every reason: the most that a page can have to say.
"""

import datetime as dt
import statistics
import time

REPEATS = 7
LARGE = 200
PAGES = {
    "Today, as a therapist": ("therapist", "reports:today"),
    "Today, as a coordinator": ("coordinator", "reports:today"),
    "Board of courses": ("coordinator", "reports:board"),
    "Page of a course": ("coordinator", "reports:course"),
    "Page of a course, as a physician": ("physician", "reports:course"),
    "Calendar": ("coordinator", "sessions:calendar"),
    "List of patients": ("coordinator", "patients:list"),
    "Search for a patient": ("coordinator", "reports:search"),
    "Hours": ("admin", "sessions:hours"),
    "Reminder log": ("admin", "reminders:log"),
}
OF_MANY = {
    "calendar, week by person": ("coordinator", "sessions:calendar", {"view": "week"}),
    "calendar, week by room": ("coordinator", "sessions:calendar", {"view": "week", "by": "rooms"}),
    "calendar, week by pair": ("coordinator", "sessions:calendar", {"view": "week", "by": "pairs"}),
    "calendar, day by person": ("coordinator", "sessions:calendar", {"view": "day"}),
    "calendar, day by room": ("coordinator", "sessions:calendar", {"view": "day", "by": "rooms"}),
    "calendar, day by pair": ("coordinator", "sessions:calendar", {"view": "day", "by": "pairs"}),
    "free time": ("coordinator", "sessions:free_times", {}),
    "board": ("coordinator", "reports:board", {}),
    "board, the blocked ones": ("coordinator", "reports:board", {"show": "blocked"}),
    "Today, as a coordinator": ("coordinator", "reports:today", {}),
    "Today, as a physician": ("physician", "reports:today", {}),
}
DOSING_WEEK = 5  # weeks from now, in which dosing days are held against the screening


def measure():
    from django.conf import settings
    from django.urls import reverse

    from patients.models import Course

    settings.ALLOWED_HOSTS.append("testserver")
    active = Course.objects.active()
    figures = {"Clinic": {"courses": Course.objects.count(), "of them active": active.count()}}
    course = active.filter(visits__isnull=False).select_related("patient").order_by("pk").first()
    if course is None:
        raise SystemExit("No course of this clinic has begun; measure one of 30 courses or more.")
    for title, (username, name) in PAGES.items():
        figures[title] = _figures(username, *_address(name, course))
    figures |= _of_many(reverse)
    return figures


def _address(name, course):
    from django.urls import reverse

    if name == "reports:course":
        return reverse(name, args=[course.public_id]), {}
    return reverse(name), {"q": course.patient.given_name} if name == "reports:search" else {}


def _of_many(reverse):
    from django.db import transaction
    from django.utils import timezone

    from accounts.actions.audit import name_actor
    from tests.bulk import fill
    from tests.factories import ClinicFactory, MembershipFactory, UserFactory

    figures = {}
    with transaction.atomic():
        name_actor("process:benchmark")
        clinic = ClinicFactory(name="Large Fictional Clinic")
        for role in ("coordinator", "physician"):
            MembershipFactory(user=UserFactory(username=f"large-{role}"), clinic=clinic, roles=[role])
        visits = fill(clinic, LARGE)
        figures["Large clinic"] = {"courses": LARGE, "visits": len(visits)}
        day = (timezone.localdate() + dt.timedelta(weeks=DOSING_WEEK)).isoformat()
        for title, (role, name, asked) in OF_MANY.items():
            query = asked | ({"day": day} if "view" in asked else {})
            figures[f"{LARGE} courses: {title}"] = _figures(f"large-{role}", reverse(name), query)
        transaction.set_rollback(True)
    return figures


def _figures(username, path, query):
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User

    client = Client()
    client.force_login(User.objects.get(username=username))
    client.get(path, query)  # what is loaded once is not counted
    seconds, computed = [], []
    for _ in range(REPEATS):
        with CaptureQueriesContext(connection) as queries:
            begun, busy = time.perf_counter(), time.process_time()
            response = client.get(path, query)
            seconds.append(time.perf_counter() - begun)
            computed.append(time.process_time() - busy)
    if response.status_code != 200:
        return f"answered {response.status_code}"
    return {
        "median ms": round(statistics.median(seconds) * 1000),
        "of it in Python ms": round(statistics.median(computed) * 1000),  # the same on a busy machine
        "slowest ms": round(max(seconds) * 1000),
        "queries": len(queries),
    }
