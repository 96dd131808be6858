"""The pages of the calendar: plan, book, visit, move, cancel, calendar, rooms, leave."""

import datetime as dt
import re
from html import unescape
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Opening
from sessions.actions.booking import book
from sessions.actions.gatherings import gather
from sessions.actions.planning import propose
from sessions.actions.writing import remember, values_of
from sessions.models import Closure, Dose, Gathering, Leave, Rearrangement, Room, RoomClosure, TherapySession, Visit
from sessions.rules.planning import Wish
from tests.factories import (
    CourseFactory,
    MembershipFactory,
    PatientFactory,
    RoomFactory,
    TeamMemberFactory,
    VisitFactory,
    WorkingTimeFactory,
)


@pytest.fixture
def opened(clinic, course, coordinator):
    for membership in clinic.memberships.all():
        for weekday in range(5):
            WorkingTimeFactory(membership=membership, weekday=weekday)
    RoomFactory(clinic=clinic, kind="consulting", name="Willow")
    RoomFactory(clinic=clinic, kind="dosing", name="Harbour", turnover_minutes=60)
    return course


def next_monday(clinic):
    today = timezone.now().astimezone(clinic.zone).date()
    return today + dt.timedelta(days=7 - today.weekday())


@pytest.fixture
def booked(opened, clinic, lead, second, coordinator):
    monday = next_monday(clinic)
    wish = Wish(monday, monday + dt.timedelta(days=40), (str(lead.pk), str(second.pk)))
    now = timezone.now()
    plan = propose(opened, wish=wish, as_of=now).plan
    return {visit.code: visit for visit in book(opened, plan=plan, wish=wish, by=coordinator, at=now)}


@pytest.fixture
def desk(client, coordinator):
    client.force_login(coordinator)
    return client


def plan_url(course):
    return reverse("sessions:plan", args=[course.public_id])


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def hidden(response, action):
    """What the page would post to an address."""
    form = re.search(rf'<form method="post" action="{action}">(.*?)</form>', response.content.decode(), re.S).group(1)
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))


def test_the_planner_answers_at_once_with_a_whole_course(desk, opened):
    response = desk.get(plan_url(opened))
    visits = opened.plan.visits
    assert f"Book all {len(visits)} visits" in text_of(response)
    assert [row["code"] for row in response.context["rows"]] == [
        a.code for a in sorted(response.context["plan"].appointments, key=lambda a: (a.start, a.code))
    ]
    assert "Harbour" in text_of(response) and "Ada Fictional, Ben Fictional" in text_of(response)
    assert Opening.objects.filter(patient_id=opened.patient_id, what="plan").count() == 1
    assert Visit.objects.count() == 0


def test_one_button_books_what_is_shown(desk, opened):
    address = reverse("sessions:book", args=[opened.public_id])
    shown = hidden(desk.get(plan_url(opened)), address)
    response = desk.post(address, shown)
    assert response.status_code == 302
    assert opened.visits.count() == len(opened.plan.visits)


def test_a_plan_that_would_be_another_one_now_is_shown_again_first(desk, opened, clinic):
    address = reverse("sessions:book", args=[opened.public_id])
    shown = hidden(desk.get(plan_url(opened)), address)
    Closure.objects.create(clinic=clinic, day=next_monday(clinic), name="Refit")
    response = desk.post(address, shown)
    assert response.status_code == 409
    assert "The calendar has changed meanwhile" in text_of(response)
    assert opened.visits.count() == 0
    assert desk.post(address, hidden(response, address)).status_code == 302


def test_reasons_are_shown_where_no_course_fits(desk, opened, second):
    second.memberships.get().working_times.all().delete()
    response = desk.get(plan_url(opened))
    assert "No course fits, and this is why" in text_of(response)
    assert "share no weekday" in text_of(response)


def test_the_patients_times_can_be_changed_for_one_plan(desk, opened):
    asked = {"first_week": "2030-01-07", "within": "8", "pair": "team"}
    for day in range(4):
        asked |= {f"from_{day}": "09:00", f"until_{day}": "17:30"}
    response = desk.get(plan_url(opened), asked)
    local = [row["local"] for row in response.context["rows"] if row["kind"] != "call"]
    assert {moment.weekday() for moment in local} <= {0, 1, 2, 3}
    assert min(moment.time() for moment in local) >= dt.time(9)


def test_half_a_time_is_asked_for_again(desk, opened):
    asked = {"first_week": "2030-01-07", "within": "8", "pair": "team", "from_0": "09:00"}
    assert "Give both times for Monday, or neither." in text_of(desk.get(plan_url(opened), asked))


def test_a_visit_page_says_who_where_and_when(desk, booked):
    response = desk.get(reverse("sessions:visit", args=[booked["D1"].public_id]))
    said = text_of(response)
    assert "Dosing day 1" in said and "Harbour" in said
    assert "Ada Fictional, Ben Fictional" in said and "Petra Fictional" in said
    assert Opening.objects.filter(what="visit D1").count() == 1


