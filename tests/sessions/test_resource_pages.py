"""Pages of what the clinic has to plan with: weeks, duty, preferences, and booked visits that no longer hold."""

import datetime as dt
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from sessions.actions import office
from sessions.actions.booking import book
from sessions.actions.left_outside import left_outside
from sessions.actions.planning import propose
from sessions.models import Preference, Room, RoomClosure, Visit, WorkingTime
from sessions.rules.planning import Wish
from tests.cast import member
from tests.factories import MembershipFactory, WorkingTimeFactory
from tests.sessions.test_booking import open_hours


@pytest.fixture
def booked(course, lead, second, coordinator):
    """The course of the cast, booked from the week after next on; its visits by code."""
    open_hours(course.clinic)
    now = timezone.now()
    first = now.date() + dt.timedelta(days=14 - now.weekday())
    wish = Wish(first, first + dt.timedelta(days=40), (str(lead.pk), str(second.pk)))
    plan = propose(course, wish=wish, as_of=now).plan
    return {v.code: v for v in book(course, plan=plan, wish=wish, by=coordinator, at=now)}


def week(user, **changes):
    row = user.memberships.get()
    days = {f"day_{n}": "8-19" if n < 5 else "" for n in range(7)}
    return {**days, "weekly_hours": "", "traits": "", "version": row.version, **changes}


def address(user):
    return reverse("sessions:working_week", args=[user.memberships.get().public_id])


# Working weeks


def test_a_week_is_written_as_people_write_it_and_shown_so(coordinator, lead, client):
    client.force_login(coordinator)
    WorkingTimeFactory(membership=lead.memberships.get(), weekday=6)
    typed = week(lead, day_0="9-12:30, 14 to 17", day_4="", weekly_hours="24", traits="woman,  speaks Welsh, woman")
    assert client.post(address(lead), typed).status_code == 302
    row = lead.memberships.get()
    assert (row.weekly_hours, row.traits) == (24, ["woman", "speaks Welsh"])
    times = [(t.weekday, f"{t.starts:%H:%M}", f"{t.ends:%H:%M}") for t in row.working_times.all()]
    assert times[:2] == [(0, "09:00", "12:30"), (0, "14:00", "17:00")]
    assert {weekday for weekday, _, _ in times} == {0, 1, 2, 3}
    page = client.get(reverse("sessions:working_hours")).content.decode()
    assert "<div>9-12:30</div><div>14-17</div>" in page
    assert "woman, speaks Welsh" in page


def test_monday_is_copied_until_friday_without_saving(coordinator, lead, client):
    client.force_login(coordinator)
    page = client.post(address(lead), week(lead, day_0="10-16", day_5="9-12", alike="1")).content.decode()
    assert page.count('value="10-16"') == 5
    assert 'value="9-12"' in page
    assert not WorkingTime.objects.exists()


