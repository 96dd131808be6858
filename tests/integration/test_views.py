import datetime as dt
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.models import Opening
from integration.models import Assessment, Insight, Practice, PracticeDone
from sessions.actions.notes import keep_draft, note_of
from sessions.rules.notes import NoteKind
from tests.factories import (
    CourseFactory,
    PatientFactory,
    TeamMemberFactory,
    VisitFactory,
    answers,
    dosing_visit,
    signed_sheet,
)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def post(user, url, data, **headers):
    return client_of(user).post(url, data, headers=headers)


@pytest.fixture
def rating(course):
    return VisitFactory(course=course, code="R1", kind="rating", title="Rating after dosing day 1")


@pytest.fixture
def preparation(course):
    return VisitFactory(course=course, code="P1")


def sheet_url(visit, slug):
    return reverse("integration:assess", args=[visit.course.public_id, slug, visit.public_id])


def filled(instrument="PCL-5", total=40, **changes):
    given = {f"item_{code}": str(value) for code, value in answers(total, instrument).items()}
    return given | {"taken_on": timezone.localdate().isoformat(), "sign": "1"} | changes


def text_of(response):
    return response.content.decode()


# --- sheets


def test_a_therapist_signs_a_self_rating_and_reads_it_again(preparation, lead):
    url = sheet_url(preparation, "pcl-5")
    page = text_of(client_of(lead).get(url))
    assert 'name="item_20"' in page and f'value="{timezone.localdate().isoformat()}"' in page
    assert post(lead, url, filled()).url == url
    sheet = Assessment.objects.get()
    assert (sheet.total, sheet.signed_by, sheet.taken_on) == (40, lead, timezone.localdate())
    page = text_of(client_of(lead).get(url))
    assert "2 Moderately" in page and "Correct it" in page and 'name="item_1"' not in page


def test_signing_with_answers_missing_names_them_and_loses_nothing(preparation, lead):
    data = filled()
    del data["item_7"]
    response = post(lead, sheet_url(preparation, "pcl-5"), data)
    page = text_of(response)
    assert response.status_code == 409
    assert "1 answer is missing: 7 Avoiding people, places, things." in page
    assert page.count("checked") == 19
    sheet = Assessment.objects.get()
    assert (sheet.is_signed, len(sheet.items)) == (False, 19)
    again = post(lead, sheet_url(preparation, "pcl-5"), data | {"version": "1", "leave_out_missing": "on"})
    assert again.status_code == 302
    assert Assessment.objects.get().total == 40  # prorated from 19


def test_a_missing_day_is_an_error_beside_the_field_and_the_answers_stay(preparation, lead):
    response = post(lead, sheet_url(preparation, "pcl-5"), filled(taken_on=""))
    assert response.status_code == 422
    assert text_of(response).count("checked") == 20
    assert not Assessment.objects.exists()


def test_a_sheet_is_kept_in_the_background_with_its_version(preparation, lead):
    url = sheet_url(preparation, "pcl-5")
    first = post(lead, url, {"item_1": "3", "taken_on": timezone.localdate().isoformat()}, x_background="1")
    assert first.json() == {"version": 1}
    stale = post(lead, url, filled(), x_background="1")
    assert (stale.status_code, len(stale.json()["say"])) == (409, 1)
    assert Assessment.objects.get().items == {"1": 3}


def test_two_who_fill_in_the_same_sheet_see_both_texts(preparation, lead, second):
    url = sheet_url(preparation, "pcl-5")
    kept = filled(total=80)
    del kept["sign"]
    post(lead, url, kept)
    response = post(second, url, filled(total=0))
    page = text_of(response)
    assert response.status_code == 409
    assert "Somebody else has changed this sheet" in page
    assert page.count("Theirs: 4") == 20


def test_a_signed_sheet_is_corrected_by_a_new_one_with_a_reason(preparation, lead):
    url = sheet_url(preparation, "pcl-5")
    post(lead, url, filled())
    assert post(lead, url, {"correct": "1", "reason": ""}).status_code == 422
    assert post(lead, url, {"correct": "1", "reason": "Two lines swapped"}).status_code == 302
    page = text_of(client_of(lead).get(url))
    assert "Two lines swapped" in page and page.count("checked") == 20
    post(lead, url, filled(total=60, version="1"))
    assert [sheet.total for sheet in Assessment.objects.in_force()] == [60]


# --- the blinded rater


def test_the_rater_signs_a_blinded_rating(rating, rater):
    post(rater, sheet_url(rating, "caps-5"), filled("CAPS-5", 48))
    sheet = Assessment.objects.get()
    assert (sheet.total, sheet.blinded, sheet.signed_by) == (48, True, rater)


