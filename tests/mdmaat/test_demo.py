"""The demonstration clinic fills an empty database through the actions people use, once, and never in production."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Clinic, User
from patients.models import Course
from sessions.models import Visit


def test_the_demonstration_tells_its_stories_and_only_once(db, capsys):
    call_command("demo", courses=9)
    said = capsys.readouterr().out
    assert (
        "therapist, therapist2, physician, coordinator, custodian, rater, nights, nights2, admin, privacy, stranger"
        in said
    )
    assert sorted(Course.objects.values_list("state", flat=True)) == [
        *["eligible"] * 2,
        *["excluded"] * 2,
        "in_treatment",
        *["screening"] * 4,
    ]
    today = Visit.objects.get(kind="dosing", dose_number=1)
    assert (timezone.localtime(today.starts_at).date(), today.state) == (timezone.localdate(), "planned")
    assert today.session.presences.count() == 2
    assert Clinic.objects.count() == 2
    with pytest.raises(CommandError, match="people in this database already"):
        call_command("demo", courses=9)


def test_the_demonstration_refuses_production_settings(db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("demo")
    assert not User.objects.exists()
