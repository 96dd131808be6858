"""Tells the demonstration's stories with the same actions that people use, each at the time it would have happened."""

import datetime as dt
from pathlib import Path

from django.utils import timezone

from mdmaat.development.demo.cases import Case, cases
from mdmaat.development.demo.intake import take_in_case
from mdmaat.development.demo.people import House, open_house, open_second_clinic
from patients.actions.protocols import publish
from patients.models import Course, ProtocolVersion

PROTOCOLS = Path(__file__).resolve().parents[3] / "patients" / "protocols"


def tell(*, count: int, today: dt.date | None = None) -> None:
    """Make both clinics, publish the protocols and lead `count` courses to where they are on this day."""
    today = today or timezone.localdate()
    for file in sorted(PROTOCOLS.glob("*.toml")):
        publish(text=file.read_text(encoding="utf-8"), name=file.name, by=None, at=timezone.now())
    house = open_house(today=today)
    open_second_clinic(today=today)
    for case in cases(count):
        _lead(house, case)


def _lead(house: House, case: Case) -> Course:
    protocol = ProtocolVersion.objects.filter(code=case.protocol).latest("version")
    return take_in_case(house, case, protocol)
