import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Change, Membership, Opening
from patients.models import Contact, Course, CourseApproval, Medicine, Patient, ProtocolVersion, TeamMember
from sessions.models import Effect, TherapySession
from tests.factories import (
    ContactFactory,
    CourseFactory,
    MedicineFactory,
    PatientFactory,
    TeamMemberFactory,
    VisitFactory,
    published,
)

pytestmark = pytest.mark.usefixtures("db")
INTAKE = {
    "given_name": "Ada",
    "family_name": "Fictional",
    "date_of_birth": "1980-05-01",
    "sex": "female",
    "phone": "020 7946 0100",
    "email": "",
    "language": "English",
    "reminder_channel": "none",
    "discreet": "on",
    "quiet_from": "20:00",
    "quiet_until": "08:00",
    "emergency_name": "Robin Fictional",
    "emergency_relationship": "sister",
    "emergency_phone": "020 7946 0101",
    "same_ride": "on",
    "ride_name": "",
    "ride_phone": "",
}


def words(response):
    """The text of a page as a person reads it."""
    page = re.search(r"<main.*?</main>", response.content.decode(), re.DOTALL)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def url(name, row):
    return reverse(f"patients:{name}", args=[row.public_id])


@pytest.fixture
def at_desk(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def theirs(stranger):
    """A course of another clinic."""
    patient = PatientFactory(clinic=stranger.memberships.get().clinic, given_name="CANARY", family_name="CANARY")
    return CourseFactory(patient=patient)


# The list


def many(clinic, number):
    for _ in range(number):
        course = CourseFactory(patient__clinic=clinic)
        TeamMemberFactory(course=course)
        TeamMemberFactory(course=course, duty="second")


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_takes_the_same_queries_for_one_patient_and_for_thirty(at_desk, clinic, rows):
    many(clinic, rows)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = at_desk.get(reverse("patients:list"))
    assert len(response.context["page"].object_list) == min(rows, 25)
    assert len([q for q in queries if "patients_" in q["sql"]]) == 4


@pytest.mark.parametrize("rows", [1, 30])
def test_the_changes_take_the_same_queries_for_one_change_and_for_thirty(at_desk, client, clinic, physician, rows):
    patient = PatientFactory(clinic=clinic)
    for _ in range(rows):
        MedicineFactory(patient=patient)
    client.force_login(physician)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(url("changes", patient))
    assert len(response.context["page"].object_list) == min(rows + 2, 25)
    assert (
        len([q for q in queries if re.search(r"FROM \"?(accounts_change|accounts_opening|patients_)", q["sql"])]) == 6
    )


def test_the_list_is_filtered_by_words_and_by_the_state_of_the_course(at_desk, clinic):
    CourseFactory(patient__clinic=clinic, patient__family_name="Reed")
    CourseFactory(patient__clinic=clinic, patient__family_name="Wood", state="completed")
    PatientFactory(clinic=clinic, family_name="Marsh")

    def shown(**query):
        page = at_desk.get(reverse("patients:list"), query).context["page"]
        return [patient.family_name for patient in page.object_list]

    assert shown() == ["Marsh", "Reed", "Wood"]
    assert shown(q="reed") == ["Reed"]
    assert shown(state="completed") == ["Wood"]
    assert shown(state="none") == ["Marsh"]
    assert shown(state="completed", q="reed") == []
    assert shown(state="nonsense") == ["Marsh", "Reed", "Wood"]
    assert "Nobody among the patients you may see fits this filter." in words(
        at_desk.get(reverse("patients:list"), {"q": "nobody"})
    )


def test_an_empty_list_says_what_to_do(at_desk, client, lead):
    assert "No patients yet." in words(at_desk.get(reverse("patients:list")))
    client.force_login(lead)
    assert "You are on nobody's care team at present." in words(client.get(reverse("patients:list"))).replace(
        "&#x27;", "'"
    )


def test_the_second_page_keeps_the_filter(at_desk, clinic):
    many(clinic, 30)
    response = at_desk.get(reverse("patients:list"), {"state": "screening", "page": "2"})
    assert len(response.context["page"].object_list) == 5
    assert 'href="?state=screening&amp;page=1"' in response.content.decode()


def test_a_therapist_sees_their_own_patients_and_courses_only(client, clinic, lead, course):
    other = CourseFactory(patient__clinic=clinic, patient__given_name="CANARY")
    CourseFactory(patient=course.patient, state="completed", indication="Severe PTSD")
    client.force_login(lead)
    response = client.get(reverse("patients:list"))
    assert [patient.pk for patient in response.context["page"].object_list] == [course.patient_id]
    assert "CANARY" not in response.content.decode()
    assert client.get(url("detail", other.patient)).status_code == 404
    # A course of the same patient without this therapist on its team is not shown either.
    assert "Severe PTSD" not in words(client.get(url("detail", course.patient)))


# Intake


def test_a_patient_is_taken_in_on_one_page_with_contact_and_ride_home(at_desk, clinic):
    response = at_desk.post(reverse("patients:new"), INTAKE)
    patient = Patient.objects.get()
    assert response.headers["Location"] == url("detail", patient)
    assert (patient.clinic, patient.discreet, patient.reminder_channel) == (clinic, True, "none")
    assert sorted(patient.contacts.values_list("kind", "name", "relationship")) == [
        ("emergency", "Robin Fictional", "sister"),
        ("ride_home", "Robin Fictional", "sister"),
    ]


def test_another_person_can_drive_home(at_desk):
    at_desk.post(reverse("patients:new"), {**INTAKE, "ride_name": "Jay", "ride_phone": "1"})
    assert sorted(Contact.objects.values_list("kind", "name")) == [
        ("emergency", "Robin Fictional"),
        ("ride_home", "Jay"),
    ]


def test_without_a_ride_the_chart_says_that_it_is_missing(at_desk):
    at_desk.post(reverse("patients:new"), {**INTAKE, "same_ride": ""})
    assert "Ride home is missing" in words(at_desk.get(url("detail", Patient.objects.get())))


def test_discreet_is_the_default_of_the_empty_page(at_desk):
    form = at_desk.get(reverse("patients:new")).context["form"]
    assert (form["discreet"].value(), form["reminder_channel"].value()) == (True, "none")


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        ({"given_name": " "}, "given_name", "This field is required."),
        ({"date_of_birth": "2999-01-01"}, "date_of_birth", "Check the year of birth."),
        ({"date_of_birth": "1880-01-01"}, "date_of_birth", "Check the year of birth."),
        ({"reminder_channel": "email"}, "email", "Reminders by e-mail need an address."),
        ({"ride_name": "Jay"}, "ride_name", "Give the name and the telephone number, or leave both empty."),
        ({"emergency_phone": ""}, "emergency_phone", "This field is required."),
    ],
)
def test_what_is_missing_is_said_beside_the_field_and_nothing_typed_is_lost(at_desk, changes, field, error):
    response = at_desk.post(reverse("patients:new"), {**INTAKE, **changes})
    assert response.status_code == 422
    assert response.context["form"].errors == {field: [error]}
    assert 'value="Robin Fictional"' in response.content.decode()
    assert Patient.objects.count() == 0


