"""Consent from its published text to its end: what is recorded, what is refused, and what the database refuses."""

import datetime as dt
import hashlib

import pgtrigger
import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.rules.findings import Outcome, Refused
from mdmaat.development.demo.screening import published_text
from patients.models import Course, TeamMember
from screening.actions import consents as acts
from screening.actions.facts import eligible_now
from screening.models import Consent, ConsentRecall, ConsentText, ConsentWish, ConsentWithdrawal
from screening.rules.candidate import ConsentKind
from screening.rules.consents import Question
from tests.factories import CourseFactory, decided, screened
from tests.screening.test_views import as_, url, words

TOUCH = {
    "zones": ["hand"],
    "purposes": ["grounding"],
    "therapists": ["Ada Fictional"],
    "stop_word": "stop",
    "stop_sign": "a raised hand",
    "witnesses": ["Petra Fictional"],
    "practised": True,
    "safety": False,
    "sober": True,
}
CHECK = (Question("May I stop?", ("Yes", "No"), 0),)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def ready(course, physician):
    screened(course, by=physician, at=timezone.now() - dt.timedelta(days=2))
    decided(course, by=physician, at=timezone.now() - dt.timedelta(days=2))
    course.refresh_from_db()
    return course


def publish(clinic, by, **changes):
    values = {
        "kind": "treatment",
        "version": "2",
        "words": "A new text.",
        "questions": CHECK,
        "valid_from": timezone.localdate(),
        "by": by,
        "at": timezone.now(),
    }
    return acts.publish_text(clinic, **values | changes)


def give(course, by, kind=ConsentKind.TOUCH, **changes):
    at = changes.pop("at", timezone.now())
    text = changes.pop("text", None) or published_text(
        course.clinic, kind, by=course.team.get(duty="physician").user, at=at
    )
    values = {
        "given_on": at.astimezone(course.clinic.zone).date(),
        "explained_by": by,
        "answers": [question.right for question in acts.questions_of(text)],
        "terms": TOUCH if kind is ConsentKind.TOUCH else {},
    }
    return acts.give_consent(course, text=text, **values | changes, by=by, at=at)


def codes(refused):
    return [finding.code for finding in refused.value.findings]


def blocking(course, as_of):
    return {finding.code: finding.outcome for finding in eligible_now(course, as_of)}


# --- texts


def test_a_text_is_published_with_its_digest_and_never_changed(clinic, admin):
    text = publish(clinic, admin)
    assert text.sha256 == hashlib.sha256(b"A new text.").hexdigest()
    with pytest.raises(ProgrammingError), transaction.atomic():
        ConsentText.objects.filter(pk=text.pk).update(words="Another text.")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"version": "1", "valid_from": dt.date(2020, 1, 1)}, "version"),
        ({"version": "1"}, "version"),
        ({"valid_from": dt.date(2020, 1, 1)}, "version"),
        ({"valid_until": dt.date(2020, 1, 1)}, "valid_until"),
        ({"questions": ()}, "questions"),
    ],
)
def test_a_text_that_would_be_ambiguous_is_refused(clinic, admin, changes, code):
    publish(clinic, admin, version="1", valid_from=dt.date(2020, 1, 1))
    with pytest.raises(Refused) as refused:
        publish(clinic, admin, **changes)
    assert codes(refused) == [code]


def test_a_therapist_publishes_nothing(clinic, lead):
    with pytest.raises(Refused) as refused:
        publish(clinic, lead)
    assert codes(refused) == ["publisher"]


# --- giving


def test_the_understanding_check_is_kept_question_by_question(course, lead, physician):
    text = publish(course.clinic, physician, valid_from=dt.date(2020, 1, 1))
    wrong = give(course, lead, ConsentKind.TREATMENT, text=text, answers=[1], own_words=" I may stop. ")
    right = give(course, lead, ConsentKind.TREATMENT, text=text, answers=[0])
    assert [(row.understood, row.check_answers) for row in (wrong, right)] == [
        (False, [{"ask": "May I stop?", "answered": "No", "right": False}]),
        (True, [{"ask": "May I stop?", "answered": "Yes", "right": True}]),
    ]
    assert wrong.own_words == "I may stop."


