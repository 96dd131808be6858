import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Opening
from screening.actions.alerts import raise_risk
from screening.models import Decision, Evidence, Judgement
from screening.rules.suicide import Asked, Risk
from tests.factories import PASSWORD, MedicineFactory, decided, screened

ECG = {
    "taken_on": "2026-03-20",
    "qt": "400",
    "rr": "1000",
    "rate": "60",
    "rhythm": "sinus",
    "answer-M4": "no",
    "answer-M5": "no",
}


def url(view, course, *more):
    return reverse(f"screening:{view}", args=[course.public_id, *more])


def as_(client, user):
    client.force_login(user)
    return client


def words(response):
    """The page as a reader sees it: text without tags, one space between words."""
    import html
    import re

    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def test_an_empty_screening_says_what_is_missing(client, course, coordinator):
    page = words(as_(client, coordinator).get(url("course", course)))
    assert "On hold 63 requirements still open." in page
    assert "ECG: not recorded yet. Without it nobody is eligible." in page
    assert "Consent to treatment has not been given; explain it and record it." in page
    assert "Sign as eligible" not in page
    assert Opening.objects.filter(patient_id=course.patient_id, what="screening", by=coordinator).count() == 1


GREY = '<button class="btn btn-primary" type="button" disabled aria-describedby="not-yet">'


def test_the_decide_button_is_greyed_with_the_reason_beside_it_until_nothing_blocks(client, course, physician):
    as_(client, physician)
    empty = client.get(url("course", course))
    assert GREY in empty.content.decode()
    assert "“Eligible” cannot be signed. Not met:" not in words(empty)
    assert "Missing: Medical history, Physical examination, Laboratory tests and 4 more." in words(empty)
    screened(course, by=physician)
    open_page = client.get(url("course", course))
    assert GREY not in open_page.content.decode()
    assert f'href="{url("decide", course)}"' in open_page.content.decode()
    assert "Nothing stands against treatment" in words(open_page)
    assert "cannot be signed" not in words(open_page)


def test_every_kind_of_reason_is_named_beside_the_greyed_button(client, course, physician):
    screened(course, by=physician, risks=("P2", "P17"))
    taken = dt.date.today() - dt.timedelta(days=3)
    MedicineFactory(patient=course.patient, name="Sertraline", ongoing=False, last_dose_on=taken)
    page = words(as_(client, physician).get(url("course", course)))
    assert (
        "“Eligible” cannot be signed. Not met: No primary psychotic disorder. Waiting: the washout of Sertraline. "
        "To be judged: No " in page
    )


def test_high_suicide_risk_greys_the_button_too(client, course, physician):
    screened(course, by=physician)
    as_(client, physician)
    assert GREY not in client.get(url("course", course)).content.decode()
    at = timezone.now()
    raise_risk(
        course,
        risk=Risk.HIGH,
        asked=Asked.MEASURE,
        reference="1",
        evidence="C-SSRS on the telephone",
        taken_on=timezone.localdate(),
        by=physician,
        at=at,
    )
    page = client.get(url("course", course))
    assert GREY in page.content.decode()
    assert "“Eligible” cannot be signed. High risk of suicide" in words(page)


def test_the_banner_of_a_running_washout_names_a_late_well_being_check(client, course, physician):
    screened(course, by=physician)
    today = timezone.localdate()
    row = MedicineFactory(patient=course.patient, name="Fluoxetine", ongoing=False, last_dose_on=today)
    as_(client, physician)
    assert "no other requirement is open." in words(client.get(url("course", course)))
    assert "days late" not in words(client.get(url("course", course)))
    row.last_dose_on = today - dt.timedelta(days=10)
    row.save()
    assert "no other requirement is open. Well-being check 3 days late." in words(client.get(url("course", course)))


def test_the_page_takes_the_same_queries_however_much_is_recorded(client, course, physician, django_assert_num_queries):
    as_(client, physician)
    screened(course, by=physician)
    MedicineFactory(patient=course.patient, name="Sertraline", ongoing=False, last_dose_on=dt.date(2026, 1, 1))
    with django_assert_num_queries(QUERIES):
        client.get(url("course", course))
    for number in range(30):
        MedicineFactory(patient=course.patient, name=f"Ibuprofen {number}")
    for _ in range(3):
        screened(course, by=physician)
    with django_assert_num_queries(QUERIES):
        client.get(url("course", course))


QUERIES = 30


