"""The two numbers of a clinic's six-monthly report, counted from the doses that were given."""

from collections import defaultdict

from accounts.models import Clinic
from patients.models import Course
from reports.rules.half_year import HalfYear, counted
from sessions.models import Dose


def numbers_of(clinic: Clinic, half: HalfYear) -> tuple[int, int]:
    """(new patients, all patients treated) under an authorised prescriber. The half-year is of the clinic's own days."""
    days = defaultdict(set)
    given = Dose.objects.filter(
        session__visit__course__clinic=clinic,
        session__visit__course__access_route=Course.Route.AUTHORISED_PRESCRIBER,
    )
    for patient, at in given.values_list("session__visit__course__patient", "given_at"):
        days[patient].add(at.astimezone(clinic.zone).date())
    return counted(half, days.values())