def test_a_therapist_of_another_course_does_not_find_the_visit(client, booked, other_therapist):
    client.force_login(other_therapist)
    assert client.get(reverse("sessions:visit", args=[booked["D1"].public_id])).status_code == 404


def test_a_move_is_previewed_before_it_is_made(desk, booked):
    visit = booked["D2"]
    address = reverse("sessions:move", args=[visit.public_id])
    to = visit.starts_at + dt.timedelta(days=1)
    asked = {"day": to.date().isoformat(), "clock": "09:00", "version": visit.version}
    preview = desk.get(address, asked)
    assert "Before" in text_of(preview) and "After" in text_of(preview)
    assert {"D2", "I2.1"} <= {row["code"] for row in preview.context["parts"][0]["changes"]}
    assert Visit.objects.get(pk=visit.pk).starts_at == visit.starts_at
    made = desk.post(address, asked | {"shown": preview.context["shown"]})
    assert made.status_code == 302
    assert Visit.objects.get(pk=visit.pk).starts_at != visit.starts_at


def test_what_was_given_stands_in_the_picture_after_a_change_too(desk, booked, lead, second):
    session = TherapySession.objects.create(visit=booked["D1"], state="closed")
    for kind, mg, minutes in (("initial", "80", 0), ("supplemental", "40", 100)):
        at = booked["D1"].starts_at + dt.timedelta(minutes=minutes)
        given = {"given_at": at, "given_by": lead, "witnessed_by": second}
        Dose.objects.create(
            session=session, kind=kind, key=uuid4(), body_hash=kind, mg=mg, basis="HCl", lot="1", **given
        )
    to = booked["D2"].starts_at + dt.timedelta(days=1)
    asked = {"day": to.date().isoformat(), "clock": "09:00", "version": booked["D2"].version}
    (part,) = desk.get(reverse("sessions:move", args=[booked["D2"].public_id]), asked).context["parts"]
    told = [str(part[when]).count("80 + 40 mg") for when in ("before", "after")]
    assert told[0] == told[1] > 0


def moved(desk, visit, **more):
    """The visit moved by a day, as the pages do it; where that leads."""
    address = reverse("sessions:move", args=[visit.public_id])
    to = visit.starts_at + dt.timedelta(days=1)
    asked = {"day": to.date().isoformat(), "clock": "09:00", "version": visit.version, **more}
    return desk.post(address, asked | {"shown": desk.get(address, asked).context["shown"]})["Location"]


def test_a_move_can_be_undone_for_ten_minutes_where_it_leads(desk, booked, lead, coordinator):
    visit, start = booked["D2"], booked["D2"].starts_at.astimezone(booked["D2"].course.clinic.zone)
    calendar = moved(desk, visit, view="week", by="people")
    page = desk.get(calendar)
    (newest,) = page.context["fresh"]
    assert newest.says.startswith(f"D2 Wren Fictional moved from {start:%a} {start.day} {start:%b}, {start:%H:%M} to ")
    assert "10 minutes left" in text_of(page)
    desk.force_login(lead)
    assert desk.get(calendar).context["fresh"] == []  # whoever may not undo is not offered it
    desk.force_login(coordinator)
    undo = reverse("sessions:undo", args=[newest.public_id])
    assert unescape(hidden(page, undo)["back"]) == calendar
    assert desk.post(undo, {"back": calendar})["Location"] == calendar
    assert Visit.objects.get(pk=visit.pk).starts_at == visit.starts_at


def test_what_another_change_has_overtaken_is_not_offered(desk, booked):
    calendar = reverse("sessions:calendar")
    (booking,) = desk.get(calendar).context["fresh"]
    assert booking.says == f"{len(booked)} visits of Wren Fictional booked"
    reason = {"what": "cancelled", "reason": "Asked for it.", "version": 1}
    desk.post(reverse("sessions:cancel", args=[booked["D3"].public_id]), reason)
    desk.post(reverse("sessions:cancel", args=[booked["D2"].public_id]), reason)
    page = desk.get(calendar)
    assert [change.kind for change in page.context["fresh"]] == ["cancelled", "cancelled"]
    assert page.context["fresh"][0].says.endswith(": cancelled")
    assert "1 more change can still be taken back" in text_of(page)


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_undo_leads_nowhere_else(desk, booked, back):
    moved(desk, booked["D2"])
    change = Rearrangement.objects.get(kind="moved")
    answer = desk.post(reverse("sessions:undo", args=[change.public_id]), {"back": back})
    assert answer["Location"].startswith("/visits/")


def test_what_is_no_address_of_a_page_does_not_stop_undo(desk, booked):
    moved(desk, booked["D2"])
    change = Rearrangement.objects.get(kind="moved")
    answer = desk.post(reverse("sessions:undo", args=[change.public_id]), {"back": "nowhere"})
    assert (answer.status_code, Rearrangement.objects.filter(undoes=change).count()) == (302, 1)


@pytest.mark.parametrize("version", ["9" * 5000, "²", ""])
def test_a_made_up_version_repeats_no_rating(desk, booked, version):
    asked = {"version": version, "reason": "Too early."}
    assert desk.post(reverse("sessions:repeat", args=[booked["R0"].public_id]), asked).status_code == 302
    assert Visit.objects.get(pk=booked["R0"].pk).is_standing