def test_a_therapist_of_the_pair_records_an_ecg(client, course, lead):
    response = as_(client, lead).post(url("evidence", course, "ecg"), ECG)
    assert (response.status_code, response["Location"]) == (302, url("course", course))
    row = Evidence.objects.get()
    assert (row.by, row.kind, row.taken_on) == (lead, "ecg", dt.date(2026, 3, 20))
    assert row.values == {
        "answers": {"M4": False, "M5": False},
        "numbers": {"qt": 400.0, "rr": 1000.0, "rate": 60.0},
        "words": {"rhythm": "sinus"},
    }


def test_unknown_is_the_default_and_is_kept_as_nothing(client, course, lead):
    page = as_(client, lead).get(url("evidence", course, "psychiatric")).content.decode()
    assert page.count("checked") == page.count("<span>Unknown</span>")
    client.post(url("evidence", course, "psychiatric"), {"taken_on": "2026-03-20"})
    assert Evidence.objects.get().values == {"answers": {}, "numbers": {}, "words": {}}


def test_completing_begins_with_what_is_recorded_and_recording_anew_with_nothing(client, course, lead):
    as_(client, lead).post(url("evidence", course, "ecg"), ECG)
    complete = client.get(url("evidence", course, "ecg") + "?complete=1").content.decode()
    anew = client.get(url("evidence", course, "ecg")).content.decode()
    assert ('name="qt" value="400"' in complete, 'name="qt" value="400"' in anew) == (True, False)
    assert (complete.count('value="no"'), complete.count("checked")) == (2, 3)


@pytest.mark.parametrize(
    ("kind", "typed", "error"),
    [
        ("ecg", {**ECG, "taken_on": "2100-01-01"}, "This day has not come yet. Enter the day on which it was taken."),
        ("ecg", {**ECG, "taken_on": ""}, "This field is required."),
        ("ecg", {**ECG, "qt": "40"}, "Only 200 to 750 ms can be recorded here. Look at the value and its unit again."),
        ("ecg", {**ECG, "rhythm": "disco"}, "Select a valid choice. disco is not one of the available choices."),
        (
            "examination",
            {"taken_on": "2026-03-20", "systolic_1": "120", "diastolic_1": "80"},
            "A reading needs its day and both numbers.",
        ),
        (
            "examination",
            {"taken_on": "2026-03-20", "day_1": "2026-03-20", "systolic_1": "80", "diastolic_1": "120"},
            "Systolic is the higher number. Are the two swapped?",
        ),
    ],
)
def test_a_slip_is_said_beside_its_field_and_nothing_is_lost(client, course, lead, kind, typed, error):
    response = as_(client, lead).post(url("evidence", course, kind), typed)
    assert response.status_code == 409
    assert error in words(response)
    assert all(f'value="{value}"' in response.content.decode() for value in typed.values() if value.isdigit())
    assert Evidence.objects.count() == 0


def test_an_earlier_day_needs_a_reason(client, course, lead):
    as_(client, lead).post(url("evidence", course, "ecg"), ECG)
    earlier = {**ECG, "taken_on": "2026-03-10"}
    assert "say why this replaces it" in words(client.post(url("evidence", course, "ecg"), earlier))
    client.post(url("evidence", course, "ecg"), {**earlier, "correction": "The date was mistyped."})
    assert list(Evidence.objects.values_list("correction", flat=True)) == ["The date was mistyped.", ""]


def test_there_is_no_evidence_of_another_kind(client, course, lead):
    assert as_(client, lead).get(url("evidence", course, "horoscope")).status_code == 404


def with_judgement(course, physician):
    screened(course, by=physician, risks=("P17",))
    return course


def test_a_physician_judges_with_a_reason(client, course, physician):
    with_judgement(course, physician)
    page = as_(client, physician).get(url("course", course))
    assert "Needs judgement 1 finding to be judged" in words(page)
    assert f'href="{url("judge", course, "P17")}"' in page.content.decode()
    form = client.get(url("judge", course, "P17")).context["form"]
    answer = {"about": form.initial["about"], "acceptable": "yes", "reason": "One episode at 60."}
    assert client.post(url("judge", course, "P17"), answer)["Location"] == url("course", course)
    assert "Nothing stands against treatment" in words(client.get(url("course", course)))
    assert Judgement.objects.get().by == physician


def test_a_judgement_needs_a_reason_and_a_finding_that_is_for_judgement(client, course, physician):
    with_judgement(course, physician)
    as_(client, physician)
    assert client.post(url("judge", course, "P17"), {"acceptable": "yes", "reason": ""}).status_code == 409
    answer = {"about": "", "acceptable": "yes", "reason": "I say so."}
    assert "has changed since it was shown" in words(client.post(url("judge", course, "P17"), answer))
    page = client.get(url("judge", course, "M1"))
    assert "This finding is not for judgement. It is met." in words(page)
    about = page.context["finding"].evidence
    refused = client.post(url("judge", course, "M1"), {**answer, "about": about})
    assert "a stop has no override in a chart" in words(refused)
    assert client.get(url("judge", course, "nonsense")).status_code == 404
    assert Judgement.objects.count() == 0


