"""A protocol that loosens anything is published with the medical lead's signature or not at all."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.rules.findings import Refused
from patients.actions.protocols import publish
from patients.models import ProtocolVersion
from tests.cast import member
from tests.factories import PASSWORD, published

pytestmark = pytest.mark.django_db

REASON = "Cardiology agreed to 470 ms for women on 3 March."


@pytest.fixture
def medical_lead(clinic):
    return member(clinic, "medlead", "Mira Fictional", "physician", "medical_lead")


def text(*, code="mapp3", version=2, female=460):
    """The reference protocol under another name, version or limit of the QT interval."""
    written = published("mapp3").text
    written = written.replace('code = "mapp3"', f'code = "{code}"', 1).replace("version = 1", f"version = {version}", 1)
    return written.replace("female = { value = 460", f"female = {{ value = {female}", 1)


def put_out(written, **signature):
    return publish(text=written, name="x.toml", **{"by": None, "at": timezone.now(), **signature})


def refused(written, **signature):
    with pytest.raises(Refused) as reasons:
        put_out(written, **signature)
    return [finding.code for finding in reasons.value.findings]


def test_tightening_needs_no_signature_and_is_said():
    row = put_out(text(female=450))
    assert (row.signed_by, row.compared_with) == (None, "mapp3, version 1")
    assert row.differences == [
        {
            "code": "M2",
            "change": "tightened",
            "sentence": "M2 has the limit female 450 ms instead of 460 ms: tightened.",
        }
    ]


def test_loosening_without_a_signature_is_refused_and_says_what_is_loosened():
    with pytest.raises(Refused) as reasons:
        put_out(text(female=470))
    assert [finding.sentence for finding in reasons.value.findings] == [
        "M2 has the limit female 470 ms instead of 460 ms: loosened.",
        "The medical lead signs this, with a reason.",
    ]
    assert ProtocolVersion.objects.count() == 1


def test_the_medical_lead_signs_a_loosening_with_a_reason(medical_lead):
    row = put_out(text(female=470), by=medical_lead, password=PASSWORD, reason=REASON)
    assert (row.signed_by, row.printed_name, row.reason) == (medical_lead, "Mira Fictional", REASON)


@pytest.mark.parametrize(
    ("signature", "codes"),
    [
        ({"password": "wrong"}, ["password"]),
        ({"reason": "  "}, ["reason"]),
        ({"password": "", "reason": ""}, ["password", "reason"]),
    ],
)
def test_a_signature_that_is_not_good_is_refused(medical_lead, signature, codes):
    good = {"by": medical_lead, "password": PASSWORD, "reason": REASON}
    assert refused(text(female=470), **{**good, **signature}) == codes


def test_a_physician_who_is_no_medical_lead_does_not_sign(physician):
    assert refused(text(female=470), by=physician, password=PASSWORD, reason=REASON) == ["not-medical-lead"]


def test_a_new_code_is_no_way_round_the_reference():
    assert refused(text(code="our-own", version=1, female=470)) == ["loosened", "signature"]
    assert put_out(text(code="our-own", version=1, female=455)).compared_with == "mapp3, version 1"


def test_the_reference_is_held_against_what_is_shipped_even_in_an_empty_database():
    written = text(version=1, female=470)
    with transaction.atomic():
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("DELETE FROM patients_protocolversion")
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert refused(written) == ["loosened", "signature"]


def test_the_shipped_protocols_need_no_signature_and_the_reference_is_held_against_nothing():
    assert [(published(code).compared_with, published(code).differences) for code in ("mapp3", "two-dose")] == [
        ("", []),
        ("mapp3, version 1", []),
    ]


def test_past_the_actions_the_database_refuses_an_unsigned_loosening(medical_lead):
    def row(**more):
        return ProtocolVersion(
            code="x", version=1, title="x", text="x", sha256="x", published_at=timezone.now(), **more
        )

    loosened = [{"code": "M2", "change": "loosened", "sentence": "M2"}]
    removed = [{"code": "M2", "change": "removed", "sentence": "M2"}]
    for bad in (
        {"differences": loosened},
        {"differences": removed},
        {"signed_by": medical_lead, "printed_name": "Mira", "reason": "  "},
        {"reason": "Because."},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row(**bad).save()
    row(differences=[{"code": "M2", "change": "tightened", "sentence": "M2"}]).save()


def test_the_command_refuses_a_loosening_and_publishes_it_signed(medical_lead, tmp_path, monkeypatch):
    file = tmp_path / "mapp3.toml"
    file.write_text(text(female=470), encoding="utf-8")
    with pytest.raises(CommandError) as refusal:
        call_command("publish", str(file))
    assert str(refusal.value) == (
        "mapp3.toml is not published.\n"
        "  M2 has the limit female 470 ms instead of 460 ms: loosened.\n"
        "  The medical lead signs this, with a reason."
    )
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    out = io.StringIO()
    call_command("publish", str(file), signed_by="medlead", reason=REASON, stdout=out)
    assert out.getvalue().splitlines()[1] == "  M2 has the limit female 470 ms instead of 460 ms: loosened."
    with pytest.raises(CommandError, match="There is nobody with the username nobody"):
        call_command("publish", str(file), signed_by="nobody")


def test_the_page_shows_what_changed_and_who_signed(medical_lead, client):
    put_out(text(female=470), by=medical_lead, password=PASSWORD, reason=REASON)
    client.force_login(medical_lead)
    page = client.get("/protocols/mapp3/2/").content.decode()
    assert "Held against mapp3, version 1." in page
    assert "<li>M2 has the limit female 470 ms instead of 460 ms: loosened.</li>" in page
    assert f"Signed by Mira Fictional, medical lead, {timezone.localdate():%-d %B %Y}: {REASON}" in page
    assert 'id="difference"' not in client.get("/protocols/mapp3/1/").content.decode()
