"""The coordinator at the desk, and a course that nobody here may see."""

import pytest

from tests.factories import CourseFactory, PatientFactory


@pytest.fixture
def at_desk(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def theirs(stranger):
    """A course of another clinic."""
    patient = PatientFactory(clinic=stranger.memberships.get().clinic, given_name="CANARY", family_name="CANARY")
    return CourseFactory(patient=patient)
