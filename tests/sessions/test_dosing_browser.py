"""The dosing page in a real browser: live, off the network, and with two tablets."""

import re
import time

import pytest
from django.db import connection
from django.urls import reverse
from playwright.sync_api import expect

from sessions.models import NoteDraft, TherapySession, Touch, VitalSign

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def at(live_server, visit):
    return lambda name: live_server.url + reverse(f"sessions:{name}", args=[visit.public_id])


@pytest.fixture
def tablet(log_in, lead, page):
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda problem: pytest.fail(str(problem)))
    yield log_in(lead)
    page.unroute_all()
    page.goto("about:blank")
    wait_for_quiet_database()


def wait_for_quiet_database():
    """The page polls: a request still under way would hold the tables that are about to be emptied."""
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'"
            )
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.1)


def enter(page, systolic, diastolic, pulse):
    page.get_by_role("spinbutton", name="Upper").fill(str(systolic))
    page.get_by_role("spinbutton", name="Lower").fill(str(diastolic))
    page.get_by_role("spinbutton", name="Pulse").fill(str(pulse))
    page.get_by_role("button", name="Save vital signs").click()


def test_off_the_network_the_counter_is_true_and_nothing_is_lost_or_doubled(tablet, context, at, live_day):
    live_day.arrive()
    tablet.goto(at("dosing"))
    counter = tablet.locator("[data-queue-count]")
    expect(counter).to_have_text("All saved")
    enter(tablet, 121, 77, 66)
    expect(counter).to_have_text("All saved")
    expect(tablet.get_by_role("cell", name="121/77")).to_be_visible()
    context.set_offline(True)
    for number in range(3):
        enter(tablet, 131 + number, 81, 80)
        expect(counter).to_have_text(f"{number + 1} not yet saved")
    tablet.get_by_label("Who began").select_option("patient")
    tablet.get_by_role("button", name="Write down").first.click()
    expect(counter).to_have_text("4 not yet saved")
    expect(tablet.get_by_text("No connection since")).to_be_visible()
    expect(tablet.locator("[data-queue-list] li")).to_have_count(4)
    assert VitalSign.objects.count() == 1
    context.set_offline(False)
    expect(counter).to_have_text("All saved")
    expect(tablet.get_by_text("No connection since")).to_be_hidden()
    assert sorted(VitalSign.objects.values_list("systolic", flat=True)) == [121, 131, 132, 133]
    assert Touch.objects.count() == 1


def test_an_answer_lost_on_its_way_back_is_asked_for_again_and_saved_once(tablet, at, live_day):
    live_day.arrive()
    tablet.goto(at("dosing"))
    lost = []

    def swallow(route):
        if len(lost) < 2:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    tablet.route("**/dosing/vital/", swallow)
    enter(tablet, 141, 90, 88)
    expect(tablet.locator("[data-queue-count]")).to_have_text("All saved", timeout=15_000)
    assert lost == [200, 200]
    assert VitalSign.objects.count() == 1


def test_what_was_not_sent_survives_a_reload_encrypted(tablet, at, live_day):
    live_day.arrive()
    tablet.goto(at("dosing"))
    tablet.route("**/dosing/vital/", lambda route: route.abort())
    enter(tablet, 151, 91, 92)
    counter = tablet.locator("[data-queue-count]")
    expect(counter).to_have_text("1 not yet saved")
    tablet.wait_for_function(
        "async () => (await new Promise((done) => { const r = indexedDB.open('mdmaat-day', 1);"
        " r.onsuccess = () => { const g = r.result.transaction('unsent').objectStore('unsent').getAll();"
        " g.onsuccess = () => done(g.result); }; })).length === 1"
    )
    stored = tablet.evaluate(
        "async () => { const rows = await new Promise((done) => { const r = indexedDB.open('mdmaat-day', 1);"
        " r.onsuccess = () => { const g = r.result.transaction('unsent').objectStore('unsent').getAll();"
        " g.onsuccess = () => done(g.result); }; });"
        " return rows.map((row) => new TextDecoder('latin1').decode(row.sealed)).join(); }"
    )
    assert "systolic" not in stored
    assert tablet.evaluate("() => localStorage.length + sessionStorage.length") == 0
    tablet.unroute("**/dosing/vital/")
    tablet.on("dialog", lambda dialog: dialog.accept())
    tablet.reload()
    expect(counter).to_have_text("All saved")
    assert VitalSign.objects.get().systolic == 151


