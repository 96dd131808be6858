"""The idle lock as somebody sees it: the page leaves the document and comes back with every letter that was typed."""

import pytest

from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TYPED = "He said that the room felt safe. — “Encore”, naïve, 日本語, and a line\nbelow it."


@pytest.fixture
def faults(page):
    """Everything the browser complains about, violations of the content security policy among it."""
    found = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    return found


@pytest.fixture
def at_work(live_server, page, log_in, admin, lead, faults):
    """The admin, in the middle of writing about the lead therapist."""
    log_in(admin)
    page.goto(f"{live_server.url}/clinic/people/{lead.memberships.get().public_id}/")
    page.get_by_label("Title").fill(TYPED.splitlines()[0])
    return page


def lock(page):
    page.get_by_label("Account of Agnes Fictional").click()
    with page.expect_response("**/lock/"):
        page.get_by_role("button", name="Lock the screen").click()
    page.get_by_role("heading", name="Locked").wait_for()


def test_locking_takes_the_page_out_and_unlocking_brings_back_what_was_typed(at_work, faults):
    page = at_work
    lock(page)
    assert page.title() == "Locked"
    assert "Ada Fictional" not in page.evaluate("document.documentElement.innerHTML")
    assert "the room felt safe" not in page.evaluate("document.documentElement.innerHTML")
    page.get_by_label("Password of Agnes Fictional").fill("not the password")
    with page.expect_response("**/unlock/"):
        page.get_by_role("button", name="Unlock").click()
    page.get_by_text("That is not the password of this account. Try again.").wait_for()
    page.get_by_label("Password of Agnes Fictional").fill(PASSWORD)
    page.get_by_role("button", name="Unlock").click()
    page.get_by_role("heading", name="Ada Fictional").wait_for()
    assert page.get_by_label("Title").input_value() == TYPED.splitlines()[0]
    assert [fault for fault in faults if "400" not in fault] == []


def test_a_locked_tab_is_locked_on_the_server_too(at_work, live_server):
    page = at_work
    lock(page)
    other = page.context.new_page()
    other.goto(f"{live_server.url}/clinic/people/")
    other.get_by_role("heading", name="Locked").wait_for()
    assert "Ada Fictional" not in other.content()
    other.get_by_label("Password of Agnes Fictional").fill(PASSWORD)
    other.get_by_role("button", name="Unlock").click()
    other.wait_for_url("**/clinic/people/")


def test_an_idle_page_locks_by_itself_and_its_form_is_sent_after_unlocking(live_server, page, log_in, admin, lead):
    page.clock.install()
    log_in(admin)
    page.goto(f"{live_server.url}/clinic/people/{lead.memberships.get().public_id}/")
    page.get_by_label("Title").fill("A renewed licence")
    page.clock.fast_forward("09:50")
    assert page.get_by_role("heading", name="Locked").count() == 0
    page.clock.fast_forward("00:20")
    page.get_by_label("Password of Agnes Fictional").fill(PASSWORD)
    page.get_by_role("button", name="Unlock").click()
    page.get_by_label("Kind").select_option("licence")
    page.get_by_label("Last day in force").fill("2040-01-01")
    page.get_by_role("button", name="Record credential").click()
    page.get_by_text("The credential is recorded.").wait_for()
    assert page.locator(".card").get_by_text("A renewed licence").count() == 1


def test_leaving_with_unsaved_text_asks_first(at_work, live_server):
    asked = []
    at_work.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    at_work.goto(f"{live_server.url}/clinic/access/")
    assert asked == ["beforeunload"]


def test_the_slash_key_goes_to_the_search_box_but_not_while_typing(live_server, page, log_in, coordinator):
    log_in(coordinator)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("a/b")
    assert page.locator("#search").input_value() == "a/b"


def test_the_frame_passes_axe_and_fits_a_tablet(live_server, page, log_in, coordinator, axe, course):
    log_in(coordinator)
    for width in (1280, 820, 320):
        page.set_viewport_size({"width": width, "height": 900})
        for path in ("/", "/courses/", f"/courses/{course.public_id}/", "/clinic/people/", "/clinic/access/"):
            page.goto(f"{live_server.url}{path}")
            assert axe(page) == [], (width, path)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (width, path)
