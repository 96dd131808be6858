"""What is typed into a form of the screening is given back after a lock or a crash, to whoever typed it and to nobody else."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from screening.actions.letters import begin_letter
from screening.actions.risk import keep_safety_plan
from screening.models import FormDraft, Letter
from screening.rules.letter import Addressee
from screening.rules.safety import HEADINGS
from tests.factories import (
    PASSWORD,
    CourseFactory,
    MedicineFactory,
    PatientFactory,
    decided,
    published,
    screened,
)

TYPED = "Not said to anybody yet."


@pytest.fixture
def excluded(course, physician):
    screened(course, by=physician, risks=("P17",))
    decided(course, by=physician, eligible=False, reason="Not now.")
    begin_letter(course, to=Addressee.PATIENT, by=physician, at=timezone.now())
    published("mapp3")
    return course


def page(name, course, *more):
    return reverse(f"screening:{name}", args=[course.public_id, *more])


FORMS = {
    "judgement": (lambda course: page("judge", course, "P17"), "reason"),
    "decision": (lambda course: page("decide", course), "reason"),
    "consent": (lambda course: page("consent", course) + "?kind=touch", "stop_word"),
    "letter": (lambda course: page("letter", course) + "?to=patient", "body"),
    "safety plan": (lambda course: page("safety_plan", course), HEADINGS[0].code),
    "call": (lambda course: reverse("screening:prescreen_new") + "?protocol=mapp3", "note"),
}


def with_draft(path, ask):
    return f"{path}{'&' if '?' in path else '?'}draft={ask}"


def keep(client, path, **typed):
    return client.post(with_draft(path, "keep"), {"tab": str(uuid.uuid4())} | typed)


@pytest.mark.parametrize("form", FORMS)
def test_what_was_typed_is_there_again_for_its_author_alone(client, excluded, physician, form, django_user_model):
    address, field = FORMS[form]
    path = address(excluded)
    client.force_login(physician)
    assert TYPED not in client.get(path).content.decode()
    answer = keep(client, path, **{field: TYPED, "password": PASSWORD, "version": "1"})
    assert (answer.status_code, set(answer.json())) == (200, {"saved", "sentence"})
    again = client.get(path).content.decode()
    assert TYPED in again and "Restored from what you typed until" in again
    assert PASSWORD not in str(FormDraft.objects.get().typed)
    other = django_user_model.objects.create(username="other", name="Other Physician", email="other@clinic.example")
    FormDraft.objects.update(author=other)
    assert TYPED not in client.get(path).content.decode()


@pytest.mark.parametrize("form", FORMS)
def test_a_discarded_draft_is_gone(client, excluded, physician, form):
    address, field = FORMS[form]
    path = address(excluded)
    client.force_login(physician)
    keep(client, path, **{field: TYPED})
    answer = client.post(with_draft(path, "discard"))
    assert (answer.status_code, answer["Location"]) == (302, path)
    assert FormDraft.objects.count() == 0
    assert TYPED not in client.get(path).content.decode()


def test_a_form_that_has_done_its_work_leaves_no_draft(client, excluded, physician):
    client.force_login(physician)
    path = page("decide", excluded)
    keep(client, path, reason=TYPED)
    shown = client.get(path)
    key, seen = shown.context["typing"].keys, shown.context["seen"]
    names = {name: key[name].value() for name in ("tab", "restored", "shown_at")}
    data = {**names, "seen": seen, "answer": "not_eligible", "reason": TYPED, "password": "wrong"}
    excluded.state = "screening"
    excluded.save()
    assert client.post(path, data).status_code == 409
    assert FormDraft.objects.count() == 1
    assert client.post(path, {**data, "password": PASSWORD}).status_code == 302
    assert FormDraft.objects.count() == 0


def test_one_tab_keeps_a_draft_of_each_course(client, excluded, physician):
    other = CourseFactory(patient=PatientFactory(clinic=excluded.clinic))
    client.force_login(physician)
    tab = str(uuid.uuid4())
    for course in (excluded, other, other):
        answer = keep(client, page("decide", course), tab=tab, reason=f"About {course.pk}.")
        assert answer.status_code == 200
    assert FormDraft.objects.count() == 2


def test_two_tabs_keep_two_drafts_and_the_newest_is_given_back(client, excluded, physician):
    client.force_login(physician)
    path = page("decide", excluded)
    keep(client, path, reason="The first tab.")
    keep(client, path, reason="The second tab.")
    assert FormDraft.objects.count() == 2
    assert client.get(path).context["form"]["reason"].value() == "The second tab."


def test_what_is_no_draft_or_too_much_is_not_kept(client, excluded, physician):
    client.force_login(physician)
    path = page("decide", excluded)
    assert client.post(with_draft(path, "keep"), {"tab": "none", "reason": TYPED}).status_code == 400
    assert keep(client, path, reason="x" * 100_001).status_code == 400
    assert FormDraft.objects.count() == 0


def test_a_draft_that_somebody_has_overtaken_overwrites_nothing(client, excluded, physician, lead):
    words = {heading.code: "First words." for heading in HEADINGS}
    keep_safety_plan(excluded, words=words, version=0, by=lead, at=timezone.now())
    client.force_login(physician)
    path = page("safety_plan", excluded)
    keep(client, path, version="1", **{HEADINGS[0].code: TYPED})
    keep_safety_plan(excluded, words=words, version=1, by=lead, at=timezone.now())
    form = client.get(path).context["form"]
    assert form["version"].value() == "1"
    assert client.post(path, {**words, "version": "1", HEADINGS[0].code: TYPED}).status_code == 409
    assert excluded.safety_plans.count() == 2


def test_the_boxes_of_a_consent_come_back_as_they_were_ticked(client, excluded, physician):
    client.force_login(physician)
    path = page("consent", excluded) + "?kind=recording"
    keep(client, path, purposes=["training", "research"], keep_months="6")
    form = client.get(path).context["form"]
    assert (form["purposes"].value(), form["keep_months"].value()) == (["training", "research"], "6")


def test_a_therapist_keeps_no_draft_of_what_only_a_physician_opens(client, excluded, lead):
    client.force_login(lead)
    assert keep(client, page("decide", excluded), reason=TYPED).status_code in (403, 404)
    assert keep(client, page("judge", excluded, "P17"), reason=TYPED).status_code in (403, 404)
    assert FormDraft.objects.count() == 0


def test_the_address_of_a_judgement_names_no_medicine(client, course, physician):
    screened(course, by=physician)
    row = MedicineFactory(patient=course.patient, name="Fictamine", ongoing=True)
    client.force_login(physician)
    html = client.get(page("course", course)).content.decode()
    assert f'href="{page("judge", course, row.public_id)}"' in html
    assert "judge/unlisted-" not in html
    shown = client.get(page("judge", course, row.public_id))
    assert "Fictamine" in shown.content.decode()
    assert client.get(page("judge", course, "unlisted-fictamine")).status_code == 404
    about = shown.context["finding"].evidence
    answer = {"about": about, "acceptable": "yes", "reason": "Agreed with the prescriber."}
    assert client.post(page("judge", course, row.public_id), answer).status_code == 302
    assert course.judgements.get().code == "unlisted-fictamine"


def test_a_letter_keeps_the_version_that_was_shown(client, excluded, physician):
    client.force_login(physician)
    path = page("letter", excluded) + "?to=patient"
    keep(client, path, body=TYPED, version="1")
    Letter.objects.update(version=2)
    assert 'name="version" value="1"' in client.get(path).content.decode()