def test_a_likely_duplicate_is_shown_and_taken_in_only_when_it_is_somebody_else(at_desk, clinic):
    known = PatientFactory(clinic=clinic, given_name="ADA", family_name="fictional", chart_number="M-7")
    response = at_desk.post(reverse("patients:new"), INTAKE)
    assert (response.status_code, Patient.objects.count()) == (422, 1)
    assert f"{known}, M-7, born 17 May 1985: the same name" in words(response).replace(" ,", ",")
    at_desk.post(reverse("patients:new"), {**INTAKE, "somebody_else": "on"})
    assert Patient.objects.count() == 2


def test_nothing_is_said_about_patients_of_other_clinics(at_desk, theirs):
    Patient.objects.filter(pk=theirs.patient_id).update(
        given_name="Ada", family_name="Fictional", phone=INTAKE["phone"]
    )
    response = at_desk.post(reverse("patients:new"), INTAKE)
    assert response.status_code == 302


def test_intake_writes_no_column_that_it_does_not_ask_for(at_desk, clinic, theirs):
    at_desk.post(
        reverse("patients:new"),
        {
            **INTAKE,
            "clinic": theirs.clinic_id,
            "chart_number": "STOLEN",
            "public_id": theirs.patient.public_id,
            "version": 99,
            "id": theirs.patient_id,
            "times": '{"0": []}',
        },
    )
    patient = Patient.objects.get(clinic=clinic)
    assert (patient.chart_number, patient.version, patient.times) == (f"{timezone.localdate().year}-0001", 1, {})
    assert patient.public_id != theirs.patient.public_id


