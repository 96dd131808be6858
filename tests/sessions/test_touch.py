"""Touch on a dosing day obeys what is agreed at that moment."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from accounts.rules.findings import Refused
from screening.actions.consents import narrow
from screening.models import Alert, Consent, Influence
from sessions.actions.facts import facts_for, session_of
from sessions.actions.monitoring import record_touch


def touch(day, kind="hand", by=None):
    return record_touch(
        day.visit,
        key=uuid.uuid4(),
        kind=kind,
        initiator="patient",
        therapist=by or day.lead,
        touched_at=day.now,
        by=day.lead,
        at=day.now,
    )


@pytest.fixture
def agreed(day):
    return day.visit.course.consents.get(kind="touch")


def test_a_touch_within_the_agreement_tells_nobody(day):
    assert (touch(day.dosed()).outside, Alert.objects.count()) == ("", 0)


@pytest.mark.parametrize("kind", ["arm"])
def test_a_touch_outside_is_kept_as_such_and_told_to_the_physician_not_to_the_pair(day, physician, kind):
    row = touch(day.dosed(), kind)
    assert row.outside == "Touch outside the agreement: arm. Agreed: hand, shoulder."
    alert = Alert.objects.get()
    assert (alert.kind, alert.sentence) == ("touch", row.outside)
    assert [reader.user for reader in alert.readers.all()] == [physician]


def test_less_agreed_in_the_middle_of_the_day_counts_for_the_next_touch(day, agreed):
    assert touch(day.dosed(), "shoulder").outside == ""
    narrow(agreed, keep=set(agreed.scope) - {"shoulder"}, by=day.lead, at=day.wait(minutes=30).now)
    assert touch(day.wait(minutes=1), "shoulder").outside == "Touch outside the agreement: shoulder. Agreed: hand."


def test_more_written_down_in_the_morning_does_not_count_on_that_day(day, agreed):
    fields = {f.name: getattr(agreed, f.name) for f in Consent._meta.fields if f.name not in ("id", "public_id")}
    Consent.objects.create(**fields | {"scope": [*agreed.scope, "arm"], "at": day.now})
    assert touch(day.dosed(), "arm").outside.startswith("Touch outside the agreement: arm.")


def test_a_therapist_whom_the_agreement_does_not_name_is_outside_it(day, other_therapist):
    row = touch(day.dosed(), by=other_therapist)
    assert row.outside == "Touch outside the agreement: it does not name Otto Fictional."


def test_the_first_dose_begins_the_time_in_which_nothing_is_widened(day):
    day.cleared()
    assert Influence.objects.count() == 0
    day.dose()
    row = Influence.objects.get()
    zone = day.visit.course.clinic.zone
    assert (row.since, row.until.astimezone(zone).time()) == (day.now, dt.time())
    assert row.until - row.since <= dt.timedelta(days=1)


def test_nobody_is_cleared_without_a_touch_agreement_made_before_the_day(day):
    """The agreement of the fixture is older; seen from a day before it, there is none."""
    day.ready()
    facts = facts_for(session_of(day.visit), as_of=day.now)
    assert "touch-agreement" not in [finding.code for finding in facts.eligibility]
    earlier = facts_for(session_of(day.visit), as_of=day.now - dt.timedelta(days=3))
    assert "touch-agreement" in [finding.code for finding in earlier.eligibility]


def test_the_page_shows_what_is_agreed_now_and_less_is_agreed_there(client, live_day, lead):
    live_day.dosed()
    client.force_login(lead)
    path = reverse("sessions:dosing", args=[live_day.visit.public_id])
    page = client.get(path).content.decode()
    assert "Agreed now:" in page
    assert "Stop: “stop”, a raised hand." in page
    consent = live_day.visit.course.consents.get(kind="touch")
    narrowing = reverse("screening:narrow", args=[live_day.visit.course.public_id])
    back = client.post(narrowing, {"consent": str(consent.public_id), "keep": ["hand"], "back": f"{path}#touch"})
    assert back["Location"] == f"{path}#touch"
    assert "<strong>Agreed now:</strong> hand." in client.get(path).content.decode()


def test_a_day_that_has_ended_records_no_touch(day):
    with pytest.raises(Refused):
        touch(day.closed().wait(hours=1))
