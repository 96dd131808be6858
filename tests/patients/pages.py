"""Pages of patients: their addresses, their words, and the forms that are sent to them."""

import re

from django.urls import reverse

INTAKE = {
    "given_name": "Ada",
    "family_name": "Fictional",
    "date_of_birth": "1980-05-01",
    "sex": "female",
    "phone": "020 7946 0100",
    "email": "",
    "language": "English",
    "reminder_channel": "none",
    "discreet": "on",
    "quiet_from": "20:00",
    "quiet_until": "08:00",
    "emergency_name": "Robin Fictional",
    "emergency_relationship": "sister",
    "emergency_phone": "020 7946 0101",
    "same_ride": "on",
    "ride_name": "",
    "ride_phone": "",
}


def words(response):
    """The text of a page as a person reads it."""
    page = re.search(r"<main.*?</main>", response.content.decode(), re.DOTALL)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def url(name, row):
    return reverse(f"patients:{name}", args=[row.public_id])


def edited(patient, **changes):
    fields = {
        name: INTAKE[name]
        for name in ("date_of_birth", "sex", "language", "reminder_channel", "quiet_from", "quiet_until")
    }
    given = {"given_name": patient.given_name, "family_name": patient.family_name, "version": patient.version}
    return {**fields, **given, "discreet": "on", **changes}