def test_a_move_that_a_patient_was_told_of_is_not_undone(desk, booked):
    moved(desk, booked["D2"])
    change = Rearrangement.objects.get(kind="moved")
    Visit.objects.filter(pk=booked["D2"].pk).update(announced_at=timezone.now())
    answer = desk.post(reverse("sessions:undo", args=[change.public_id]))
    assert answer.status_code == 409
    assert "The patient has been told of D2 Dosing day 2 already. Move the visits instead." in text_of(answer)


@pytest.mark.parametrize("what", ["person", "room", "clinic"])
def test_an_absence_that_is_sent_twice_is_on_record_once(desk, opened, clinic, lead, what):
    day = (timezone.localdate() + dt.timedelta(days=30)).isoformat()
    key = {"person": f":{lead.pk}", "room": f":{clinic.rooms.first().pk}", "clinic": ""}[what]
    asked = {"what": what + key, "first": day, "last": day, "note": ""}
    asked["shown"] = desk.post(reverse("sessions:absence"), asked).context["shown"]
    assert desk.post(reverse("sessions:absence"), asked).status_code == 302
    again = desk.post(reverse("sessions:absence"), asked)
    assert "Everything holds where it stands: there is nothing to change." in text_of(again)
    kept = {"person": Leave, "room": RoomClosure, "clinic": Closure}[what]
    assert (again.status_code, kept.objects.count(), Rearrangement.objects.count()) == (409, 1, 1)


def test_an_absence_that_touched_nothing_is_undone(desk, opened, lead):
    day = (timezone.localdate() + dt.timedelta(days=30)).isoformat()
    asked = {"what": f"person:{lead.pk}", "first": day, "last": day, "note": ""}
    shown = desk.post(reverse("sessions:absence"), asked).context["shown"]
    page = desk.get(desk.post(reverse("sessions:absence"), asked | {"shown": shown})["Location"])
    (change,) = page.context["fresh"]
    assert change.says == "An absence entered"
    answer = desk.post(reverse("sessions:undo", args=[change.public_id]))
    assert (answer["Location"], Leave.objects.count()) == ("/calendar/", 0)


def test_a_move_out_of_its_window_is_refused_in_words(desk, booked):
    visit = booked["D2"]
    to = visit.starts_at + dt.timedelta(days=60)
    asked = {"day": to.date().isoformat(), "clock": "09:00", "version": visit.version}
    response = desk.get(reverse("sessions:move", args=[visit.public_id]), asked)
    assert "It cannot move to" in text_of(response)


def test_a_time_between_quarters_is_asked_for_again(desk, booked):
    visit = booked["D2"]
    asked = {"day": "2030-01-07", "clock": "09:05", "version": 1}
    response = desk.get(reverse("sessions:move", args=[visit.public_id]), asked)
    assert "quarter of an hour" in text_of(response)


def test_cancelling_asks_why_and_frees_the_room(desk, booked):
    visit = booked["I1.3"]
    address = reverse("sessions:cancel", args=[visit.public_id])
    assert desk.post(address, {"what": "cancelled", "reason": "", "version": 1}).status_code == 422
    assert desk.post(address, {"what": "cancelled", "reason": "Flu", "version": 1}).status_code == 302
    visit.refresh_from_db()
    assert (visit.state, visit.state_reason) == ("cancelled", "Flu")
    assert "Flu" in text_of(desk.get(reverse("sessions:visit", args=[visit.public_id])))


def test_a_stale_cancellation_is_refused(desk, booked):
    visit = booked["I1.3"]
    response = desk.post(
        reverse("sessions:cancel", args=[visit.public_id]), {"what": "cancelled", "reason": "Flu", "version": 7}
    )
    assert response.status_code == 409
    assert "Somebody else has changed" in text_of(response)


@pytest.mark.parametrize("view", ["day", "week"])
@pytest.mark.parametrize("by", ["people", "rooms"])
def test_the_calendar_shows_the_visits_of_its_days(desk, booked, view, by):
    day = booked["D1"].starts_at.date().isoformat()
    said = text_of(desk.get(reverse("sessions:calendar"), {"view": view, "by": by, "day": day}))
    assert "D1 Wren Fictional" in said
    assert ("Harbour" if by == "rooms" else "Ada Fictional") in said


def test_a_dyad_is_one_block_over_two_lines_of_the_day(desk, booked):
    day = booked["D1"].starts_at.date().isoformat()
    page = desk.get(reverse("sessions:calendar"), {"view": "day", "day": day}).content.decode()
    assert page.count(f'data-together="{booked["D1"].public_id}"') == 1
    assert 'rowspan="2"' in page