# The chart


def test_opening_a_chart_is_recorded_once(at_desk, coordinator, course):
    at_desk.get(url("detail", course.patient))
    assert list(Opening.objects.values_list("by", "patient_id", "what")) == [
        (coordinator.pk, course.patient_id, "chart")
    ]


def test_the_chart_says_when_the_last_dose_is_not_known(at_desk, course):
    MedicineFactory(patient=course.patient, name="Sertraline", ongoing=False)
    MedicineFactory(patient=course.patient, name="Zopiclone", ongoing=False, last_dose_on=dt.date(2026, 3, 1))
    page = words(at_desk.get(url("detail", course.patient)))
    assert "Stopped, day not known" in page
    assert "1 Mar 2026" in page


def edited(patient, **changes):
    fields = {
        name: INTAKE[name]
        for name in ("date_of_birth", "sex", "language", "reminder_channel", "quiet_from", "quiet_until")
    }
    given = {"given_name": patient.given_name, "family_name": patient.family_name, "version": patient.version}
    return {**fields, **given, "discreet": "on", **changes}


def test_details_and_the_patients_own_times_are_changed(at_desk, course):
    patient = course.patient
    response = at_desk.post(
        url("edit", patient), edited(patient, phone="1", day_0="9-12, 14:00-17:30", day_2="10:00 - 11:00")
    )
    assert response.status_code == 302
    patient.refresh_from_db()
    assert (patient.phone, patient.version) == ("1", 2)
    assert patient.times == {"0": [["09:00", "12:00"], ["14:00", "17:30"]], "2": [["10:00", "11:00"]]}
    assert 'value="09:00-12:00, 14:00-17:30"' in at_desk.get(url("edit", patient)).content.decode()
    assert "Monday 09:00–12:00, 14:00–17:30" in words(at_desk.get(url("detail", patient))).replace(" ,", ",")


@pytest.mark.parametrize("times", ["morning", "12-9", "25:00-26:00", "9-12, 11-13", "9"])
def test_a_time_that_is_none_is_refused(at_desk, course, times):
    response = at_desk.post(url("edit", course.patient), edited(course.patient, day_0=times))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["day_0"]


def test_a_stale_edit_is_answered_with_both_texts_and_changes_nothing(at_desk, course):
    patient = course.patient
    at_desk.post(url("edit", patient), edited(patient, phone="THEIRS"))
    response = at_desk.post(url("edit", patient), edited(patient, phone="MINE"))
    assert response.status_code == 409
    assert "THEIRS" in words(response)
    assert "MINE" in words(response)
    patient.refresh_from_db()
    assert (patient.phone, patient.version) == ("THEIRS", 2)


def test_an_edit_writes_no_column_that_it_does_not_ask_for(at_desk, course, theirs):
    patient = course.patient
    at_desk.post(
        url("edit", patient), edited(patient, clinic=theirs.clinic_id, chart_number="STOLEN", id=theirs.patient_id)
    )
    changed = Patient.objects.get(pk=patient.pk)
    assert (changed.clinic_id, changed.chart_number, changed.version) == (patient.clinic_id, "M-0001", 2)