def test_a_check_that_was_not_passed_leaves_consent_unknown(ready, lead, physician, today):
    text = acts.text_in_force(ready.clinic, ConsentKind.TREATMENT, on=today)
    give(ready, lead, ConsentKind.TREATMENT, text=text, answers=[1, 1, 1])
    assert blocking(ready, today) == {"consent": Outcome.UNKNOWN}


def test_consent_of_a_day_that_has_not_come_or_of_an_ended_course_is_refused(course, lead, today):
    with pytest.raises(Refused) as refused:
        give(course, lead, given_on=today + dt.timedelta(days=2))
    assert codes(refused) == ["future"]
    Course.objects.filter(pk=course.pk).update(state="withdrawn")
    with pytest.raises(Refused) as refused:
        give(course, lead)
    assert codes(refused) == ["ended"]


def test_consent_is_given_to_the_text_in_force_of_the_own_clinic(course, lead, physician, stranger, today):
    old = publish(course.clinic, physician, version="1", valid_from=dt.date(2020, 1, 1))
    publish(course.clinic, physician)
    foreign = publish(stranger.memberships.get().clinic, stranger)
    for text in (old, foreign):
        with pytest.raises(Refused) as refused:
            give(course, lead, ConsentKind.TREATMENT, text=text, answers=[0])
        assert codes(refused) == ["text"]


def test_the_database_refuses_a_text_of_another_clinic_or_kind(ready, stranger):
    row = ready.consents.get(kind="treatment")
    foreign = publish(stranger.memberships.get().clinic, stranger, version="2026-01")
    with pytest.raises(ProgrammingError, match="its own clinic and kind"), transaction.atomic():
        _again(row, text=foreign)
    with pytest.raises(ProgrammingError, match="its own clinic and kind"), transaction.atomic():
        _again(row, kind="recording")
    with pgtrigger.ignore("screening.Consent:to_a_text_of_its_clinic"):
        assert _again(row, text=foreign).pk


@pytest.mark.parametrize(
    "changes",
    [
        {"sober": False},
        {"practised": False},
        {"stop_word": ""},
        {"therapists": []},
        {"witnesses": []},
    ],
)
def test_the_database_refuses_touch_that_was_not_prepared(ready, changes):
    row = ready.consents.get(kind="touch")
    with pytest.raises(IntegrityError, match="touch_agreed_sober_and_prepared"), transaction.atomic():
        _again(row, terms=row.terms | changes)
    assert _again(row, terms={"zones": [], "sober": True}, scope=[]).pk


def _again(row, **changes):
    fields = {f.name: getattr(row, f.name) for f in Consent._meta.fields if f.name not in ("id", "public_id")}
    return Consent.objects.create(**fields | changes)


# --- what ends it, and when it is asked for again


def test_a_new_version_turns_the_finding_to_unknown_until_it_is_agreed_to(ready, lead, physician, today):
    assert blocking(ready, today) == {}
    publish(ready.clinic, physician)
    assert blocking(ready, today) == {"consent": Outcome.UNKNOWN}
    give(ready, lead, ConsentKind.TREATMENT, answers=[0])
    assert blocking(ready, today) == {}


def test_a_version_that_changes_nothing_of_substance_asks_nobody_again(ready, physician, today):
    publish(ready.clinic, physician, asks_again=False)
    assert blocking(ready, today) == {}


def test_new_information_asks_again_and_a_therapist_who_leaves_as_well(ready, lead, physician, today):
    acts.ask_again(
        ready, kind="treatment", cause="new information", words="A safety letter.", by=physician, at=timezone.now()
    )
    assert blocking(ready, today) == {"consent": Outcome.UNKNOWN}
    give(ready, lead, ConsentKind.TREATMENT)
    assert blocking(ready, today) == {}
    TeamMember.objects.filter(course=ready, duty="second").update(ends_on=today)
    assert blocking(ready, today + dt.timedelta(days=1)) == {"consent": Outcome.UNKNOWN}


def test_asking_again_says_what_is_new(ready, physician):
    with pytest.raises(Refused) as refused:
        acts.ask_again(ready, kind="touch", cause="other", words=" ", by=physician, at=timezone.now())
    assert codes(refused) == ["words"]