def test_what_is_no_time_is_said_beside_the_day_and_nothing_is_lost(coordinator, lead, client):
    client.force_login(coordinator)
    answer = client.post(address(lead), week(lead, day_1="17-9", day_2="8-12"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "17-9 is no stretch of time. Write it as in 9:00-12:30." in page
    assert 'value="17-9"' in page
    assert not WorkingTime.objects.exists()


def test_two_people_at_one_week_do_not_overwrite_each_other(coordinator, lead, client):
    client.force_login(coordinator)
    first = week(lead)
    assert client.post(address(lead), first).status_code == 302
    answer = client.post(address(lead), {**first, "day_0": ""})
    assert answer.status_code == 409
    assert WorkingTime.objects.count() == 5


def test_nights_are_asked_only_of_night_attendants(clinic, coordinator, lead, client):
    nia = member(clinic, "nia", "Nia Fictional", "night_attendant")
    client.force_login(coordinator)
    assert 'name="nights"' not in client.get(address(lead)).content.decode()
    assert client.post(address(nia), {**week(nia), "nights": ["0", "3"]}).status_code == 302
    assert nia.memberships.get().nights == [0, 3]


# Never silently: what a change leaves outside


def test_a_week_that_leaves_visits_outside_lists_them_with_the_way_to_mend(booked, course, lead, coordinator, client):
    client.force_login(coordinator)
    answer = client.post(address(lead), week(lead, **{f"day_{n}": "" for n in range(5)}), follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[0][0].startswith(reverse("sessions:left_outside"))
    assert "Nothing was moved: put them right from this list." in page
    assert f"{lead} does not work at the time of P1." in page
    assert reverse("sessions:mend", args=[course.public_id]) in page
    assert Visit.objects.get(pk=booked["P1"].pk).starts_at == booked["P1"].starts_at


def test_whoever_keeps_the_weeks_of_two_clinics_reads_the_visits_of_the_one_whose_week_was_saved(
    booked, course, lead, stranger, client
):
    MembershipFactory(user=stranger, clinic=course.clinic, roles=["coordinator"])  # the second of their clinics
    client.force_login(stranger)
    changed = week(lead, **{f"day_{n}": "" for n in range(5)})
    page = client.post(address(lead), changed, follow=True).content.decode()
    assert f"{lead} does not work at the time of P1." in page


def test_a_week_that_leaves_everything_as_it_is_says_no_more(booked, lead, coordinator, client):
    """The negative control: the same hours, and hours that are longer, put nothing outside."""
    client.force_login(coordinator)
    for hours in ("8-19", "7-19"):
        answer = client.post(address(lead), week(lead, **{f"day_{n}": hours for n in range(5)}))
        assert answer["Location"] == reverse("sessions:working_hours")


def test_closing_a_day_leads_to_the_visits_of_that_day(booked, coordinator, client):
    client.force_login(coordinator)
    day = booked["D1"].starts_at.date()
    answer = client.post(
        reverse("sessions:leave"), {"what": "closure", "day": day.isoformat(), "name": "Flood"}, follow=True
    )
    assert answer.redirect_chain[0][0] == reverse("sessions:left_outside")
    assert "D1 is on a day on which the clinic is closed." in answer.content.decode()


def test_a_room_that_closes_earlier_leads_to_its_visits(booked, coordinator, client):
    client.force_login(coordinator)
    room = booked["D1"].room
    values = {"name": room.name, "kind": "dosing", "turnover_minutes": 30, "active": "on", "version": room.version}
    typed = {**values, "room": room.public_id, "opens_at": "08:00", "closes_at": "12:00"}
    answer = client.post(reverse("sessions:rooms"), typed, follow=True)
    assert answer.redirect_chain[0][0] == reverse("sessions:left_outside")
    assert f"{room.name} is closed at the time of D1." in answer.content.decode()


def outside_codes(clinic, **more):
    return {
        (one.visit.code, finding.code)
        for one in left_outside(clinic, at=timezone.now(), **more)
        for finding in one.findings
        if one.visit.code == "D1"
    }


def test_every_way_in_which_a_visit_stands_outside_is_found(booked, clinic, lead, second, physician):
    assert left_outside(clinic, at=timezone.now()) == []
    day, room = booked["D1"].starts_at.date(), booked["D1"].room
    office.record_leave(second.memberships.get(), starts_on=day, ends_on=day, note="", by=lead, at=timezone.now())
    assert outside_codes(clinic) == {("D1", "leave")}
    RoomClosure.objects.create(room=room, starts_on=day, ends_on=day)
    assert outside_codes(clinic) == {("D1", "leave"), ("D1", "room")}
    Room.objects.filter(pk=room.pk).update(active=False)
    lead.memberships.get().credentials.filter(kind="licence").update(expires_on=day - dt.timedelta(days=1))
    physician.memberships.update(ends_on=timezone.now().date() - dt.timedelta(days=1))
    assert outside_codes(clinic) == {("D1", code) for code in ("leave", "room", "credential", "gone", "cover")}
    assert outside_codes(clinic, person=physician) == outside_codes(clinic)
    assert outside_codes(clinic, room=Room.objects.exclude(pk=room.pk).first()) == set()


def test_what_stands_outside_takes_the_same_queries_for_few_and_for_many(
    booked, clinic, lead, django_assert_num_queries
):
    with django_assert_num_queries(10):
        left_outside(clinic, at=timezone.now())
    Visit.objects.exclude(code__in=["P1", "D1"]).update(state="cancelled")
    with django_assert_num_queries(10):
        assert left_outside(clinic, at=timezone.now()) == []


@pytest.mark.parametrize("how", ["left", "closed", "other role"])
def test_who_does_not_work_here_any_more_is_replaced_where_somebody_can(
    booked, course, clinic, physician, coordinator, client, how
):
    other = member(clinic, "paul", "Paul Fictional", "physician")
    for weekday in range(5):
        WorkingTimeFactory(membership=other.memberships.get(), weekday=weekday)
    if how == "left":
        physician.memberships.update(ends_on=timezone.now().date() - dt.timedelta(days=1))
    elif how == "closed":
        User.objects.filter(pk=physician.pk).update(is_active=False)
    else:
        physician.memberships.update(roles=["coordinator"])
    client.force_login(coordinator)
    assert outside_codes(clinic) >= {("D1", "gone")}
    page = client.get(reverse("sessions:mend", args=[course.public_id]))
    assert page.status_code == 200
    assert "physician Paul Fictional" in page.content.decode()


# Duty and preferences


def test_duty_says_who_is_there_and_who_may_stay(booked, clinic, physician, coordinator, client):
    nia = member(clinic, "nia", "Nia Fictional", "night_attendant")
    nia.memberships.update(nights=[0, 1, 2, 3, 4, 5, 6])
    today = timezone.localdate()
    office.record_leave(
        physician.memberships.get(),
        starts_on=today,
        ends_on=today + dt.timedelta(days=40),
        note="",
        by=coordinator,
        at=timezone.now(),
    )
    client.force_login(coordinator)
    page = client.get(reverse("sessions:duty")).content.decode()
    assert f"<td>{physician}" not in page
    assert page.count(str(nia)) >= 20


def preferences(course):
    return reverse("sessions:preferences", args=[course.public_id])


def test_a_preference_is_added_weighed_and_taken_back(course, lead, coordinator, client):
    lead.memberships.update(traits=["woman"])
    client.force_login(coordinator)
    client.post(preferences(course), {"what": "add", "of": "both", "trait": "woman", "person": "", "must": "on"})
    client.post(preferences(course), {"what": "add", "of": "neither", "trait": "", "person": lead.pk})
    rows = {row.of: row for row in Preference.objects.all()}
    assert (rows["both"].must, rows["neither"].person, rows["neither"].must) == (True, lead, False)
    assert "Neither of the two: Ada Fictional" in client.get(preferences(course)).content.decode()
    both = rows["both"]
    client.post(preferences(course), {"what": "must", "row": both.pk, "version": both.version})
    stale = client.post(preferences(course), {"what": "must", "row": both.pk, "version": both.version})
    assert (stale.status_code, Preference.objects.get(pk=both.pk).must) == (409, False)
    client.post(preferences(course), {"what": "take_back", "row": both.pk})
    assert list(Preference.objects.values_list("of", flat=True)) == ["neither"]


def test_what_nobody_has_is_not_taken_for_a_must(course, lead, coordinator, client):
    client.force_login(coordinator)
    typed = {"what": "add", "of": "one", "trait": "speaks Elvish", "person": "", "must": "on"}
    answer = client.post(preferences(course), typed)
    assert (answer.status_code, Preference.objects.count()) == (422, 0)
    assert "nobody could be planned" in answer.content.decode()
    assert client.post(preferences(course), {**typed, "must": ""}).status_code == 302
    again = client.post(preferences(course), {**typed, "must": ""})
    assert (again.status_code, Preference.objects.count()) == (409, 1)


def test_a_courses_priority_is_saved_once(course, coordinator, client):
    client.force_login(coordinator)
    typed = {"what": "priority", "priority": "4", "version": course.version}
    assert client.post(preferences(course), typed).status_code == 302
    course.refresh_from_db()
    assert course.priority == 4
    assert client.post(preferences(course), typed).status_code == 409
    assert client.post(preferences(course), {**typed, "priority": "3"}).status_code == 422


def test_a_preference_of_another_course_is_not_found_here(course, coordinator, client):
    client.force_login(coordinator)
    assert client.post(preferences(course), {"what": "take_back", "row": 9999}).status_code == 404
    assert client.get(reverse("sessions:preferences", args=[uuid4()])).status_code == 404


# In a browser


@pytest.mark.parametrize("width", [1280, 820])
def test_a_week_is_written_by_keyboard_and_every_page_is_accessible(
    course, clinic, lead, coordinator, log_in, live_server, axe, width
):
    nia = member(clinic, "nia", "Nia Fictional", "night_attendant")
    page = log_in(coordinator)
    page.set_viewport_size({"width": width, "height": 1000})
    addresses = [reverse(f"sessions:{name}") for name in ("working_hours", "duty", "left_outside", "leave", "rooms")]
    for address_of_page in [*addresses, preferences(course), address(nia)]:
        page.goto(live_server.url + address_of_page)
        assert axe(page) == [], address_of_page
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address_of_page
    page.goto(live_server.url + address(lead))
    page.get_by_label("Monday").fill("9-17")
    page.get_by_role("button", name="Same until Friday").press("Enter")
    page.get_by_label("Tuesday").fill("10-12")
    page.get_by_label("Tuesday").press("Enter")
    page.get_by_text(f"The week of {lead} is saved.").wait_for()
    starts = dict(WorkingTime.objects.values_list("weekday", "starts"))
    assert {day: at.hour for day, at in starts.items()} == {0: 9, 1: 10, 2: 9, 3: 9, 4: 9}