def test_contacts_are_added_and_put_aside(at_desk, course):
    patient = course.patient
    at_desk.post(
        url("contact_new", patient), {"kind": "support", "name": "Kit", "relationship": "", "phone": "1", "active": ""}
    )
    contact = Contact.objects.get(name="Kit")
    assert contact.active is True
    address = reverse("patients:contact_edit", args=[patient.public_id, contact.public_id])
    form = {"kind": "support", "name": "Kit", "relationship": "friend", "phone": "1", "version": 1}
    at_desk.post(address, form)
    contact.refresh_from_db()
    assert (contact.active, contact.relationship) == (False, "friend")
    assert "no longer to be called: Kit" in words(at_desk.get(url("detail", patient)))
    assert at_desk.post(address, {**form, "name": "Late"}).status_code == 409


def test_a_contact_of_one_patient_is_not_found_under_another(at_desk, course):
    other = ContactFactory(patient__clinic=course.clinic)
    address = reverse("patients:contact_edit", args=[course.patient.public_id, other.public_id])
    assert at_desk.get(address).status_code == 404


MEDICINE = {"name": "Sertraline", "dose": "50 mg", "regular": "on"}


def test_a_medicine_is_recorded_with_its_last_dose(at_desk, course):
    last = timezone.localdate() - dt.timedelta(days=3)
    at_desk.post(reverse("screening:medicine_new", args=[course.patient.public_id]), {**MEDICINE, "last_dose_on": last})
    assert list(Medicine.objects.values_list("name", "ongoing", "last_dose_on")) == [("Sertraline", False, last)]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"ongoing": "on", "last_dose_on": "2026-01-01"}, ["last_dose_on"]),
        ({"last_dose_on": "2999-01-01"}, ["last_dose_on"]),
        ({"started_on": "2999-01-01", "ongoing": "on"}, ["started_on"]),
        ({"started_on": "2026-02-01", "last_dose_on": "2026-01-01"}, ["last_dose_on"]),
    ],
)
def test_a_medicine_whose_days_contradict_each_other_is_refused(at_desk, course, changes, errors):
    response = at_desk.post(reverse("screening:medicine_new", args=[course.patient.public_id]), {**MEDICINE, **changes})
    assert (response.status_code, list(response.context["form"].errors)) == (422, errors)
    assert Medicine.objects.count() == 0


def test_a_medicine_is_changed_only_by_whoever_saw_its_latest_version(at_desk, course):
    medicine = MedicineFactory(patient=course.patient)
    address = reverse("screening:medicine_edit", args=[course.patient.public_id, medicine.public_id])
    assert at_desk.post(address, {**MEDICINE, "ongoing": "on", "version": 1}).status_code == 302
    assert at_desk.post(address, {**MEDICINE, "version": 1}).status_code == 409
    medicine.refresh_from_db()
    assert (medicine.ongoing, medicine.dose) == (True, "50 mg")


def test_the_changes_page_tells_who_changed_what_from_what_to_what(at_desk, client, course, privacy):
    at_desk.post(url("edit", course.patient), edited(course.patient, phone="THE NEW NUMBER"))
    client.force_login(privacy)
    page = words(client.get(url("changes", course.patient)))
    assert "Cora Fictional changed patient" in page
    assert "Phone empty → became THE NEW NUMBER" in page
    assert "Priya Fictional opened the changes of the chart" in page


def test_a_therapist_of_other_courses_who_is_an_admin_reads_no_clinical_values_in_the_changes(
    client, course, lead, other_therapist
):
    visit = VisitFactory(course=course)
    session = TherapySession.objects.create(visit=visit, state="open")
    Effect.objects.create(
        session=session, term="Jaw clenching", severity="mild", from_at=timezone.now(), saved_at=timezone.now(), by=lead
    )
    for user, is_told in ((other_therapist, False), (lead, True)):
        user.memberships.update(roles=["therapist", "admin"])
        client.force_login(user)
        page = words(client.get(url("changes", course.patient)))
        assert "Test added effect" in page
        assert ("Jaw clenching" in page) is is_told