def test_a_consent_is_withdrawn_once_and_only_the_newest(ready, lead):
    first = ready.consents.get(kind="touch")
    newer = give(ready, lead)
    with pytest.raises(Refused) as refused:
        acts.withdraw_consent(first, by=lead, at=timezone.now())
    assert codes(refused) == ["superseded"]
    acts.withdraw_consent(newer, by=lead, at=timezone.now())
    with pytest.raises(Refused) as refused:
        acts.withdraw_consent(newer, by=lead, at=timezone.now())
    assert codes(refused) == ["withdrawn"]


# --- less and more


def test_less_counts_at_once_and_needs_no_new_explanation(ready, lead, today):
    row = ready.consents.get(kind="touch")
    keep = set(row.scope) - {"shoulder"}
    less = acts.narrow(row, keep=keep, by=lead, at=timezone.now())
    assert (less.narrows, set(less.scope), less.terms, less.understood) == (row, keep, row.terms, True)
    assert acts.agreed_on(ready, ConsentKind.TOUCH, today).now == keep


@pytest.mark.parametrize(("keep", "code"), [({"arm"}, "widening"), (None, "same")])
def test_only_less_is_agreed_by_narrowing(ready, lead, keep, code):
    row = ready.consents.get(kind="touch")
    with pytest.raises(Refused) as refused:
        acts.narrow(row, keep=row.scope if keep is None else keep, by=lead, at=timezone.now())
    assert codes(refused) == [code]


def test_more_is_refused_on_the_day_of_a_dose_and_offered_at_the_next_session(ready, lead, today):
    dosed = timezone.now() - dt.timedelta(minutes=5)
    acts.note_influence(ready, by=lead, at=dosed)
    wider = TOUCH | {
        "zones": ["hand", "shoulder", "arm"],
        "therapists": ["Ada Fictional", "Ben Fictional"],
        "safety": True,
    }
    with pytest.raises(Refused) as refused:
        give(ready, lead, terms=wider)
    assert codes(refused) == ["widening"]
    assert "offered at the next session" in str(refused.value)
    # Typed in on the day after with that day's date it is refused as well; agreed on the day after it is not.
    tomorrow = dosed + dt.timedelta(days=1)
    with pytest.raises(Refused) as refused:
        give(ready, lead, terms=wider, at=tomorrow, given_on=today)
    assert codes(refused) == ["widening"]
    assert "arm" in give(ready, lead, terms=wider, at=tomorrow).scope


def test_the_database_refuses_more_on_the_day_of_a_dose(ready, lead, physician):
    row = ready.consents.get(kind="touch")
    acts.note_influence(ready, by=lead, at=timezone.now() - dt.timedelta(minutes=5))
    wider = {"scope": [*row.scope, "arm"], "at": timezone.now()}
    with pytest.raises(ProgrammingError, match="no consent is widened"), transaction.atomic():
        _again(row, **wider)
    acts.withdraw_consent(row, by=lead, at=timezone.now())
    with pytest.raises(ProgrammingError, match="no consent is widened"), transaction.atomic():
        _again(row, at=timezone.now())  # taking a withdrawal back is more, too
    with pgtrigger.ignore("screening.Consent:not_wider_after_a_dose"):
        assert _again(row, **wider).pk


def test_facts_of_many_courses_are_read_in_four_queries(ready, physician, today, django_assert_num_queries):
    others = [CourseFactory(clinic=ready.clinic, patient__clinic=ready.clinic) for _ in range(3)]
    for other in others:
        screened(other, by=physician)
    with django_assert_num_queries(4):
        acts.facts_of(dict.fromkeys([ready, *others], today))


# --- pages


def typed(lead, **changes):
    return {
        "given_on": str(timezone.localdate()),
        "explained_by": lead.pk,
        "minutes": "30",
        "language": "English",
        "own_words": "Less is always possible.",
        "check_0": "0",
        "zones": ["hand"],
        "purposes": ["grounding"],
        "therapists": ["Ada Fictional"],
        "stop_word": "stop",
        "stop_sign": "a raised hand",
        "witnesses": "Petra Fictional\nBen Fictional\n",
        "practised": "on",
        "sober": "on",
        **changes,
    }