@pytest.mark.parametrize("view", ["day", "week"])
def test_a_pair_has_a_line_with_what_both_or_one_of_them_hold(
    desk, booked, clinic, lead, second, other_therapist, view
):
    visit = booked["D1"]
    asked = {"view": view, "by": "pairs", "day": visit.starts_at.date().isoformat()}
    (line,) = desk.get(reverse("sessions:calendar"), asked).context["lines"]
    assert (line.name, visit in line.entries) == ("Ada Fictional and Ben Fictional", True)
    visit.allocations.filter(therapist=second).update(therapist=other_therapist)
    (line,) = [line for line in desk.get(reverse("sessions:calendar"), asked).context["lines"] if visit in line.entries]
    assert line.name == "Ada Fictional and Otto Fictional"


def test_one_therapist_alone_stands_in_the_line_of_the_pair(desk, booked, lead, second):
    visit = booked["D1"]
    visit.allocations.filter(therapist=second).delete()
    asked = {"view": "day", "by": "pairs", "day": visit.starts_at.date().isoformat()}
    response = desk.get(reverse("sessions:calendar"), asked)
    assert [line.name for line in response.context["lines"]] == ["Ada Fictional and Ben Fictional"]
    assert "Ada Fictional alone" in text_of(response)


def test_the_week_of_one_person_has_a_line_for_each_day(desk, booked, lead):
    asked = {"who": f"p{lead.pk}", "day": booked["P1"].starts_at.date().isoformat()}
    response = desk.get(reverse("sessions:calendar"), asked)
    assert [row["day"].weekday() for row in response.context["table"]] == [0, 1, 2, 3, 4]
    cells = [cell["entry"] for row in response.context["table"] for cell in row["cells"] if cell["entry"]]
    assert booked["P1"] in cells


def test_the_visits_of_one_line_alone_are_counted_by_themselves(desk, booked, lead, rater, physician, clinic):
    first = booked["D1"].starts_at.astimezone(clinic.zone).date()

    def said(**more):
        asked = {"view": "day", "day": first.isoformat(), **more}
        response = desk.get(reverse("sessions:calendar"), asked)
        assert f"{response.context['count']} visit" in text_of(response)
        return response.context["count"], response.context["alone"] and response.context["alone"].name

    assert said() == (1, None)
    assert said(who=f"p{lead.pk}") == (1, str(lead))
    assert said(who=f"p{physician.pk}") == (1, str(physician))
    assert said(who=f"p{rater.pk}") == (0, str(rater))


@pytest.mark.parametrize("view", ["day", "week"])
@pytest.mark.parametrize("by", ["people", "rooms"])
def test_groups_and_supervision_are_drawn_without_a_patients_name(
    client, desk, opened, clinic, lead, second, other_therapist, view, by
):
    day = next_monday(clinic)
    row = gather(
        clinic,
        kind=Gathering.Kind.SUPERVISION,
        starts_at=dt.datetime.combine(day, dt.time(10), tzinfo=clinic.zone),
        minutes=60,
        room=clinic.rooms.get(name="Willow"),
        therapists=[lead, second],
        by=lead,
        at=timezone.now(),
    )
    asked = {"view": view, "by": by, "day": day.isoformat()}
    lines = desk.get(reverse("sessions:calendar"), asked).context["lines"]
    holders = [line.name for line in lines if row in line.entries]
    assert holders == (["Willow"] if by == "rooms" else ["Ada Fictional", "Ben Fictional"])
    client.force_login(other_therapist)
    assert "Supervision" not in text_of(client.get(reverse("sessions:calendar"), asked))
    client.force_login(second)
    assert "Supervision" in text_of(client.get(reverse("sessions:calendar"), asked))


def test_a_room_that_is_closed_says_so(desk, opened, clinic):
    day = next_monday(clinic)
    RoomClosure.objects.create(room=clinic.rooms.get(name="Harbour"), starts_on=day, ends_on=day, note="Painting")
    asked = {"view": "day", "by": "rooms", "day": day.isoformat()}
    assert "Away: Painting" in text_of(desk.get(reverse("sessions:calendar"), asked))


def fits(desk, visit, **more):
    zone = visit.course.clinic.zone
    start = visit.starts_at.astimezone(zone)
    asked = {"day": start.date().isoformat(), "clock": f"{start:%H:%M}", "version": visit.version}
    return desk.get(reverse("sessions:fits", args=[visit.public_id]), asked | more)


def test_what_may_be_dropped_there_is_answered_with_its_preview(desk, booked):
    visit = booked["D2"]
    to = (visit.starts_at + dt.timedelta(days=1)).date().isoformat()
    said = fits(desk, visit, day=to, view="week", by="rooms").json()
    assert said["fits"] is True
    page = desk.get(said["preview"])
    assert page.context["mended"] == 1
    assert Visit.objects.get(pk=visit.pk).starts_at == visit.starts_at
    address, _, _ = said["preview"].partition("?")
    made = desk.post(address, dict(page.context["hidden"]) | {"shown": page.context["shown"]})
    assert made["Location"] == f"/calendar/?view=week&by=rooms&day={to}"


