import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from accounts.actions.audit import acting, name_actor
from accounts.models import Change, grant_for
from patients.models import Course, Patient

TODAY = dt.date(2026, 11, 22)


def test_a_course_is_seen_by_its_team_and_its_clinics_coordinator_only(
    course, lead, other_therapist, coordinator, stranger, custodian
):
    def seen(user):
        return list(Course.objects.visible_to(grant_for(user, "reports:course", TODAY)))

    assert seen(lead) == [course]
    assert seen(coordinator) == [course]
    assert seen(other_therapist) == []
    assert seen(stranger) == []
    assert seen(custodian) == []


def test_a_team_member_stops_seeing_the_course_when_the_assignment_ends(course, lead):
    course.team.filter(user=lead).update(ends_on=TODAY - dt.timedelta(days=1))
    assert not Patient.objects.visible_to(grant_for(lead, "patients:detail", TODAY)).exists()


def test_a_page_without_a_row_reaches_nothing(course, coordinator):
    assert grant_for(coordinator, "patients:invented", TODAY).empty


def test_a_change_is_written_with_actor_patient_and_only_what_changed(course, lead):
    with acting(lead, reason="Wrong number"):
        Patient.objects.filter(pk=course.patient.pk).update(phone="020 7946 0999")
    change = Change.objects.of_patient(course.patient.pk).first()
    assert (change.kind, change.relation, change.actor, change.reason) == (
        "UPDATE",
        "patients_patient",
        lead,
        "Wrong number",
    )
    assert (change.was, change.now_is) == ({"phone": ""}, {"phone": "020 7946 0999"})
    assert change.clinic_id == course.clinic_id


def test_a_change_that_nobody_made_is_refused(course):
    name_actor("")
    with pytest.raises(DatabaseError, match="without an actor"), transaction.atomic():
        Patient.objects.filter(pk=course.patient.pk).update(phone="1")
    name_actor("process:test")


@pytest.mark.parametrize(
    "sql", ["UPDATE accounts_change SET reason = 'x'", "DELETE FROM accounts_change", "TRUNCATE accounts_change"]
)
def test_the_audit_cannot_be_rewritten(course, sql):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert Change.objects.of_patient(course.patient.pk).exists()


def test_a_patient_has_one_active_course(course):
    from tests.factories import CourseFactory

    with pytest.raises(IntegrityError), transaction.atomic():
        CourseFactory(patient=course.patient)
