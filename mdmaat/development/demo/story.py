"""Tells the demonstration's stories with the same actions that people use, each at the time it would have happened."""

import datetime as dt
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.test.utils import override_settings
from django.utils import timezone

from accounts.models import User
from mdmaat.development.demo.calls import take_calls
from mdmaat.development.demo.cases import Case, cases
from mdmaat.development.demo.eligibility import screen
from mdmaat.development.demo.intake import at_nine, take_in_case
from mdmaat.development.demo.people import PASSWORD, House, open_house, open_second_clinic
from mdmaat.development.demo.records import bring_record
from mdmaat.development.demo.risk import high_risk, less_touch
from mdmaat.development.demo.sessions import hold_past
from mdmaat.development.demo.tapering import taper
from mdmaat.development.demo.visits import plan_and_book
from patients.actions.care import withdraw
from patients.actions.courses import move_course
from patients.actions.protocols import publish
from patients.models import Course, ProtocolVersion
from sessions.actions.events import cancel
from sessions.models import Visit

SCREENED_ONLY = {"intake", "washout", "long_qt", "no_ecg", "judgement", "eligible", "psychosis"}
# Hundreds of signatures are told in seconds; the real hash is put in place at the end.
QUICK = "django.contrib.auth.hashers.MD5PasswordHasher"
PROTOCOLS = Path(__file__).resolve().parents[3] / "patients" / "protocols"


def tell(*, count: int, today: dt.date | None = None) -> None:
    """Make both clinics, publish the protocols and lead `count` courses to where they are on this day."""
    today = today or timezone.localdate()
    for file in sorted(PROTOCOLS.glob("*.toml")):
        publish(text=file.read_text(encoding="utf-8"), name=file.name, by=None, at=timezone.now())
    with override_settings(PASSWORD_HASHERS=[QUICK]):
        house = open_house(today=today)
        open_second_clinic(today=today)
        for case in cases(count):
            _lead(house, case)
        take_calls(house)
    User.objects.update(password=make_password(PASSWORD))


def _lead(house: House, case: Case) -> None:
    protocol = ProtocolVersion.objects.filter(code=case.protocol).latest("version")
    course = take_in_case(house, case, protocol)
    screen(house, case, course)
    if case.stage == "washout":
        taper(house, case, course)
    if case.stage == "intake":
        bring_record(house, case, course)
    if case.stage in SCREENED_ONLY:
        return
    plan_and_book(house, case, course)
    now = timezone.now()
    if case.stage == "withdrawn":
        now = at_nine(house, house.today + dt.timedelta(days=case.begun + 50))
    hold_past(house, case, course, now)
    course.refresh_from_db()
    if case.stage == "withdrawn":
        withdraw(course, cause="moved", words="", by=house.staff["coordinator"], at=now)
        for visit in course.visits.filter(state=Visit.State.PLANNED):
            cancel(
                visit, reason="The course was withdrawn", version=visit.version, by=house.staff["coordinator"], at=now
            )
    if case.stage == "at_risk":
        high_risk(house, course, now)
    if case.stage == "less_touch":
        less_touch(course, now)
    if case.stage == "completed":
        move_course(course, to=Course.State.COMPLETED, by=house.staff["coordinator"], at=now)