def test_what_may_not_be_dropped_there_names_what_is_in_the_way(desk, booked, clinic, lead):
    visit, other = booked["I1.3"], booked["I1.1"]
    day = visit.starts_at.astimezone(clinic.zone).date()
    begins = dt.datetime.combine(day, dt.time(14), tzinfo=clinic.zone)
    course = CourseFactory(patient=PatientFactory(clinic=clinic))
    taken = VisitFactory(course=course, starts_at=begins, ends_at=begins + dt.timedelta(hours=2))
    taken.allocations.create(therapist=lead, during=(taken.starts_at, taken.ends_at))
    said = fits(desk, visit, clock="15:00").json()
    assert said["fits"] is False
    assert "Ada Fictional is booked from 14:00 to 16:00." in said["reasons"]
    assert other.pk != visit.pk and said["instead"]
    taken.allocations.update(active=False)  # with nothing in the way it may
    assert fits(desk, visit, clock="15:00").json()["fits"] is True


def test_a_visit_is_dropped_into_another_room(desk, booked, clinic):
    visit = booked["I1.3"]
    cedar = RoomFactory(clinic=clinic, kind="consulting", name="Cedar")
    page = desk.get(fits(desk, visit, room=cedar.pk).json()["preview"])
    (row,) = page.context["parts"][0]["changes"]
    assert (row["old_room"], row["room"]) == ("Willow", "Cedar")
    refused = fits(desk, visit, room=clinic.rooms.get(name="Harbour").pk).json()
    assert refused["reasons"][0] == "Harbour is a dosing room; this visit takes a consulting room."


def test_a_visit_is_dropped_on_another_therapist(desk, booked, clinic, lead, second, other_therapist, rater):
    visit = booked["I1.3"]
    for weekday in range(5):
        WorkingTimeFactory(membership=other_therapist.memberships.get(), weekday=weekday)
    said = fits(desk, visit, leaves=second.pk, comes=other_therapist.pk).json()
    page = desk.get(said["preview"])
    (row,) = page.context["parts"][0]["changes"]
    assert sorted(row["people"]) == ["Ada Fictional", "Otto Fictional"]
    made = desk.post(
        reverse("sessions:move", args=[visit.public_id]),
        dict(page.context["hidden"]) | {"shown": page.context["shown"]},
    )
    assert made.status_code == 302
    visit.refresh_from_db()
    assert {str(person) for person in visit.therapists} == {"Ada Fictional", "Otto Fictional"}
    assert fits(desk, visit, leaves=second.pk, comes=rater.pk).status_code == 422


def test_a_visit_is_dropped_on_the_line_of_another_pair(desk, booked, clinic, lead, second, other_therapist, rater):
    visit = booked["I1.3"]
    for weekday in range(5):
        WorkingTimeFactory(membership=other_therapist.memberships.get(), weekday=weekday)
    said = fits(desk, visit, pair=f"{lead.pk}-{other_therapist.pk}", view="day", by="pairs").json()
    page = desk.get(said["preview"])
    (row,) = page.context["parts"][0]["changes"]
    assert sorted(row["people"]) == ["Ada Fictional", "Otto Fictional"]
    assert "Otto Fictional in place of Ben Fictional" in text_of(page)
    posted = dict(page.context["hidden"]) | {"shown": page.context["shown"]}
    made = desk.post(reverse("sessions:move", args=[visit.public_id]), posted)
    assert made["Location"].startswith("/calendar/?view=day&by=pairs&day=")
    visit.refresh_from_db()
    assert {str(person) for person in visit.therapists} == {"Ada Fictional", "Otto Fictional"}


def test_a_visit_is_not_dropped_on_a_pair_that_shares_nobody_with_it(
    desk, booked, lead, second, other_therapist, rater
):
    visit = booked["I1.3"]
    refused = fits(desk, visit, pair=f"{other_therapist.pk}-{rater.pk}")
    assert refused.status_code == 422
    (reason,) = refused.json()["reasons"]
    assert reason.startswith(
        "I1.3 is held by Ada Fictional and Ben Fictional, and a course keeps its pair: only one of"
    )
    assert reason.endswith("to give the whole course another pair, plan it again with any two who are free.")
    assert fits(desk, visit, pair=f"{lead.pk}-{rater.pk}").status_code == 422  # who is no therapist comes nowhere
    assert fits(desk, visit, pair="lead-second").status_code == 422
    assert fits(desk, visit, pair=f"{second.pk}-{lead.pk}").json()["fits"] is True  # their own line


def test_the_form_for_moving_offers_rooms_and_colleagues(desk, booked, clinic, second, other_therapist):
    page = text_of(desk.get(reverse("sessions:move", args=[booked["I1.3"].public_id])))
    for offered in ("In another room, or with somebody else", "Willow", "Harbour", "Otto Fictional", "In place of"):
        assert offered in page


@pytest.mark.parametrize("view", ["day", "week"])
def test_what_a_pair_has_besides_visits_is_in_its_line(desk, booked, clinic, lead, other_therapist, view):
    visit = booked["I1.3"]
    gathering = gather(
        clinic,
        kind=Gathering.Kind.SUPERVISION,
        starts_at=visit.starts_at + dt.timedelta(hours=4),
        minutes=60,
        room=None,
        therapists=[lead, other_therapist],
        by=lead,
        at=timezone.now(),
    )
    asked = {"view": view, "by": "pairs", "day": visit.starts_at.date().isoformat()}
    page = desk.get(reverse("sessions:calendar"), asked)
    (line,) = page.context["lines"]
    assert (line.name, gathering in line.entries) == ("Ada Fictional and Ben Fictional", True)
    assert "Supervision Ada Fictional," in text_of(page)


