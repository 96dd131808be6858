"""One cast for every test: a clinic, its people, one course, and a stranger from another clinic who must see nothing."""

import pytest


def member(clinic, username, name, *roles):
    from tests.factories import CredentialFactory, MembershipFactory, UserFactory

    membership = MembershipFactory(
        user=UserFactory(username=username, name=name), clinic=clinic, roles=[str(role) for role in roles]
    )
    if "therapist" in roles:
        CredentialFactory(membership=membership, kind="licence")
        CredentialFactory(membership=membership, kind="training", title="MDMA therapy training")
    if "physician" in roles:
        CredentialFactory(membership=membership, kind="licence", title="Licence to practise medicine")
        CredentialFactory(membership=membership, kind="prescriber", title="Prescriber registration")
    return membership.user


@pytest.fixture
def clinic(db):
    from tests.factories import ClinicFactory

    return ClinicFactory(name="Fictional Clinic")


@pytest.fixture
def lead(clinic):
    return member(clinic, "lead", "Ada Fictional", "therapist")


@pytest.fixture
def second(clinic):
    return member(clinic, "second", "Ben Fictional", "therapist")


@pytest.fixture
def other_therapist(clinic):
    """A therapist of the same clinic who is on nobody's care team."""
    return member(clinic, "other", "Otto Fictional", "therapist")


@pytest.fixture
def physician(clinic):
    return member(clinic, "physician", "Petra Fictional", "physician")


@pytest.fixture
def coordinator(clinic):
    return member(clinic, "coordinator", "Cora Fictional", "coordinator")


@pytest.fixture
def custodian(clinic):
    return member(clinic, "custodian", "Carl Fictional", "custodian")


@pytest.fixture
def rater(clinic):
    return member(clinic, "rater", "Rita Fictional", "rater")


@pytest.fixture
def admin(clinic):
    return member(clinic, "admin", "Agnes Fictional", "admin")


@pytest.fixture
def privacy(clinic):
    return member(clinic, "privacy", "Priya Fictional", "privacy")


@pytest.fixture
def stranger(db):
    """Holds every role, in another clinic."""
    from tests.factories import ClinicFactory

    return member(
        ClinicFactory(name="Other Fictional Clinic"),
        "stranger",
        "Stella Stranger",
        "therapist",
        "physician",
        "coordinator",
        "custodian",
        "rater",
        "admin",
        "privacy",
    )


@pytest.fixture
def course(clinic, lead, second, physician, rater):
    """A course in screening with its whole care team."""
    from tests.factories import ContactFactory, CourseApprovalFactory, CourseFactory, PatientFactory, TeamMemberFactory

    patient = PatientFactory(clinic=clinic, given_name="Wren", family_name="Fictional", chart_number="M-0001")
    ContactFactory(patient=patient)
    ContactFactory(patient=patient, kind="ride_home", name="Jay Fictional")
    row = CourseFactory(patient=patient)
    CourseApprovalFactory(course=row)
    for duty, user in (("lead", lead), ("second", second), ("physician", physician), ("rater", rater)):
        TeamMemberFactory(course=row, user=user, duty=duty)
    return row
