"""How long the pages that are opened most take, and how many questions they ask the database, in the demo clinic."""

import statistics
import time

REPEATS = 7
PAGES = {
    "Today, as a therapist": ("therapist", "reports:today"),
    "Today, as a coordinator": ("coordinator", "reports:today"),
    "Board of courses": ("coordinator", "reports:board"),
    "List of patients": ("coordinator", "patients:list"),
    "Calendar": ("coordinator", "sessions:calendar"),
    "Hours": ("admin", "sessions:hours"),
    "Reminder log": ("admin", "reminders:log"),
}


def measure():
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from accounts.models import User

    settings.ALLOWED_HOSTS.append("testserver")
    figures = {}
    for title, (username, name) in PAGES.items():
        client = Client()
        client.force_login(User.objects.get(username=username))
        seconds = []
        for _ in range(REPEATS):
            with CaptureQueriesContext(connection) as queries:
                begun = time.perf_counter()
                response = client.get(reverse(name))
                seconds.append(time.perf_counter() - begun)
        if response.status_code != 200:
            figures[title] = f"answered {response.status_code}"
            continue
        figures[title] = {"median ms": round(statistics.median(seconds) * 1000), "queries": len(queries)}
    return figures