@pytest.mark.parametrize("persona", ["lead", "second", "physician"])
def test_whoever_treats_gets_no_sheet_for_a_rating_and_cannot_post_one(rating, persona, request):
    person = request.getfixturevalue(persona)
    page = text_of(client_of(person).get(sheet_url(rating, "caps-5")))
    assert "You treat this patient" in page and "item_1" not in page
    assert post(person, sheet_url(rating, "caps-5"), filled("CAPS-5")).status_code == 409
    assert not Assessment.objects.exists()


def test_the_raters_pages_tell_neither_visit_nor_dose(course, rating, rater, lead):
    dosing_visit(course, starts_at=rating.starts_at - dt.timedelta(days=20))
    signed_sheet(VisitFactory(course=course, code="R0", kind="rating", title="Baseline"), "CAPS-5", rater, total=77)
    client = client_of(rater)
    for url in (reverse("integration:ratings"), sheet_url(rating, "caps-5")):
        page = strip_tags(text_of(client.get(url)))
        assert course.patient.chart_number in page
        for word in ("R1", "R0", "dosing", "Dosing", "dose", "Baseline", "baseline", "77", "Outcomes"):
            assert word not in page, (url, word)
    # The control: the same sheet tells a therapist which visit it belongs to.
    assert rating.title in text_of(client_of(lead).get(sheet_url(rating, "caps-5")))


def test_the_rater_sees_the_own_signed_rating_and_not_that_of_another(rating, rater, lead):
    signed_sheet(rating, "CAPS-5", rater, total=79)
    assert "79" in strip_tags(text_of(client_of(rater).get(sheet_url(rating, "caps-5"))))
    rating.course.team.filter(user=rater).update(ends_on=timezone.localdate() - dt.timedelta(days=1))
    TeamMemberFactory(course=rating.course, user=lead.__class__.objects.create(username="r2", name="R"), duty="rater")
    other = rating.course.team.get(user__username="r2").user
    other.memberships.create(clinic=rating.course.clinic, roles=["rater"], starts_on=dt.date(2020, 1, 1))
    page = strip_tags(text_of(client_of(other).get(sheet_url(rating, "caps-5"))))
    assert "Another rater has signed this rating" in page and "79" not in page


@pytest.mark.parametrize("tab", ["outcomes/", "insights/", ""])
def test_the_rater_cannot_open_what_would_tell(course, rater, lead, tab):
    Insight.objects.create(course=course, text="A canary sang", by=lead, at=timezone.now())
    response = client_of(rater).get(f"/courses/{course.public_id}/{tab}")
    assert response.status_code == 404
    assert "canary" not in text_of(response) and course.patient.chart_number not in text_of(response)


def test_the_rater_cannot_open_notes_visits_or_self_ratings(course, rater, lead, preparation):
    note = note_of(preparation, kind=NoteKind.RECORD, by=lead)
    keep_draft(note, tab=uuid4(), base_version=0, text="A canary sang", ticked=[], by=lead, at=timezone.now())
    notes = f"/visits/{preparation.public_id}/note/"
    # The control: the therapist who wrote it reads it there.
    assert "canary" in text_of(client_of(lead).get(notes))
    for url in (
        notes,
        f"/visits/{preparation.public_id}/",
        sheet_url(preparation, "pcl-5"),
        sheet_url(preparation, "c-ssrs"),
    ):
        response = client_of(rater).get(url)
        assert response.status_code == 404, url
        assert "canary" not in text_of(response) and course.patient.chart_number not in text_of(response)


def test_a_therapist_who_is_this_courses_rater_opens_no_notes_of_it(course, other_therapist, rater, preparation):
    course.team.filter(user=rater).update(ends_on=timezone.localdate() - dt.timedelta(days=1))
    TeamMemberFactory(course=course, user=other_therapist, duty="rater")
    for url in (
        f"/visits/{preparation.public_id}/note/",
        reverse("integration:outcomes", args=[course.public_id]),
    ):
        assert client_of(other_therapist).get(url).status_code == 404, url


@pytest.mark.parametrize(
    ("slug", "status"), [("pcl-5", 200), ("c-ssrs", 200), ("caps-5", 404), ("sds", 404), ("PCL-5", 404)]
)
def test_only_measures_that_the_protocol_asks_for_at_the_visit_have_a_page(preparation, lead, slug, status):
    assert client_of(lead).get(sheet_url(preparation, slug)).status_code == status


def test_a_sheet_of_a_visit_under_another_course_is_absent(preparation, lead, clinic):
    other = CourseFactory(patient=PatientFactory(clinic=clinic))
    url = reverse("integration:assess", args=[other.public_id, "pcl-5", preparation.public_id])
    assert client_of(lead).get(url).status_code == 404


