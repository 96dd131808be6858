"""The first clinic and its first admin come from the command line; everybody else from the page."""

import io
import sys

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Clinic, Membership

PASSWORD = "a long one of my own"
pytestmark = pytest.mark.django_db


def add(monkeypatch, *arguments, password=PASSWORD):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    call_command("add_person", *arguments)


@pytest.fixture
def opened():
    call_command(
        "open_clinic", "Fictional", discreet_name="The practice", time_zone="Europe/London", phone="020 7946 0000"
    )
    return Clinic.objects.get(name="Fictional")


def test_a_clinic_gets_its_first_admin_who_can_log_in(opened, monkeypatch, client):
    add(monkeypatch, "Ada Fictional", "ada", "--roles", "admin", "physician")
    membership = Membership.objects.get(user__username="ada")
    assert (membership.clinic, membership.roles, membership.ends_on) == (opened, ["admin", "physician"], None)
    assert client.login(username="ada", password=PASSWORD)


def test_a_place_that_is_no_time_zone_is_refused():
    with pytest.raises(CommandError, match="Narnia is not a time zone"):
        call_command("open_clinic", "F", discreet_name="P", time_zone="Narnia", phone="1")
    assert not Clinic.objects.exists()


def test_every_reason_against_a_person_is_told(opened, monkeypatch):
    add(monkeypatch, "Ada Fictional", "ada", "--roles", "admin")
    with pytest.raises(CommandError) as refused:
        add(monkeypatch, "Ada Again", "ada", "--roles", "wizard", password="short")
    said = str(refused.value)
    assert ["wizard is no role" in said, "ada is taken" in said, "too short" in said] == [True, True, True]
    assert Membership.objects.count() == 1


def test_with_two_clinics_one_must_be_named(opened, clinic, monkeypatch):
    with pytest.raises(CommandError, match="Name one clinic"):
        add(monkeypatch, "Ada Fictional", "ada", "--roles", "admin")