@pytest.mark.parametrize("view", ["day", "week"])
def test_who_covers_and_who_stays_the_night_have_it_in_their_lines(desk, booked, clinic, physician, view):
    visit, nights = (
        booked["D1"],
        MembershipFactory(clinic=clinic, roles=["night_attendant"], user__name="Nia Fictional"),
    )
    Visit.objects.filter(pk=visit.pk).update(covered_by=physician, night_attendant=nights.user)
    day = visit.starts_at.astimezone(clinic.zone).date()
    page = desk.get(reverse("sessions:calendar"), {"view": view, "day": day.isoformat()})
    lines = {line.name: line for line in page.context["lines"]}
    assert [duty.visit for duty in lines[str(physician)].entries] == [visit]
    assert lines["Nia Fictional"].nights == {day: [visit]}
    assert "covers D1 Wren Fictional" in text_of(page) and "Night after D1 Wren Fictional" in text_of(page)
    assert page.content.decode().count(f'data-together="{visit.public_id}"') == (1 if view == "day" else 2)
    alone = desk.get(reverse("sessions:calendar"), {"who": f"p{physician.pk}", "day": day.isoformat()})
    assert "covers D1" in text_of(alone)
    Visit.objects.filter(pk=visit.pk).update(covered_by=None, night_attendant=None)
    said = text_of(desk.get(reverse("sessions:calendar"), {"view": view, "day": day.isoformat()}))
    assert "covers" not in said and "Night after" not in said


def test_the_line_of_a_physician_takes_no_visit(desk, booked, second, physician):
    assert fits(desk, booked["I1.3"], leaves=second.pk, comes=physician.pk).status_code == 422


def test_a_therapist_sees_only_their_own_courses(client, booked, clinic, other_therapist):
    client.force_login(other_therapist)
    day = booked["D1"].starts_at.date().isoformat()
    response = client.get(reverse("sessions:calendar"), {"day": day})
    assert response.context["count"] == 0
    assert "Wren" not in text_of(response)


@pytest.mark.parametrize("view", ["day", "week"])
@pytest.mark.parametrize("by", ["people", "rooms", "pairs"])
def test_the_calendar_asks_the_same_for_one_visit_and_for_thirty(
    desk, clinic, lead, view, by, django_assert_num_queries
):
    day = next_monday(clinic)
    start = dt.datetime.combine(day, dt.time(9), tzinfo=clinic.zone)
    room = RoomFactory(clinic=clinic)

    def fill(number):
        for n in range(number):
            course = CourseFactory(patient=PatientFactory(clinic=clinic))
            TeamMemberFactory(course=course, user=lead)
            begins = start + dt.timedelta(minutes=15 * n, hours=1 if number > 1 else 0)
            visit = VisitFactory(course=course, starts_at=begins, ends_at=begins + dt.timedelta(minutes=15), room=room)
            visit.allocations.create(therapist=lead, during=(visit.starts_at, visit.ends_at))

    asked = {"view": view, "by": by, "day": day.isoformat()}
    fill(1)
    desk.get(reverse("sessions:calendar"), asked)
    with django_assert_num_queries(QUERIES[by]):
        desk.get(reverse("sessions:calendar"), asked)
    fill(29)
    with django_assert_num_queries(QUERIES[by]):
        desk.get(reverse("sessions:calendar"), asked)


QUERIES = {"people": 18, "rooms": 16, "pairs": 20}


@pytest.mark.parametrize("day", ["2026-02-31", "nonsense", "0001-01-01", "9999-12-31", ""])
def test_a_day_that_does_not_exist_is_today(desk, clinic, day):
    response = desk.get(reverse("sessions:calendar"), {"view": "day", "day": day})
    assert response.context["first"] == response.context["today"]


def test_a_room_is_added_changed_and_refused_a_second_time(desk, clinic):
    address = reverse("sessions:rooms")
    values = {"name": "Harbour", "kind": "dosing", "turnover_minutes": 60, "active": "on"}
    assert desk.post(address, values).status_code == 302
    room = Room.objects.get(clinic=clinic)
    again = desk.post(address, values)
    assert again.status_code == 409
    assert "has a room called Harbour already" in text_of(again)
    changed = values | {"room": str(room.public_id), "version": room.version, "turnover_minutes": 90}
    assert desk.post(address, changed).status_code == 302
    assert Room.objects.get().turnover_minutes == 90
    assert desk.post(address, changed).status_code == 409  # the version that was shown is gone


def test_a_room_of_another_clinic_is_not_found(desk, stranger):
    foreign = RoomFactory(clinic=stranger.memberships.get().clinic)
    assert desk.get(reverse("sessions:rooms"), {"room": str(foreign.public_id)}).status_code == 404


