"""A baseline that was rated before the washout was over is set aside and rated again; the old one stays in the record."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.rules.findings import Refused
from integration.actions.outcomes import series_of, tasks_of
from integration.models import Assessment
from sessions.actions.facts import facts_for, session_of
from sessions.actions.planning import request_for
from sessions.actions.repeating import repeat_rating
from sessions.models import Visit
from sessions.rules.planning import Wish
from tests.factories import MedicineFactory, VisitFactory, signed_sheet

WHY = "Venlafaxine was still washing out."


@pytest.fixture
def rated(day, rater):
    """The baseline as it was held and rated."""
    visit = day.visit.course.visits.get(code="R0")
    signed_sheet(visit, "CAPS-5", rater, total=48)
    return visit


@pytest.fixture
def too_early(course, rated):
    """Venlafaxine, whose washout takes 10 days, stopped two days before the baseline."""
    last = rated.starts_at.date() - dt.timedelta(days=2)
    MedicineFactory(patient=course.patient, name="Venlafaxine", ongoing=False, last_dose_on=last)
    return rated


def baseline(day):
    facts = facts_for(session_of(day.visit), as_of=day.now)
    return [finding.sentence for finding in facts.eligibility if finding.code == "baseline"]


def open_ratings(course, rater, on):
    tasks = tasks_of([course], by=rater, as_of=on)
    return [task.due.timing for task in tasks if (task.due.instrument, task.due.visit) == ("CAPS-5", "R0")]


def test_a_baseline_that_was_rated_too_early_is_rated_again(day, course, too_early, coordinator, rater):
    assert len(baseline(day)) == 1
    aside = repeat_rating(too_early, reason=WHY, version=too_early.version, by=coordinator, at=day.now)
    assert (aside.state, aside.state_reason) == ("repeated", WHY)
    assert baseline(day) == [
        "Baseline CAPS-5 (independent rater) has not been rated and signed. It is the baseline of every later score."
    ]
    assert open_ratings(course, rater, day.now.date()) == ["visit not booked"]
    assert series_of(course, "CAPS-5").readings == ()
    again = VisitFactory(
        course=course,
        code="R0",
        kind="rating",
        title="Baseline CAPS-5",
        starts_at=day.now - dt.timedelta(hours=3),
        ends_at=day.now - dt.timedelta(hours=2),
        state="done",
    )
    Visit.objects.filter(pk=too_early.pk).update(starts_at=again.starts_at - dt.timedelta(days=12))
    signed_sheet(again, "CAPS-5", rater, total=44)
    course.patient.medicines.update(last_dose_on=again.starts_at.date() - dt.timedelta(days=10))
    assert baseline(day) == []
    assert [reading.total for reading in series_of(course, "CAPS-5").readings] == [44]
    assert sorted(Assessment.objects.values_list("total", flat=True)) == [44, 48]


def test_the_planner_gives_the_repeated_baseline_another_day(day, course, too_early, coordinator):
    wish = Wish(day.now.date(), day.now.date() + dt.timedelta(days=30))
    assert "R0" in request_for(course, wish=wish, as_of=day.now).held
    repeat_rating(too_early, reason=WHY, version=too_early.version, by=coordinator, at=day.now)
    request = request_for(course, wish=wish, as_of=day.now)
    assert "R0" not in {*request.held, *request.current}


@pytest.mark.parametrize(
    ("spoil", "changes", "code"),
    [
        (lambda visit: None, {"reason": " "}, "reason"),
        (lambda visit: None, {"version": 99}, "changed"),
        (lambda visit: visit.course.patient.medicines.all().delete(), {}, "stands"),
        (lambda visit: Visit.objects.filter(pk=visit.pk).update(state="planned"), {}, "stands"),
    ],
)
def test_what_stands_is_not_repeated(day, too_early, coordinator, spoil, changes, code):
    values = {"reason": WHY, "version": too_early.version, **changes}
    spoil(too_early)
    with pytest.raises(Refused) as refused:
        repeat_rating(too_early, **values, by=coordinator, at=day.now)
    assert [finding.code for finding in refused.value.findings] == [code]
    assert not Visit.objects.filter(state="repeated").exists()


def test_the_coordinator_sets_it_aside_on_the_page_of_the_visit(client, course, too_early, coordinator, lead):
    page = reverse("sessions:visit", args=[too_early.public_id])
    post = reverse("sessions:repeat", args=[too_early.public_id])
    client.force_login(lead)
    assert post not in client.get(page).content.decode()
    assert client.post(post, {"reason": WHY, "version": too_early.version}).status_code == 404
    client.force_login(coordinator)
    assert post in client.get(page).content.decode()
    assert client.post(post, {"reason": WHY, "version": too_early.version})["Location"] == page
    html = client.get(page).content.decode()
    assert "Held too early, to be repeated" in html and WHY in html and post not in html
    assert client.get(reverse("reports:course", args=[course.public_id])).status_code == 200


def test_a_baseline_that_stands_offers_no_repeat(client, rated, coordinator):
    client.force_login(coordinator)
    page = client.get(reverse("sessions:visit", args=[rated.public_id])).content.decode()
    assert reverse("sessions:repeat", args=[rated.public_id]) not in page
