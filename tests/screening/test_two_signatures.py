"""Where the protocol asks for two physicians, one yes is none."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.rules.findings import Outcome
from patients.actions.protocols import publish
from patients.models import Course
from screening.actions import facts
from screening.actions.deciding import is_genuine
from screening.models import Decision
from tests.cast import member
from tests.factories import ContactFactory, CourseFactory, MedicineFactory, PatientFactory, decided, published, screened

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(clinic):
    return member(clinic, "colleague", "Pavel Fictional", "physician")


@pytest.fixture
def course(clinic, physician):
    text = published("mapp3").text.replace('code = "mapp3"', 'code = "two"', 1)
    text = text.replace("decision_signatures = { value = 1", "decision_signatures = { value = 2", 1)
    protocol = publish(text=text, name="two.toml", by=None, at=timezone.now())
    return ready(clinic, physician, protocol=protocol)


def ready(clinic, physician, **more):
    """A course on which everything is recorded and nothing stands against treatment."""
    row = CourseFactory(patient=PatientFactory(clinic=clinic), **more)
    ContactFactory(patient=row.patient)
    return screened(row, by=physician)


def standing(course):
    """The state of the course, whether it is decided, and what the decision says of a dosing day today."""
    course.refresh_from_db()
    found = [f for f in facts.eligible_now(course, timezone.localdate()) if f.code == "decision"]
    return course.state, facts.has_decision(course), [(finding.outcome, finding.sentence) for finding in found]


WAITS = [(Outcome.UNKNOWN, "The protocol asks for two physicians: another one signs too.")]


def test_the_first_signature_moves_nothing_and_the_second_makes_eligible(course, physician, colleague):
    first = decided(course, by=physician)
    assert standing(course) == ("screening", False, WAITS)
    second = decided(course, by=colleague)
    assert (first.seconds, second.seconds) == (None, first)
    assert standing(course) == ("eligible", True, [])
    assert is_genuine(first) and is_genuine(second)
    assert [step.state for step in course.steps.all()] == ["eligible"]


def test_the_same_physician_twice_is_one_signature(course, physician):
    decided(course, by=physician)
    again = decided(course, by=physician)
    assert (again.seconds, again.signatures) == (None, 2)
    assert standing(course) == ("screening", False, WAITS)


def test_a_change_between_the_two_makes_the_second_a_first(course, physician, colleague):
    decided(course, by=physician)
    MedicineFactory(patient=course.patient, name="Ibuprofen", ongoing=True)
    second = decided(course, by=colleague)
    assert (second.seconds, standing(course)) == (None, ("screening", False, WAITS))
    assert decided(course, by=physician).seconds == second
    assert standing(course)[:2] == ("eligible", True)


def test_one_physician_alone_decides_against(course, physician, colleague):
    decided(course, by=physician)
    decided(course, by=colleague, eligible=False, reason="Her heart.")
    assert standing(course)[0] == Course.State.EXCLUDED


def test_a_third_signature_begins_anew(course, physician, colleague):
    decided(course, by=physician)
    decided(course, by=colleague)
    assert decided(course, by=physician).seconds is None
    assert standing(course) == ("eligible", False, WAITS)


def test_where_one_signature_is_asked_for_one_is_enough(clinic, physician):
    course = ready(clinic, physician)
    assert decided(course, by=physician).signatures == 1
    assert standing(course) == ("eligible", True, [])


def test_past_the_actions_the_database_takes_no_second_signature_of_the_same_person(course, physician, colleague):
    first = decided(course, by=physician)

    def copy(**changes):
        fields = {f.attname: getattr(first, f.attname) for f in Decision._meta.concrete_fields}
        fields = {name: value for name, value in fields.items() if name not in ("id", "public_id")}
        return Decision(**{**fields, "seconds_id": first.pk, "signed_by_id": colleague.pk, **changes})

    for bad in (
        {"signed_by_id": physician.pk},
        {"inputs_sha256": "0" * 64},
        {"protocol_sha256": "0" * 64},
        {"answer": "not_eligible", "reason": "No."},
        {"signatures": 1},
        {"signatures": 3},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            copy(**bad).save()
    copy().save()


def test_the_page_says_whose_signature_is_missing(client, course, physician, colleague):
    client.force_login(colleague)
    page = f"/courses/{course.public_id}/screening/decide/"
    assert "Yours is the first signature" in client.get(page).content.decode()
    decided(course, by=physician)
    assert "Petra Fictional signed first" in client.get(page).content.decode()
    client.force_login(physician)
    assert "Yours is the first signature" in client.get(page).content.decode()