def test_a_refused_entry_stays_counted_until_somebody_discards_it(tablet, at, live_day, visit):
    live_day.arrive()
    tablet.goto(at("dosing"))
    live_day.now = live_day.now.replace(microsecond=0)
    live_day.step("call off", reason="Fever.")
    enter(tablet, 120, 80, 70)
    counter = tablet.locator("[data-queue-count]")
    expect(tablet.locator("[data-queue-list]")).to_contain_text("The session had ended by then.")
    expect(counter).to_have_text("1 not yet saved")
    tablet.get_by_role("button", name="Discard").click()
    tablet.get_by_role("button", name="Really discard").click()
    expect(counter).to_have_text("All saved")
    assert not VitalSign.objects.exists()


def test_what_one_tablet_saves_the_other_shows_without_a_reload(tablet, at, live_day, second, browser, log_in):
    live_day.arrive()
    tablet.goto(at("dosing"))
    other = log_in(second, page=browser.new_context().new_page())
    other.goto(at("dosing"))
    enter(other, 127, 83, 74)
    expect(tablet.get_by_role("cell", name="127/83")).to_be_visible(timeout=20_000)
    tablet.get_by_label("Who began").select_option("patient")
    tablet.get_by_role("button", name="Write down").first.click()
    expect(other.get_by_text("Hand held, Ada Fictional.")).to_be_visible(timeout=20_000)
    assert Touch.objects.count() == 1
    other.context.close()


def test_the_day_from_arrival_to_dose_on_one_page_with_keyboard_sized_targets(tablet, at, live_day, second, axe):
    live_day.ready()
    tablet.set_viewport_size({"width": 820, "height": 1180})
    tablet.goto(at("dosing"))
    assert axe(tablet) == []
    small = tablet.evaluate(
        "() => [...document.querySelectorAll('button, select, input:not([type=hidden]):not(.btn-check), summary, .btn')]"
        ".filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML.slice(0, 90))"
    )
    assert small == []
    tablet.get_by_role("button", name="Clear for dosing").click()
    expect(tablet.get_by_role("heading", name="Initial dose")).to_be_visible()
    tablet.get_by_label("Lot on the container").fill("LOT-7")
    tablet.get_by_label("Password of the witness").fill("correct horse battery staple")
    tablet.get_by_role("button", name="Give the initial dose").click()
    expect(tablet.get_by_role("heading", name="Supplemental dose")).to_be_visible()
    expect(tablet.get_by_text("The window opens in")).to_be_visible()
    expect(tablet.get_by_role("button", name="Give the supplemental dose")).to_be_disabled()
    expect(tablet.locator(".next-due")).to_contain_text(re.compile(r"in (59 min|1 h)"))
    assert axe(tablet) == []
    assert TherapySession.objects.get().state == "dosed"


def test_a_note_is_kept_while_it_is_typed_and_found_again(tablet, at, live_day, lead, axe):
    live_day.arrive()
    tablet.goto(at("note"))
    assert axe(tablet) == []
    box = tablet.get_by_label("Record of the session")
    box.press_sequentially("The heron over the canal", delay=5)
    expect(tablet.locator("[data-draft-status]")).to_contain_text("Draft saved", timeout=15_000)
    assert NoteDraft.objects.get().text == "The heron over the canal"
    tablet.reload()
    expect(box).to_have_value("The heron over the canal")
    expect(tablet.get_by_text("Restored from what you typed")).to_be_visible()
    box.press_sequentially(" in winter", delay=5)
    tablet.get_by_role("button", name="Save", exact=True).click()
    expect(tablet.get_by_text("Version 1 is saved.")).to_be_visible()
    assert not NoteDraft.objects.exists()
