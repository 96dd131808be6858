"""How long the server takes for the pages that are opened most, and how many questions it asks the database."""

import statistics
import time

REPEATS = 7
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


def measure():
    from django.conf import settings

    from patients.models import Course

    settings.ALLOWED_HOSTS.append("testserver")
    active = Course.objects.active()
    figures = {"Clinic": {"courses": Course.objects.count(), "of them active": active.count()}}
    course = active.filter(visits__isnull=False).select_related("patient").order_by("pk").first()
    if course is None:
        raise SystemExit("No course of this clinic has begun; measure one of 30 courses or more.")
    for title, (username, name) in PAGES.items():
        figures[title] = _figures(username, *_address(name, course))
    return figures


def _address(name, course):
    from django.urls import reverse

    if name == "reports:course":
        return reverse(name, args=[course.public_id]), {}
    return reverse(name), {"q": course.patient.given_name} if name == "reports:search" else {}


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