def test_touch_is_agreed_on_the_page_with_all_its_terms(client, course, lead, physician):
    published_text(course.clinic, ConsentKind.TOUCH, by=physician, at=timezone.now())
    as_(client, lead)
    path = url("consent", course) + "?kind=touch"
    answer = client.post(path, typed(lead, sober="", stop_word=""))
    assert answer.status_code == 409
    assert "Agree on a word that stops every touch at once." in words(answer)
    assert client.post(path, typed(lead)).status_code == 302
    row = Consent.objects.get()
    assert (row.kind, row.understood, row.minutes, sorted(row.scope)) == (
        "touch",
        True,
        30,
        ["by Ada Fictional", "for grounding", "hand"],
    )
    assert row.terms == TOUCH | {"witnesses": ["Petra Fictional", "Ben Fictional"]}
    assert "Explained by Ada Fictional in English." in words(client.get(path))
    client.post(path, {"withdraw": str(row.public_id), "why": "Changed my mind."})
    assert ConsentWithdrawal.objects.get().reason == "Changed my mind."
    assert "Withdrawn. Nothing is agreed." in words(client.get(path))
    assert client.post(path, {"withdraw": str(row.public_id)}).status_code == 409


def test_a_wish_for_more_on_the_day_of_a_dose_is_kept_on_the_page(client, ready, lead):
    acts.note_influence(ready, by=lead, at=timezone.now() - dt.timedelta(minutes=5))
    as_(client, lead)
    path = url("consent", ready) + "?kind=touch"
    answer = client.post(path, typed(lead, zones=["hand", "arm"]))
    assert answer.status_code == 409
    assert "This is more than was agreed: arm." in words(answer)
    assert ConsentWish.objects.get().more == ["arm"]
    assert "and not taken up then: arm. Talk about it now, while sober." in words(client.get(path))


def test_less_is_agreed_from_the_page_and_consent_is_asked_for_again(client, ready, lead):
    as_(client, lead)
    row = ready.consents.get(kind="touch")
    path = url("narrow", ready)
    client.post(path, {"consent": str(row.public_id), "keep": ["hand"], "back": "https://elsewhere.example/"})
    assert acts.agreed_on(ready, ConsentKind.TOUCH, timezone.localdate()).now == {"hand"}
    away = client.post(path, {"consent": str(row.public_id), "keep": [], "back": "https://elsewhere.example/"})
    assert away["Location"] == url("consent", ready) + "?kind=touch"
    page = client.get(away["Location"])
    assert "A later consent took its place." in words(page)
    assert client.post(url("recall", ready) + "?kind=treatment", {"cause": "dose", "words": ""}).status_code == 409
    client.post(
        url("recall", ready) + "?kind=treatment", {"cause": "change of the dose", "words": "120 mg instead of 80."}
    )
    assert ConsentRecall.objects.get().words == "120 mg instead of 80."
    assert "It no longer counts." in words(client.get(url("consent", ready)))


def test_without_a_text_nothing_can_be_agreed_to(client, course, lead):
    page = words(as_(client, lead).get(url("consent", course)))
    assert "The clinic has no text for consent to treatment in force." in page
    assert "Record the consent" not in page


def test_consent_of_another_course_cannot_be_withdrawn_here(client, ready, lead, physician):
    other = CourseFactory(patient__clinic=ready.clinic)
    screened(other, by=physician)
    foreign = other.consents.get(kind="touch")
    as_(client, lead)
    for named in (str(foreign.public_id), "nonsense"):
        assert client.post(url("consent", ready), {"withdraw": named}).status_code == 404
        assert client.post(url("narrow", ready), {"consent": named}).status_code == 404


def test_an_admin_publishes_a_text_on_the_page(client, clinic, admin, lead):
    as_(client, admin)
    path = reverse("screening:consent_texts")
    form = {"kind": "treatment", "version": "1", "valid_from": "2026-01-01", "words": "We explain.", "asks_again": "on"}
    assert "needs an understanding check" in words(client.post(path, form))
    wrong = client.post(path, form | {"questions": "May I stop?\n- Yes\n- No"})
    assert "the right one marked with *" in words(wrong)
    assert client.post(path, form | {"questions": "May I stop?\n* Yes\n- No"}).status_code == 302
    text = ConsentText.objects.get()
    assert text.questions == [{"ask": "May I stop?", "answers": ["Yes", "No"], "right": 0}]
    assert "In force" in words(client.get(path))
    page = words(as_(client, lead).get(reverse("screening:consent_text", args=[text.public_id])))
    assert text.sha256 in page
    assert client.get(path).status_code == 404
