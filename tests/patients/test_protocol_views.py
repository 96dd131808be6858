"""The pages of protocols."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import ProtocolVersion
from tests.factories import published
from tests.patients.pages import words

pytestmark = pytest.mark.usefixtures("db")


def protocol_parts(client, code):
    """The pages of the four parts of one protocol, one after the other."""
    address = reverse("patients:protocol", args=[code, 1])
    pages = [client.get(address, {"part": part}) for part in ("", "visits", "day", "criteria")]
    return "".join(page.content.decode() for page in pages)


@pytest.mark.parametrize("code", ["mapp3", "two-dose", "three-week"])
def test_a_protocol_page_shows_every_visit_criterion_limit_and_source(at_desk, code):
    version = published(code)
    page = " ".join(re.sub(r"<[^>]+>", " ", protocol_parts(at_desk, code)).split()).replace("&#x27;", "'")
    plan = version.protocol
    missing = [
        word
        for word in (
            *(visit.title for visit in plan.visits),
            *(criterion.requirement for criterion in plan.criteria),
            *(rule.sentence for rule in plan.staffing),
            *(limit.action for limit in plan.vital_limits),
            *(slot.title for slot in plan.vital_slots),
            *(measure.title for measure in plan.measures),
            *plan.sources.values(),
            *plan.dosing_day.effects,
        )
        if " ".join(word.split()) not in page
    ]
    assert missing == []
    assert version.sha256 in page


def test_every_figure_of_the_protocol_page_has_a_mark_and_a_source_that_is_listed(at_desk):
    published("mapp3")
    page = protocol_parts(at_desk, "mapp3")
    figures = page.split('<span class="figure"')[1:]
    assert len(figures) > 150
    bare = [
        figure for figure in figures if not re.match(r'.*?<span class="source-sign.{0,160}?<a href="#source-', figure)
    ]
    assert bare == []
    targets = set(re.findall(r'href="#(source-\d+)"', page))
    assert targets <= set(re.findall(r'id="(source-\d+)"', page))


def test_the_hours_of_the_reference_protocol_are_42_and_84(at_desk):
    published("mapp3")
    response = at_desk.get(reverse("patients:protocol", args=["mapp3", 1]))
    assert "Therapy 42 h 84 h" in words(response)


def test_an_old_version_says_that_there_is_a_newer_one(at_desk):
    from patients.actions.protocols import publish

    old = published("mapp3")
    publish(text=old.text.replace("version = 1", "version = 2", 1), name="x", by=None, at=timezone.now())
    assert "There is a newer version: version 2" in words(at_desk.get(reverse("patients:protocol", args=["mapp3", 1])))
    assert "Earlier versions: 1" in words(at_desk.get(reverse("patients:protocols")))


def test_the_list_of_protocols_shows_each_once_and_an_empty_one_says_what_to_do(at_desk):
    assert "No protocol is published yet." in words(at_desk.get(reverse("patients:protocols")))
    for code in ("mapp3", "two-dose", "three-week"):
        published(code)
    response = at_desk.get(reverse("patients:protocols"))
    assert [group[0].code for group in response.context["groups"]] == ["mapp3", "three-week", "two-dose"]
    assert ProtocolVersion.objects.count() == 3


def test_a_protocol_that_does_not_exist_is_not_found(at_desk):
    published("mapp3")
    assert at_desk.get(reverse("patients:protocol", args=["mapp3", 9])).status_code == 404
