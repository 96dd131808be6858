"""The people of the clinic, their roles and their papers."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from accounts.models import Change, Credential, Membership
from accounts.rules.access import PAGES, ROLE_TITLES, Door, Role
from tests.factories import CredentialFactory, MembershipFactory, UserFactory


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def office(client, admin):
    client.force_login(admin)
    return client


def path_of(user):
    return f"/clinic/people/{user.memberships.get().public_id}/"


def test_papers_are_amber_within_sixty_days_and_red_when_lapsed(office, lead, second, custodian):
    today = timezone.localdate()
    Credential.objects.filter(membership__user=lead, kind="licence").update(expires_on=today + dt.timedelta(days=60))
    Credential.objects.filter(membership__user=second, kind="licence").update(expires_on=today - dt.timedelta(days=1))
    html = office.get("/clinic/people/").content.decode()
    assert re.search(r'mark-attention">.*?60 days left', html, re.S)
    assert re.search(r'mark-stop">.*?lapsed on', html, re.S)
    to_renew = words(office.get("/clinic/people/", {"show": "papers"}))
    assert "Ada Fictional" in to_renew and "Ben Fictional" in to_renew and "Carl Fictional" not in to_renew


def test_a_renewed_licence_replaces_the_lapsed_one_in_the_list_and_both_stay_known(office, lead):
    Credential.objects.filter(membership__user=lead, kind="licence").update(expires_on=dt.date(2021, 1, 1))
    answer = office.post(
        path_of(lead),
        {
            "credential-kind": "licence",
            "credential-title": "Licence renewed",
            "credential-number": "N-1",
            "credential-expires_on": "2040-05-01",
        },
    )
    assert answer.status_code == 302
    assert "lapsed" not in words(office.get("/clinic/people/", {"q": "Ada"}))
    page = words(office.get(path_of(lead)))
    assert "Licence renewed N-1 , until 1 May 2040" in page and "lapsed on 1 January 2021" in page


def test_a_paper_that_ends_before_it_was_issued_is_refused_beside_its_field(office, lead):
    answer = office.post(
        path_of(lead),
        {
            "credential-kind": "licence",
            "credential-title": "Licence",
            "credential-issued_on": "2030-01-01",
            "credential-expires_on": "2029-01-01",
        },
    )
    assert words(answer).count("That is before the day it was issued.") == 2
    assert Credential.objects.filter(membership__user=lead, title="Licence").count() == 0


def test_roles_are_given_at_once_and_written_down_with_who_gave_them(office, admin, lead):
    lead_page = {"roles-roles": ["therapist", "coordinator"], "roles-ends_on": "", "roles-version": "1"}
    lead_page["roles-may_lead"] = "on"
    assert office.post(path_of(lead), lead_page).status_code == 302
    assert lead.memberships.get().roles == ["therapist", "coordinator"]
    change = Change.objects.filter(relation="accounts_membership", kind="UPDATE").latest("at")
    assert (change.actor, change.was["roles"], change.now_is["roles"]) == (
        admin,
        ["therapist"],
        ["therapist", "coordinator"],
    )
    assert "Membership changed: roles" in words(office.get(path_of(lead)))


def test_hours_a_week_and_who_may_lead_are_kept_for_the_planner(office, lead):
    page = {"roles-roles": ["therapist"], "roles-ends_on": "", "roles-weekly_hours": "28", "roles-version": "1"}
    assert office.post(path_of(lead), page).status_code == 302
    membership = lead.memberships.get()
    assert (membership.weekly_hours, membership.may_lead) == (28, False)
    answer = office.post(path_of(lead), {**page, "roles-weekly_hours": "0", "roles-version": "2"})
    assert "Ensure this value is greater than or equal to 1." in words(answer)
    assert lead.memberships.get().weekly_hours == 28


def test_the_last_admin_cannot_be_taken_away(office, admin):
    answer = office.post(path_of(admin), {"roles-roles": ["privacy"], "roles-ends_on": "", "roles-version": "1"})
    assert "Agnes Fictional is the last admin of Fictional Clinic. Make somebody else an admin first." in words(answer)
    assert admin.memberships.get().roles == ["admin"]


def test_an_admin_who_is_not_the_last_may_go(office, admin, clinic):
    MembershipFactory(user=UserFactory(username="deputy"), clinic=clinic, roles=["admin"])
    answer = office.post(path_of(admin), {"roles-roles": ["privacy"], "roles-ends_on": "", "roles-version": "1"})
    assert answer.status_code == 302
    assert admin.memberships.get().roles == ["privacy"]


def test_somebody_without_any_role_is_not_saved(office, lead):
    answer = office.post(path_of(lead), {"roles-ends_on": "", "roles-version": "1"})
    assert "Tick at least one." in words(answer)
    assert lead.memberships.get().roles == ["therapist"]


def test_a_last_day_before_the_first_is_refused(office, lead):
    answer = office.post(
        path_of(lead), {"roles-roles": ["therapist"], "roles-ends_on": "2019-12-31", "roles-version": "1"}
    )
    assert "That is before the first day." in words(answer)


def test_a_stale_change_of_roles_shows_both_and_saves_nothing(office, lead):
    Membership.objects.filter(user=lead).update(roles=["rater"], version=2)
    answer = office.post(path_of(lead), {"roles-roles": ["physician"], "roles-ends_on": "", "roles-version": "1"})
    assert answer.status_code == 409
    assert "Somebody else has just changed this" in words(answer)
    assert "rater" in words(answer) and "physician" in words(answer)
    assert lead.memberships.get().roles == ["rater"]


def test_a_person_of_another_clinic_is_not_there(office, stranger):
    assert office.get(path_of(stranger)).status_code == 404
    assert "Stella" not in words(office.get("/clinic/people/"))


def test_only_an_admin_is_led_to_the_pages_of_people(client, coordinator, lead):
    client.force_login(coordinator)
    answer = client.get("/clinic/people/")
    assert "Ada Fictional" in answer.content.decode() and path_of(lead) not in answer.content.decode()


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_asks_the_same_number_of_questions_for_one_person_and_for_thirty(
    office, clinic, django_assert_num_queries, rows
):
    for _ in range(rows - 1):
        CredentialFactory(membership=MembershipFactory(clinic=clinic))
    with django_assert_num_queries(12):
        office.get("/clinic/people/")


def test_the_access_page_shows_every_row_of_the_table_and_no_more(client, lead):
    client.force_login(lead)
    html = client.get("/clinic/access/").content.decode()
    rooms = {name.split(":")[0] for name in PAGES if ":" in name}
    expected = [page for name, page in PAGES.items() if ":" in name]
    assert html.count('<th scope="row">') == len(expected)
    assert rooms == {"accounts", "patients", "screening", "sessions", "integration", "reminders", "reports"}
    everybody = sum(page.door is not Door.ROLES for page in expected) * len(ROLE_TITLES)
    whole = sum(len(page.clinic) for page in expected if page.door is Door.ROLES)
    assert html.count("Clinic</span></td>") == everybody + whole
    assert html.count("Team</span></td>") == sum(len(page.team - page.clinic) for page in expected)


@pytest.mark.parametrize(
    ("starts", "ends", "is_open", "held"),
    [
        (0, None, True, True),
        (0, 0, True, True),
        (1, None, True, False),
        (-9, -1, True, False),
        (0, None, False, False),
    ],
    ids=["from today", "until today", "from tomorrow", "until yesterday", "account closed"],
)
def test_a_role_is_held_from_the_first_day_to_the_last_by_an_open_account(clinic, starts, ends, is_open, held):
    today = timezone.localdate()
    row = MembershipFactory(
        clinic=clinic,
        user__is_active=is_open,
        starts_on=today + dt.timedelta(days=starts),
        ends_on=None if ends is None else today + dt.timedelta(days=ends),
    )
    assert row.roles == ["therapist"]
    assert Membership.objects.filter(pk=row.pk).holding(Role.THERAPIST, today).exists() is held
    assert not Membership.objects.filter(pk=row.pk).holding(Role.PHYSICIAN, today).exists()
