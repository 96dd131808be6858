"""The board's filters together, and the views that people save of it for themselves."""

import pytest
from django.db import IntegrityError, transaction

from accounts.rules.findings import Refused
from reports.actions.board import begin_with, save_view
from reports.models import BoardView
from reports.rules.board import MOST_VIEWS, Look
from tests.factories import CourseFactory, PatientFactory, TeamMemberFactory
from tests.reports.test_pages import visit_of

BOARD, VIEWS = "/courses/", "/courses/views/"


def names(client, query=""):
    """The family names on the board, in their order."""
    return [row.course.patient.family_name for row, _ in client.get(f"{BOARD}?{query}").context["lines"]]


@pytest.fixture
def three(clinic, lead, second, other_therapist):
    """Three courses: one this week with a pair, one later, one with nobody and nothing."""
    courses = {}
    for name in ("Alder", "Birch", "Cedar"):
        courses[name] = CourseFactory(patient=PatientFactory(clinic=clinic, family_name=name))
    for name, pair in (("Alder", (lead, second)), ("Birch", (other_therapist, second))):
        for duty, user in zip(("lead", "second"), pair, strict=True):
            TeamMemberFactory(course=courses[name], user=user, duty=duty)
    visit_of(courses["Birch"], 0, "P1", hour=23)
    visit_of(courses["Alder"], 30, "P1")
    type(courses["Alder"]).objects.filter(pk=courses["Alder"].pk).update(state="eligible")
    return courses


@pytest.fixture
def desk(client, coordinator):
    client.force_login(coordinator)
    return client


def test_filters_narrow_together(desk, three, other_therapist, second):
    assert names(desk) == ["Alder", "Birch", "Cedar"]
    assert names(desk, "order=next") == ["Birch", "Alder", "Cedar"]
    assert names(desk, f"with={second.public_id}") == ["Alder", "Birch"]
    assert names(desk, f"with={second.public_id}&show=week") == ["Birch"]
    assert names(desk, "state=eligible") == ["Alder"]
    assert names(desk, f"state=eligible&with={other_therapist.public_id}") == []


def test_a_view_is_saved_under_a_name_shown_and_replaced(desk, three, coordinator):
    desk.post(VIEWS, {"act": "save", "name": "Eligible soon", "query": "order=next&state=eligible&x=1"})
    (view,) = BoardView.objects.all()
    assert (view.user, view.name, view.query) == (coordinator, "Eligible soon", "state=eligible&order=next")
    page = desk.get(f"{BOARD}?{view.query}")
    assert page.context["view"] == view
    assert f'href="?{view.query.replace("&", "&amp;")}" aria-current="page"' in page.content.decode()
    desk.post(VIEWS, {"act": "save", "name": "Eligible soon", "query": "show=week"})
    assert [row.query for row in BoardView.objects.all()] == ["show=week"]


def test_the_board_opens_with_the_view_that_was_chosen_and_with_all_when_asked(desk, three):
    desk.post(VIEWS, {"act": "save", "name": "Eligible", "query": "state=eligible", "first": "on"})
    assert names(desk) == ["Alder"]
    assert names(desk, "page=1") == ["Alder"]
    assert names(desk, "show=") == ["Alder", "Birch", "Cedar"]
    view = BoardView.objects.get()
    desk.post(VIEWS, {"act": "not_first", "view": view.pk})
    assert names(desk) == ["Alder", "Birch", "Cedar"]
    desk.post(VIEWS, {"act": "first", "view": view.pk})
    desk.post(VIEWS, {"act": "save", "name": "Week", "query": "show=week", "first": "on"})
    assert list(BoardView.objects.filter(is_first=True).values_list("name", flat=True)) == ["Week"]
    desk.post(VIEWS, {"act": "forget", "view": BoardView.objects.get(name="Week").pk})
    assert names(desk) == ["Alder", "Birch", "Cedar"]


def test_views_are_their_owners_alone(desk, three, lead, client):
    view = save_view(lead, name="Mine", look=Look(frozenset({"mine"})), is_first=True)
    assert names(desk) == ["Alder", "Birch", "Cedar"]
    assert "Mine</a>" not in desk.get(BOARD).content.decode().split("Saved")[0].split("This week")[1]
    for act in ("first", "forget"):
        assert desk.post(VIEWS, {"act": act, "view": view.pk}).status_code == 404
    assert BoardView.objects.get() == view


@pytest.mark.parametrize("name", ["", "   ", "x" * 41])
def test_a_view_has_a_name(desk, name):
    desk.post(VIEWS, {"act": "save", "name": name, "query": "show=week"})
    assert not BoardView.objects.exists()


def test_there_are_only_so_many(coordinator):
    for number in range(MOST_VIEWS):
        save_view(coordinator, name=f"View {number}", look=Look(), is_first=False)
    with pytest.raises(Refused):
        save_view(coordinator, name="One more", look=Look(), is_first=False)
    save_view(coordinator, name="View 3", look=Look(order="next"), is_first=True)
    assert BoardView.objects.filter(user=coordinator).count() == MOST_VIEWS


def test_the_database_lets_the_board_begin_with_one(coordinator):
    one, other = (save_view(coordinator, name=name, look=Look(), is_first=False) for name in "ab")
    begin_with(coordinator, one)
    with pytest.raises(IntegrityError, match="one_board_view_to_begin_with"), transaction.atomic():
        BoardView.objects.filter(pk=other.pk).update(is_first=True)


@pytest.mark.browser
def test_a_coordinator_narrows_the_board_and_saves_it_by_keyboard(live_server, log_in, axe, three, coordinator):
    page = log_in(coordinator)
    page.goto(f"{live_server.url}{BOARD}")
    page.get_by_role("navigation", name="Filter").get_by_role("link", name="This week").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/courses/?show=week")
    page.get_by_label("Order").focus()
    page.keyboard.press("b")  # the option that begins with it
    page.get_by_label("Order").select_option("next")
    page.get_by_role("button", name="Show", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**order=next**")
    page.get_by_text("Save this view").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name").focus()
    page.keyboard.type("This week, soonest first")
    page.keyboard.press("Enter")
    saved = page.get_by_role("navigation", name="Saved views").get_by_role("link", name="This week, soonest first")
    saved.wait_for()
    assert saved.get_attribute("aria-current") == "page"
    assert axe(page) == []
    for width in (1280, 820):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