def test_leave_names_the_visits_that_have_to_move(desk, booked, lead):
    day = booked["D1"].starts_at.date()
    values = {
        "what": "leave",
        "membership": lead.memberships.get().pk,
        "starts_on": day.isoformat(),
        "ends_on": day.isoformat(),
        "note": "",
    }
    response = desk.post(reverse("sessions:leave"), values, follow=True)
    assert "1 planned visit to move" in text_of(response)
    assert "D1 Wren Fictional" in text_of(response)
    row = Leave.objects.get()
    desk.post(reverse("sessions:leave"), {"what": "end_leave", "row": str(row.public_id)})
    assert Leave.objects.count() == 0


@pytest.mark.parametrize("year", ["0026", "9999"])
def test_leave_and_closed_days_of_another_age_are_asked_for_again(desk, lead, year):
    member, far = lead.memberships.get(), f"{year}-03-01"
    near = timezone.localdate() + dt.timedelta(days=30)
    leave = {"what": "leave", "membership": member.pk, "starts_on": near.isoformat(), "ends_on": near.isoformat()}
    closure = {"what": "closure", "day": near.isoformat(), "name": "Refit"}
    said = f"The year {int(year)} is more than 5 years away. Choose a day between"
    for asked in (leave | {"starts_on": far}, leave | {"ends_on": far}, closure | {"day": far}):
        answer = desk.post(reverse("sessions:leave"), asked)
        assert answer.status_code == 422 and said in text_of(answer)
    absence = {"what": f"person:{lead.pk}", "first": far, "last": far}
    assert said in text_of(desk.post(reverse("sessions:absence"), absence))
    assert not Leave.objects.exists() and not Closure.objects.exists()
    assert [desk.post(reverse("sessions:leave"), asked).status_code for asked in (leave, closure)] == [302, 302]


def test_leave_that_ends_before_it_begins_is_asked_for_again(desk, lead):
    values = {
        "what": "leave",
        "membership": lead.memberships.get().pk,
        "starts_on": "2027-02-02",
        "ends_on": "2027-02-01",
    }
    response = desk.post(reverse("sessions:leave"), values)
    assert response.status_code == 422
    assert "The last day comes before the first." in text_of(response)


@pytest.mark.parametrize("typed", ["", "x", "-1", "²", "9" * 30, "00000000-0000-4000-8000-000000000000"])
def test_a_made_up_row_of_the_office_is_not_found(desk, clinic, typed):
    for what in ("end_leave", "reopen"):
        assert desk.post(reverse("sessions:leave"), {"what": what, "row": typed}).status_code == 404
    room = RoomFactory(clinic=clinic, kind="dosing", name="Harbour")
    values = {"name": "Sound", "kind": "dosing", "turnover_minutes": 60, "active": "on", "room": str(room.public_id)}
    assert desk.post(reverse("sessions:rooms"), values | {"version": typed}).status_code == 409


def test_the_clinic_closes_once_and_opens_again(desk, clinic):
    address = reverse("sessions:leave")
    values = {"what": "closure", "day": "2027-02-01", "name": "Refit"}
    assert desk.post(address, values).status_code == 302
    assert desk.post(address, values).status_code == 409
    assert desk.post(address, {"what": "reopen", "row": Closure.objects.get().pk}).status_code == 302
    assert Closure.objects.count() == 0


@pytest.fixture
def of_two_clinics(lead, clinic, stranger):
    """A therapist of this clinic, who came here first, and the coordinator of another."""
    other = stranger.memberships.get().clinic
    MembershipFactory(user=lead, clinic=other, roles=["coordinator"])
    return lead, other


def test_somebody_of_two_clinics_closes_only_the_one_where_they_may(client, clinic, of_two_clinics):
    person, other = of_two_clinics
    client.force_login(person)
    client.post("/clinic/leave/", {"what": "closure", "day": "2030-05-01", "name": "Repairs"})
    assert list(Closure.objects.values_list("clinic", "name")) == [(other.pk, "Repairs")]
    room = {"name": "Annexe", "kind": "consulting", "turnover_minutes": 15, "active": "on"}
    client.post("/clinic/rooms/", room)
    assert list(Room.objects.filter(name="Annexe").values_list("clinic", flat=True)) == [other.pk]
    # Where they may in both, it is the clinic they came to first.
    person.memberships.filter(clinic=clinic).update(roles=["therapist", "admin"])
    client.post("/clinic/leave/", {"what": "closure", "day": "2030-05-02", "name": "Holiday"})
    assert Closure.objects.get(name="Holiday").clinic == clinic


