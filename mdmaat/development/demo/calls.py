"""Telephone calls before there is a patient: one to call back, one that goes on to intake, two that were not suitable."""

import datetime as dt

from mdmaat.development.demo.intake import at_nine
from mdmaat.development.demo.people import House
from patients.models import ProtocolVersion
from screening.actions.prescreens import keep_call
from screening.rules.prescreen import Call, CallOutcome, asked

# (days ago, name, referred by, stops answered yes, outcome, reason)
CALLS = (
    (41, "Larch", "", ("M7",), CallOutcome.NOT_SUITABLE, ""),
    (12, "Mr Fictional Pine", "Dr Elm", ("P3",), CallOutcome.NOT_SUITABLE, "Told openly; thanked for asking first."),
    (3, "Cedar", "Dr Elm", (), CallOutcome.INTAKE, ""),
    (1, "Rowan, by first name only", "", (), CallOutcome.CALL_BACK, ""),
)


def take_calls(house: House) -> None:
    """The calls of the last weeks, each at ten in the morning."""
    protocol = ProtocolVersion.objects.filter(code="mapp3").latest("version")
    for number, (ago, name, referrer, stops, outcome, reason) in enumerate(CALLS, 1):
        answers = {criterion.code: criterion.code in stops for criterion in asked(protocol.protocol)}
        if outcome is CallOutcome.CALL_BACK:
            answers = dict(list(answers.items())[:4])
        again = house.today + dt.timedelta(days=1) if outcome is CallOutcome.CALL_BACK else None
        keep_call(
            house.clinic,
            protocol=protocol,
            who={"name": name, "phone": f"020 7946 06{number:02}", "email": "", "referrer": referrer},
            note="",
            call=Call(answers, outcome, reason, again),
            by=house.staff["coordinator"],
            at=at_nine(house, house.today - dt.timedelta(days=ago), 10),
        )