def test_the_changes_page_is_filtered_by_kind_and_person(at_desk, client, course, physician, coordinator):
    at_desk.post(url("edit", course.patient), edited(course.patient, phone="1"))
    client.force_login(physician)

    def shown(**query):
        return [(e.who, e.verb) for e in client.get(url("changes", course.patient), query).context["page"].object_list]

    assert shown(who=coordinator.public_id, kind="changes") == [("Cora Fictional", "Changed")]
    assert {verb for _, verb in shown(kind="openings")} == {"Opened"}
    assert shown(who=coordinator.public_id, kind="openings") == []


# Courses


def course_form(**changes):
    today = timezone.localdate()
    return {
        "protocol": "mapp3",
        "indication": "PTSD",
        "access_route": "trial",
        "approvals-TOTAL_FORMS": "2",
        "approvals-INITIAL_FORMS": "0",
        "approvals-0-kind": "ethics",
        "approvals-0-authority": "Fictional committee",
        "approvals-0-reference": "FC-1",
        "approvals-0-approved_on": today,
        "approvals-0-expires_on": today + dt.timedelta(days=300),
        **changes,
    }


def test_a_course_is_opened_with_its_approval_and_the_team_comes_next(at_desk, clinic):
    published("mapp3")
    patient = PatientFactory(clinic=clinic)
    response = at_desk.post(url("course_new", patient), course_form())
    course = Course.objects.get()
    assert response.headers["Location"] == url("team", course)
    assert (course.patient, course.clinic, course.protocol.code) == (patient, clinic, "mapp3")
    assert list(course.approvals.values_list("kind", "reference")) == [("ethics", "FC-1")]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"approvals-0-expires_on": "2020-01-01"}, 422),
        ({"approvals-0-reference": ""}, 422),
        ({"access_route": ""}, 422),
        ({"indication": "Insomnia"}, 422),
        ({"protocol": "none"}, 422),
        ({f"approvals-0-{name}": "" for name in ("kind", "authority", "reference", "approved_on", "expires_on")}, 409),
    ],
)
def test_a_course_is_not_opened_without_what_it_needs(at_desk, clinic, changes, status):
    published("mapp3")
    response = at_desk.post(url("course_new", PatientFactory(clinic=clinic)), course_form(**changes))
    assert (response.status_code, Course.objects.count()) == (status, 0)


def test_an_indication_of_another_protocol_is_refused_in_words(at_desk, clinic):
    published("mapp3")
    published("two-dose")
    form = course_form(indication="PTSD with alcohol use disorder")
    response = at_desk.post(url("course_new", PatientFactory(clinic=clinic)), form)
    assert response.status_code == 409
    assert "does not allow the indication PTSD with alcohol use disorder" in words(response)


def test_only_the_newest_version_of_a_protocol_is_offered(at_desk, clinic):
    from patients.actions.protocols import publish

    old = published("mapp3")
    new = publish(text=old.text.replace("version = 1", "version = 2", 1), name="x", by=None, at=timezone.now())
    at_desk.post(url("course_new", PatientFactory(clinic=clinic)), course_form())
    assert Course.objects.get().protocol == new


def test_a_course_takes_no_clinic_patient_or_state_from_the_form(at_desk, clinic, theirs):
    patient = PatientFactory(clinic=clinic)
    smuggled = {"clinic": theirs.clinic_id, "patient": theirs.patient_id, "state": "eligible", "version": 9}
    at_desk.post(url("course_new", patient), course_form(**smuggled))
    course = Course.objects.get(patient=patient)
    assert (course.clinic, course.state, course.version) == (clinic, "screening", 1)