# --- outcomes


def measured(course, lead, rater, times):
    """This many ratings, self-ratings and suicide screens, a week apart."""
    first = timezone.now().replace(microsecond=0) - dt.timedelta(weeks=times + 1)
    for number in range(times):
        starts = {"starts_at": first + dt.timedelta(weeks=number)}
        code = f"R{number}" if number < 4 else f"X{number}"
        visit = VisitFactory(course=course, code=code, kind="rating", title=f"Rating {number}", **starts)
        signed_sheet(visit, "CAPS-5", rater, total=60 - number)
        signed_sheet(visit, "PCL-5", lead, total=50 - number)
        signed_sheet(visit, "C-SSRS", lead)


def test_outcomes_before_anything_was_measured_say_what_to_do(course, lead):
    page = text_of(client_of(lead).get(reverse("integration:outcomes", args=[course.public_id])))
    assert "No CAPS-5 is signed yet" in page and "<svg" not in page.split("Measures due")[0].split("</nav>")[-1]
    assert Opening.objects.get().what == "outcomes"


def test_outcomes_show_chart_and_the_same_numbers_as_a_table(course, lead, rater):
    measured(course, lead, rater, 2)
    dosing = dosing_visit(course, starts_at=timezone.now() - dt.timedelta(days=18))
    dosing.__class__.objects.filter(pk=dosing.pk).update(state="done")
    response = client_of(lead).get(reverse("integration:outcomes", args=[course.public_id]))
    page = text_of(response)
    assert page.count('role="img"') == 2
    assert "CAPS-5 over time: 60 on " in page
    assert "Trial, functionally unblinded, not a target" in page
    assert "−1" in page and "Extreme" in page
    chart = page[page.index('role="img"') :].split("</svg>")[0]
    assert "graphics-" not in chart and "<style" not in chart and "style=" not in chart and "<script" not in chart


def test_outcomes_lead_the_therapist_to_what_is_due(course, lead, preparation):
    page = text_of(client_of(lead).get(reverse("integration:outcomes", args=[course.public_id])))
    assert sheet_url(preparation, "pcl-5") in page and sheet_url(preparation, "c-ssrs") in page


def test_a_high_risk_of_suicide_stands_at_the_top(course, lead, preparation):
    data = {"item_1": "1", "item_2": "1", "item_4": "1", "sign": "1", "leave_out_missing": "on"}
    post(lead, sheet_url(preparation, "c-ssrs"), data | {"taken_on": timezone.localdate().isoformat()})
    page = text_of(client_of(lead).get(reverse("integration:outcomes", args=[course.public_id])))
    assert "High risk of suicide" in page


@pytest.mark.parametrize("times", [1, 30])
def test_outcomes_ask_the_database_the_same_number_of_times(course, lead, rater, times, django_assert_num_queries):
    measured(course, lead, rater, times)
    client = client_of(lead)
    client.get(reverse("integration:outcomes", args=[course.public_id]))
    with django_assert_num_queries(OUTCOME_QUERIES):
        client.get(reverse("integration:outcomes", args=[course.public_id]))


@pytest.mark.parametrize("many", [1, 30])
def test_the_list_of_ratings_asks_the_database_the_same_number_of_times(clinic, rater, many, django_assert_num_queries):
    for number in range(many):
        course = CourseFactory(patient=PatientFactory(clinic=clinic))
        TeamMemberFactory(course=course, user=rater, duty="rater")
        VisitFactory(course=course, code=f"R{number % 4}", kind="rating", title="Rating")
    client = client_of(rater)
    with django_assert_num_queries(RATING_QUERIES):
        page = text_of(client.get(reverse("integration:ratings")))
    assert page.count("CAPS-5, Wren") == min(many, 25)


def test_signed_ratings_leave_the_list_of_what_is_to_do(course, rating, rater):
    signed = VisitFactory(course=course, code="R0", kind="rating", title="Baseline")
    signed_sheet(signed, "CAPS-5", rater)
    shown = {
        show: text_of(client_of(rater).get(reverse("integration:ratings"), {"show": show}))
        for show in ("", "signed", "all")
    }
    assert {show: page.count("CAPS-5, Wren") for show, page in shown.items()} == {"": 1, "signed": 1, "all": 2}
    assert sheet_url(rating, "caps-5") in shown[""] and sheet_url(signed, "caps-5") not in shown[""]


def test_a_reading_from_before_the_baseline_is_not_the_newest(course, lead, preparation):
    before = VisitFactory(
        course=course, code="P0", title="Earlier", starts_at=preparation.starts_at - dt.timedelta(days=14)
    )
    signed_sheet(before, "PCL-5", lead, total=52, taken_on=before.starts_at.date())
    signed_sheet(preparation, "PCL-5", lead, total=51, taken_on=preparation.starts_at.date())
    page = text_of(client_of(lead).get(reverse("integration:outcomes", args=[course.public_id])))
    assert "Newest" not in page