def signing(client, course, **changes):
    seen = client.get(url("decide", course)).context["seen"]
    return {"seen": seen, "answer": "eligible", "reason": "", "password": PASSWORD, **changes}


def test_a_physician_signs_and_the_course_is_eligible(client, course, physician):
    screened(course, by=physician)
    as_(client, physician)
    response = client.post(url("decide", course), signing(client, course))
    assert response["Location"] == url("course", course)
    course.refresh_from_db()
    decision = Decision.objects.get()
    assert (course.state, decision.answer, decision.signed_by) == ("eligible", "eligible", physician)
    assert "Signed eligible by Petra Fictional" in words(client.get(url("course", course)))


def test_a_physician_decides_against_with_a_reason(client, course, physician):
    as_(client, physician)
    against = signing(client, course, answer="not_eligible")
    assert client.post(url("decide", course), against).status_code == 409
    client.post(url("decide", course), {**against, "reason": "Long QT."})
    course.refresh_from_db()
    assert (course.state, Decision.objects.get().reason) == ("excluded", "Long QT.")


def test_nothing_is_signed_with_a_wrong_password(client, course, physician):
    screened(course, by=physician)
    as_(client, physician)
    response = client.post(url("decide", course), signing(client, course, password="guess"))
    assert response.status_code == 409
    assert "The password is not right. Enter your own to sign." in words(response)
    assert Decision.objects.count() == 0


def test_the_password_of_a_decision_cannot_be_guessed_at(client, course, physician):
    screened(course, by=physician)
    as_(client, physician)
    for _ in range(5):
        client.post(url("decide", course), signing(client, course, password="guess"))
    response = client.post(url("decide", course), signing(client, course))
    assert "The password of Petra Fictional was wrong 5 times. Wait 5 minutes and try again." in words(response)
    assert Decision.objects.count() == 0


def test_what_was_recorded_after_the_page_was_opened_is_read_first(client, course, physician):
    screened(course, by=physician)
    as_(client, physician)
    late = signing(client, course)
    MedicineFactory(patient=course.patient, name="Ibuprofen")
    response = client.post(url("decide", course), late)
    assert "Something was recorded since you opened the page." in words(response)
    assert Decision.objects.count() == 0


def test_a_posted_yes_over_a_missing_ecg_is_refused_with_every_reason(client, course, physician):
    screened(course, by=physician, leave_out=("ecg",))
    as_(client, physician)
    response = client.post(url("decide", course), signing(client, course))
    assert response.status_code == 409
    assert words(response).count("ECG: not recorded yet. Without it nobody is eligible.") > 4
    course.refresh_from_db()
    assert (course.state, Decision.objects.count()) == ("screening", 0)


def test_the_page_says_when_a_decision_no_longer_stands(client, course, physician):
    screened(course, by=physician)
    decided(course, by=physician)
    MedicineFactory(patient=course.patient, name="Sertraline", ongoing=False, last_dose_on=timezone.localdate())
    page = words(as_(client, physician).get(url("course", course)))
    assert "The decision no longer stands, a physician decides again. The medicine list now has: Sertraline" in page
    assert "Washout running Until" in page


def test_a_washout_is_shown_with_its_arithmetic(client, course, physician):
    screened(course, by=physician)
    today = timezone.localdate()
    MedicineFactory(
        patient=course.patient,
        name="Fluoxetine",
        dose="20 mg",
        ongoing=False,
        last_dose_on=today - dt.timedelta(days=20),
    )
    page = words(as_(client, physician).get(url("course", course)))
    assert "5 half-lives of 240 h (as this protocol chooses) = 1200 h = 50 days rounded up, + 7 days to settle" in page
    assert "37 days to go" in page


@pytest.mark.parametrize("view", ["judge", "decide"])
def test_only_a_physician_judges_and_decides(client, course, lead, coordinator, view):
    more = ["P17"] if view == "judge" else []
    for user in (lead, coordinator):
        assert as_(client, user).get(url(view, course, *more)).status_code == 404


@pytest.mark.parametrize("view", ["course", "consent", "decide"])
def test_a_stranger_sees_nothing(client, course, stranger, view):
    assert as_(client, stranger).get(url(view, course)).status_code == 404