def key(user):
    return Membership.objects.get(user=user).public_id


def test_the_care_team_is_assigned_by_name(at_desk, clinic, lead, second, physician, rater):
    course = CourseFactory(patient__clinic=clinic)
    form = {"lead": key(lead), "second": key(second), "physician": key(physician), "rater": key(rater)}
    assert at_desk.post(url("team", course), form).status_code == 302
    assert course.pair(timezone.localdate()) == [lead, second]
    assert at_desk.get(url("team", course)).context["form"]["lead"].value() == key(lead)


def test_a_lapsed_therapist_is_not_offered_and_the_page_says_why(at_desk, clinic, lead, second):
    Membership.objects.get(user=lead).credentials.filter(kind="licence").update(expires_on=dt.date(2026, 1, 31))
    course = CourseFactory(patient__clinic=clinic)
    response = at_desk.get(url("team", course))
    assert [label for _, label in response.context["form"].fields["lead"].choices] == ["Nobody yet", "Ben Fictional"]
    assert "The licence to practise of Ada Fictional expired on 31 January 2026." in words(response)
    posted = at_desk.post(url("team", course), {"lead": key(lead), "second": key(second)})
    assert posted.status_code == 409
    assert TeamMember.objects.count() == 0


def test_a_team_member_whose_licence_lapsed_stays_and_is_shown_as_not_in_order(at_desk, course, lead):
    Membership.objects.get(user=lead).credentials.filter(kind="licence").update(expires_on=dt.date(2026, 1, 31))
    response = at_desk.get(url("team", course))
    assert response.context["form"]["lead"].value() == key(lead)
    assert "On the team, but not in order" in words(response)


def test_nobody_of_another_clinic_can_be_put_on_the_team(at_desk, course, stranger):
    before = list(course.team.values_list("user", "duty"))
    response = at_desk.post(url("team", course), {"lead": key(stranger)})
    assert response.status_code == 422
    assert "Stella Stranger" not in response.content.decode()
    assert list(course.team.values_list("user", "duty")) == before


def test_the_approvals_page_names_what_the_route_still_lacks(at_desk, course):
    page = words(at_desk.get(url("approvals", course)))
    assert "The regulator's approval is missing." in page.replace("&#x27;", "'")
    form = {
        "kind": "regulator",
        "authority": "Fictional regulator",
        "reference": "FR-1",
        "approved_on": "2026-01-01",
        "expires_on": "2040-01-01",
        "course": 99,
    }
    assert at_desk.post(url("approvals", course), {**form, "expires_on": "2025-01-01"}).status_code == 422
    assert at_desk.post(url("approvals", course), form).status_code == 302
    assert list(CourseApproval.objects.values_list("course", "reference").order_by("pk")) == [
        (course.pk, "FEC-1"),
        (course.pk, "FR-1"),
    ]


def test_a_course_is_withdrawn_for_a_reason_only(at_desk, course):
    assert at_desk.post(url("withdraw", course), {"words": "They left"}).status_code == 422
    assert at_desk.post(url("withdraw", course), {"cause": "other", "words": " "}).status_code == 409
    course.refresh_from_db()
    assert course.state == "screening"
    assert at_desk.post(url("withdraw", course), {"cause": "patient", "words": ""}).status_code == 302
    course.refresh_from_db()
    assert (course.state, course.steps.last().reason) == ("withdrawn", "The patient's wish")


# Other clinics, other roles

CHART = ["detail", "edit", "contact_new", "course_new", "changes"]
COURSE = ["team", "approvals", "withdraw"]


@pytest.mark.parametrize("name", CHART + COURSE)
def test_a_chart_of_another_clinic_does_not_exist(client, clinic, theirs, name):
    from tests.cast import member

    everything = member(clinic, "all", "All Fictional", "therapist", "physician", "coordinator", "admin", "privacy")
    client.force_login(everything)
    address = url(name, theirs.patient if name in CHART else theirs)
    for response in (client.get(address), client.post(address, INTAKE)):
        assert (response.status_code in (404, 405), b"CANARY" in response.content) == (True, False)
    assert Opening.objects.filter(patient_id=theirs.patient_id).count() == 0
    assert Change.objects.filter(actor=everything).count() == 0