def test_the_list_of_ratings_holds_only_ones_own(course, rating, rater, clinic):
    stranger = rater.__class__.objects.create(username="r3", name="Rolf")
    stranger.memberships.create(clinic=clinic, roles=["rater"], starts_on=dt.date(2020, 1, 1))
    page = text_of(client_of(stranger).get(reverse("integration:ratings")))
    assert "No rating is planned for you" in page and course.patient.chart_number not in page


# --- insights and practices


def test_an_insight_is_kept_with_the_visit_it_came_from(course, preparation, lead):
    url = reverse("integration:insights", args=[course.public_id])
    assert post(lead, url, {"text": "I was a child."}).url == url
    insight = Insight.objects.get()
    assert (insight.by, insight.visit) == (lead, preparation)
    assert "I was a child." in text_of(client_of(lead).get(url))


def test_an_empty_insight_is_not_kept(course, lead):
    response = post(lead, reverse("integration:insights", args=[course.public_id]), {"text": " "})
    assert (response.status_code, Insight.objects.count()) == (422, 0)


@pytest.mark.parametrize("persona", ["physician", "coordinator", "admin", "privacy", "other_therapist", "stranger"])
def test_insights_belong_to_the_pair(course, lead, persona, request):
    person = request.getfixturevalue(persona)
    Insight.objects.create(course=course, text="A canary sang", by=lead, at=timezone.now())
    response = client_of(person).get(reverse("integration:insights", args=[course.public_id]))
    assert response.status_code == 404 and "canary" not in text_of(response)


def begin(course, lead, **changes):
    data = {"title": "A walk at dawn", "times_a_week": "3", "started_on": timezone.localdate().isoformat()}
    return post(lead, reverse("integration:practice_new", args=[course.public_id]), data | changes)


def test_a_practice_begins_is_done_and_ends(course, lead):
    assert begin(course, lead).status_code == 302
    practice = Practice.objects.get()
    done = {"on": timezone.localdate().isoformat(), "note": "Cold and clear"}
    post(lead, reverse("integration:practice_done", args=[practice.public_id]), done)
    page = text_of(client_of(lead).get(reverse("integration:insights", args=[course.public_id])))
    assert "Cold and clear" in page and "1 of 1" in page
    post(lead, reverse("integration:practice_end", args=[practice.public_id]), {"version": "1"})
    assert Practice.objects.get().ended_on == timezone.localdate()


@pytest.mark.parametrize("days", ["0", "8", "x", ""])
def test_a_practice_on_too_many_days_keeps_what_was_typed(course, lead, days):
    response = begin(course, lead, times_a_week=days)
    assert (response.status_code, Practice.objects.count()) == (422, 0)
    assert "A walk at dawn" in text_of(response)


def test_the_same_day_twice_is_refused_in_words(course, lead):
    begin(course, lead)
    url = reverse("integration:practice_done", args=[Practice.objects.get().public_id])
    post(lead, url, {"on": timezone.localdate().isoformat()})
    response = post(lead, url, {"on": timezone.localdate().isoformat()})
    assert response.status_code == 409 and "is noted already" in text_of(response)
    assert post(lead, url, {"on": ""}).status_code == 422
    assert PracticeDone.objects.count() == 1


def test_a_practice_of_another_course_is_absent(course, lead, other_therapist):
    begin(course, lead)
    practice = Practice.objects.get()
    for name in ("practice_done", "practice_end"):
        url = reverse(f"integration:{name}", args=[practice.public_id])
        assert post(other_therapist, url, {"on": "2026-01-01", "version": "1"}).status_code == 404
    assert (PracticeDone.objects.count(), Practice.objects.get().ended_on) == (0, None)


@pytest.mark.parametrize("many", [1, 30])
def test_insights_ask_the_database_the_same_number_of_times(course, lead, many, django_assert_num_queries):
    for number in range(many):
        Insight.objects.create(course=course, text=f"Insight {number}", by=lead, at=timezone.now())
        begin(course, lead)
        practice = Practice.objects.last()
        PracticeDone.objects.create(practice=practice, on=timezone.localdate(), by=lead, at=timezone.now())
    client = client_of(lead)
    with django_assert_num_queries(INSIGHT_QUERIES):
        client.get(reverse("integration:insights", args=[course.public_id]))


# Session, user and memberships, the actor, the course, its opening, and what the page shows.
OUTCOME_QUERIES = 20
RATING_QUERIES = 14
INSIGHT_QUERIES = 16