def test_a_therapist_who_coordinates_elsewhere_reads_no_patient_of_another_course_in_a_change(
    client, clinic, of_two_clinics, booked, coordinator
):
    person, _other = of_two_clinics
    unseen = CourseFactory(patient=PatientFactory(clinic=clinic, given_name="Unseen", family_name="Canary"))
    visit = booked["P1"]
    beside = VisitFactory(course=unseen, code="P1", starts_at=visit.starts_at - dt.timedelta(days=1))
    change = Rearrangement.objects.create(clinic=clinic, kind="repaired", by=coordinator, at=timezone.now())
    remember(change, {row.pk: (values_of(row), "") for row in Visit.objects.filter(pk__in=[visit.pk, beside.pk])})
    pages = [
        reverse("reports:course", args=[visit.course.public_id]),
        reverse("sessions:visit", args=[visit.public_id]),
    ]
    client.force_login(person)
    assert [b"Canary" in client.get(page).content for page in pages] == [False, False]
    client.force_login(coordinator)
    assert [b"Canary" in client.get(page).content for page in pages] == [True, True]  # who may undo it reads of whom


def test_the_calendar_of_somebody_of_two_clinics_shows_no_colleagues_of_where_they_only_treat(
    client, clinic, of_two_clinics, other_therapist, rater
):
    person, _other = of_two_clinics
    client.force_login(person)
    page = client.get("/calendar/")
    names = [line.name for line in page.context["lines"]]
    assert "Stella Stranger" in names
    assert {"Otto Fictional", "Rita Fictional"} & set(names) == set()
    person.memberships.filter(clinic=clinic).update(roles=["coordinator"])
    assert {"Otto Fictional", "Rita Fictional"} <= {line.name for line in client.get("/calendar/").context["lines"]}


def test_the_plan_page_offers_other_plans_with_what_each_costs_and_proposes_the_one_that_is_asked_for(
    desk, opened, lead, second
):
    page = desk.get(plan_url(opened))
    others = page.context["others"]
    assert len(others) == 3  # with this pair, one for each later week of the wish
    assert [other.later for other, _ in others] == [7, 14, 21]
    assert "7 days later than the best" in text_of(page)
    other, query = others[0]
    asked = desk.get(f"{plan_url(opened)}?{query}")
    assert asked.context["plan"].fingerprint == other.plan.fingerprint
    assert f"pair={lead.pk}-{second.pk}" in query


@pytest.mark.parametrize("who", ["physician", "stranger", "nobody"])
def test_nobody_but_two_therapists_of_the_clinic_can_be_asked_for(desk, opened, lead, physician, stranger, who):
    other = {"physician": physician.pk, "stranger": stranger.pk, "nobody": "x"}[who]
    page = desk.get(plan_url(opened), {"first_week": "2026-03-02", "within": "4", "pair": f"{lead.pk}-{other}"})
    assert page.context["form"].errors["pair"]
    assert page.context["proposal"] is None


def test_the_planner_knows_how_many_hours_a_week_somebody_may_be_booked(opened, clinic, lead, second):
    monday = next_monday(clinic)
    wish = Wish(monday, monday + dt.timedelta(days=40), (str(lead.pk), str(second.pk)))
    clinic.memberships.filter(user=second).update(weekly_hours=9)  # a dosing day and the morning after need more
    refused = propose(opened, wish=wish, as_of=timezone.now())
    assert refused.plan is None
    assert "weekly" in {finding.code for finding in refused.findings}
    clinic.memberships.filter(user=second).update(weekly_hours=20)
    plan = propose(opened, wish=wish, as_of=timezone.now()).plan
    weeks = {}
    for appointment in plan.appointments:
        if str(second.pk) in [key for _, key in appointment.people]:
            week = appointment.start.astimezone(clinic.zone).date().isocalendar()[:2]
            weeks[week] = weeks.get(week, 0) + (appointment.end - appointment.start).total_seconds() / 3600
    assert max(weeks.values()) <= 20


def test_somebody_who_may_not_lead_is_second_or_refused(opened, clinic, lead, second):
    monday = next_monday(clinic)
    clinic.memberships.filter(user=lead).update(may_lead=False)
    asked = Wish(monday, monday + dt.timedelta(days=40), (str(lead.pk), str(second.pk)))
    refused = propose(opened, wish=asked, as_of=timezone.now())
    assert (refused.plan, [finding.code for finding in refused.findings][:1]) == (None, ["may_not_lead"])
    anybody = Wish(monday, monday + dt.timedelta(days=40))
    assert str(lead.pk) != propose(opened, wish=anybody, as_of=timezone.now()).plan.pair[0]


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "0205-03-01"])
def test_a_year_that_was_typed_wrongly_is_said_and_not_searched_up_to(desk, booked, day):
    visit = booked["D1"]
    asked = {"day": day, "clock": "09:00", "version": visit.version}
    refused = desk.get(reverse("sessions:fits", args=[visit.public_id]), asked)
    assert refused.status_code == 422 and "Choose a day between" in refused.json()["reasons"][0]
    for address, more in (
        (reverse("sessions:move", args=[visit.public_id]), asked),
        (plan_url(visit.course), {"first_week": day, "within": "26", "pair": "team"}),
    ):
        assert "Choose a day between" in text_of(desk.get(address, more))
    CourseFactory(patient=PatientFactory(clinic=visit.course.clinic), state="eligible")
    answer = desk.post(reverse("sessions:waiting"), {"first_week": day, "within": "26"})
    assert answer.status_code == 422 and "Choose a day between" in text_of(answer)