def test_without_the_scope_the_chart_of_another_clinic_would_open(at_desk, theirs, monkeypatch):
    """The negative control of the test above."""
    monkeypatch.setattr("accounts.models.scope.ScopedQuerySet.visible_to", lambda rows, grant: rows.all())
    response = at_desk.get(url("detail", theirs.patient))
    assert (response.status_code, b"CANARY" in response.content) == (200, True)


# Protocols


def protocol_parts(client, code):
    """The pages of the four parts of one protocol, one after the other."""
    address = reverse("patients:protocol", args=[code, 1])
    pages = [client.get(address, {"part": part}) for part in ("", "visits", "day", "criteria")]
    return "".join(page.content.decode() for page in pages)


@pytest.mark.parametrize("code", ["mapp3", "two-dose", "three-week"])
def test_a_protocol_page_shows_every_visit_criterion_limit_and_source(at_desk, code):
    version = published(code)
    page = " ".join(re.sub(r"<[^>]+>", " ", protocol_parts(at_desk, code)).split()).replace("&#x27;", "'")
    plan = version.protocol
    missing = [
        word
        for word in (
            *(visit.title for visit in plan.visits),
            *(criterion.requirement for criterion in plan.criteria),
            *(rule.sentence for rule in plan.staffing),
            *(limit.action for limit in plan.vital_limits),
            *(slot.title for slot in plan.vital_slots),
            *(measure.title for measure in plan.measures),
            *plan.sources.values(),
            *plan.dosing_day.effects,
        )
        if " ".join(word.split()) not in page
    ]
    assert missing == []
    assert version.sha256 in page


def test_every_figure_of_the_protocol_page_has_a_mark_and_a_source_that_is_listed(at_desk):
    published("mapp3")
    page = protocol_parts(at_desk, "mapp3")
    figures = page.split('<span class="figure"')[1:]
    assert len(figures) > 150
    bare = [
        figure for figure in figures if not re.match(r'.*?<span class="source-sign.{0,160}?<a href="#source-', figure)
    ]
    assert bare == []
    targets = set(re.findall(r'href="#(source-\d+)"', page))
    assert targets <= set(re.findall(r'id="(source-\d+)"', page))


def test_the_hours_of_the_reference_protocol_are_42_and_84(at_desk):
    published("mapp3")
    response = at_desk.get(reverse("patients:protocol", args=["mapp3", 1]))
    assert "Therapy 42 h 84 h" in words(response)


def test_an_old_version_says_that_there_is_a_newer_one(at_desk):
    from patients.actions.protocols import publish

    old = published("mapp3")
    publish(text=old.text.replace("version = 1", "version = 2", 1), name="x", by=None, at=timezone.now())
    assert "There is a newer version: version 2" in words(at_desk.get(reverse("patients:protocol", args=["mapp3", 1])))
    assert "Earlier versions: 1" in words(at_desk.get(reverse("patients:protocols")))


def test_the_list_of_protocols_shows_each_once_and_an_empty_one_says_what_to_do(at_desk):
    assert "No protocol is published yet." in words(at_desk.get(reverse("patients:protocols")))
    for code in ("mapp3", "two-dose", "three-week"):
        published(code)
    response = at_desk.get(reverse("patients:protocols"))
    assert [group[0].code for group in response.context["groups"]] == ["mapp3", "three-week", "two-dose"]
    assert ProtocolVersion.objects.count() == 3


def test_a_protocol_that_does_not_exist_is_not_found(at_desk):
    published("mapp3")
    assert at_desk.get(reverse("patients:protocol", args=["mapp3", 9])).status_code == 404
