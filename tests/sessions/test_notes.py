import threading
import uuid

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Change
from accounts.rules.findings import Refused
from sessions.actions import notes
from sessions.models import Addendum, Note, NoteDraft, NoteVersion, Signature, VitalSign
from sessions.rules.notes import NoteKind
from tests.factories import PASSWORD

CANARY = "The heron over the frozen canal"


def write(visit, by, text, *, base=0, kind=NoteKind.RECORD, tab=None, ticked=()):
    row = notes.note_of(visit, kind=kind, by=by)
    return notes.save_note(
        row, base_version=base, text=text, ticked=list(ticked), tab=tab or uuid.uuid4(), by=by, at=timezone.now()
    )


def sign(note, by, *, version=None, password=PASSWORD):
    return notes.sign(
        note, shown_version=note.version if version is None else version, password=password, by=by, at=timezone.now()
    )


@pytest.fixture
def signed(day, visit, lead, second):
    day.closed()
    note = write(visit, lead, CANARY, ticked=["pace"]).note
    sign(note, lead)
    note.refresh_from_db()
    return note


def codes(refused):
    return [finding.code for finding in refused.value.findings]


def test_a_note_is_signed_by_both_after_the_session_with_their_own_passwords(day, visit, lead, second, physician):
    day.closed()
    note = write(visit, lead, CANARY).note
    for by, password, reason in ((lead, "guess", "password"), (physician, PASSWORD, "signer")):
        with pytest.raises(Refused) as refused:
            sign(note, by, password=password)
        assert codes(refused) == [reason]
    first, then = sign(note, lead), sign(note, second)
    assert [first.printed_name, then.printed_name] == ["Ada Fictional", "Ben Fictional"]
    assert notes.is_genuine(first)
    assert notes.is_genuine(then)
    with pytest.raises(Refused) as refused:
        sign(note, lead)
    assert codes(refused) == ["signed"]


def test_nobody_signs_what_they_did_not_read_or_before_the_session_ended(day, visit, lead, second):
    day.arrive()
    note = write(visit, lead, "One").note
    with pytest.raises(Refused) as refused:
        sign(note, second)
    assert codes(refused) == ["open"]
    day.step("call off", reason="Fever.")
    note = write(visit, second, "One and two", base=1).note
    with pytest.raises(Refused) as refused:
        sign(note, lead, version=1)
    assert codes(refused) == ["version"]
    notes.keep_draft(note, tab=uuid.uuid4(), base_version=2, text="More", ticked=[], by=second, at=timezone.now())
    with pytest.raises(Refused) as refused:
        sign(note, lead)
    assert codes(refused) == ["unsaved"]


ATTEMPTS = [
    "UPDATE therapy_sessions_note SET text = 'x' WHERE id = %s",
    "DELETE FROM therapy_sessions_note WHERE id = %s",
    "UPDATE therapy_sessions_noteversion SET text = 'x' WHERE note_id = %s",
    "UPDATE therapy_sessions_signature SET printed_name = 'x' WHERE note_id = %s",
    "DELETE FROM therapy_sessions_signature WHERE note_id = %s",
    "UPDATE therapy_sessions_note SET signed_at = NULL WHERE id = %s",
]


@pytest.mark.parametrize("statement", ATTEMPTS)
def test_a_signed_note_is_not_changed_by_sql(signed, statement):
    with pytest.raises(DatabaseError, match=r"pgtrigger|append"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [signed.pk])
    assert notes.is_genuine(Signature.objects.get())


def test_a_signed_note_is_not_changed_by_the_orm_in_any_way(signed):
    def save():
        signed.text = "x"
        signed.save()

    def bulk():
        signed.text = "x"
        Note.objects.bulk_update([signed], ["text"])

    for attempt in (
        save,
        bulk,
        lambda: Note.objects.update(text="x"),
        lambda: Note.objects.all().delete(),
        lambda: NoteVersion.objects.update(text="x"),
        lambda: Signature.objects.update(digest="x"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    assert Note.objects.get().text == CANARY


def test_before_signing_the_same_statements_go_through(day, visit, lead):
    """Negative control: it is the signature that freezes the note, not something else."""
    day.arrive()
    note = write(visit, lead, "One").note
    assert Note.objects.filter(pk=note.pk).update(text="Two") == 1


def test_nothing_is_added_to_a_session_whose_record_is_signed(signed, day):
    session = signed.session
    with pytest.raises(DatabaseError, match="signed"), transaction.atomic():
        VitalSign.objects.create(session=session, pulse=70, taken_at=day.now, saved_at=day.now, by=day.lead)
    for table in ("vitalsign", "daycheck", "presence", "dose"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM therapy_sessions_{table}")  # noqa: S608 our own names


def test_a_copied_signature_is_not_genuine(signed, day, visit, lead, second):
    other = write(visit, second, CANARY, kind=NoteKind.PROCESS).note
    real = Signature.objects.get()
    copy = Signature.objects.create(
        note=other,
        version=1,
        signer=lead,
        printed_name=real.printed_name,
        meaning=real.meaning,
        at=real.at,
        digest=real.digest,
    )
    assert notes.is_genuine(real)
    assert not notes.is_genuine(copy)


def test_an_addendum_follows_a_signature_and_stays(signed, second, day):
    at = timezone.now()
    row = notes.add_addendum(signed, text="Also", reason="Forgotten", password=PASSWORD, by=second, at=at)
    for attempt in (lambda: Addendum.objects.update(text="x"), row.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    with pytest.raises(Refused) as refused:
        notes.add_addendum(signed, text=" ", reason="", password="guess", by=day.physician, at=at)
    assert codes(refused) == ["pair", "empty", "password"]


def test_a_stale_save_loses_nothing_and_says_what_is_there_now(day, visit, lead, second):
    day.arrive()
    write(visit, lead, "First")
    write(visit, second, "First, and what Ben saw", base=1)
    result = write(visit, lead, "First, and what Ada saw", base=1)
    assert isinstance(result, notes.Overtaken)
    assert result.note.text == "First, and what Ben saw"
    assert NoteDraft.objects.get(author=lead).text == "First, and what Ada saw"


def test_a_draft_outlives_its_tab_and_each_tab_has_its_own(day, visit, lead):
    day.arrive()
    note = notes.note_of(visit, kind=NoteKind.PROCESS, by=lead)
    one, two = uuid.uuid4(), uuid.uuid4()
    for tab, text in ((one, "a"), (two, "b"), (one, "a longer")):
        notes.keep_draft(note, tab=tab, base_version=0, text=text, ticked=[], by=lead, at=timezone.now())
    assert {draft.tab: draft.text for draft in note.drafts.all()} == {one: "a longer", two: "b"}
    write(visit, lead, "a longer", kind=NoteKind.PROCESS, tab=one)
    assert [draft.tab for draft in note.drafts.all()] == [two]


def test_typing_leaves_no_text_in_the_audit(day, visit, lead):
    day.arrive()
    note = notes.note_of(visit, kind=NoteKind.PROCESS, by=lead)
    tab = uuid.uuid4()
    for text in ("a", CANARY):
        notes.keep_draft(note, tab=tab, base_version=0, text=text, ticked=[], by=lead, at=timezone.now())
    write(visit, lead, CANARY, kind=NoteKind.PROCESS, tab=tab)
    rows = Change.objects.filter(relation__startswith="therapy_sessions_note")
    assert [row.kind for row in rows.filter(relation="therapy_sessions_notedraft").order_by("pk")] == [
        "INSERT",
        "DELETE",
    ]
    assert not any(CANARY in f"{row.was}{row.now_is}" for row in rows)
    assert NoteVersion.objects.get().text == CANARY


@pytest.mark.django_db(transaction=True)
def test_of_twenty_saves_at_once_one_wins_and_every_text_is_kept(day, visit, lead, second):
    day.arrive()
    note = notes.note_of(visit, kind=NoteKind.RECORD, by=lead)
    barrier, texts = threading.Barrier(20), [f"Text {number}" for number in range(20)]

    def save(number):
        from accounts.actions.audit import acting

        try:
            with acting(process="test"):
                barrier.wait()
                notes.save_note(
                    note,
                    base_version=0,
                    text=texts[number],
                    ticked=[],
                    tab=uuid.uuid4(),
                    by=(lead, second)[number % 2],
                    at=timezone.now(),
                )
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(number,)) for number in range(20)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    note.refresh_from_db()
    kept = {note.text, *NoteDraft.objects.values_list("text", flat=True)}
    assert note.version == 1
    assert kept == set(texts)


# --- pages


@pytest.fixture
def to(visit):
    return lambda name, kind="record": reverse(f"sessions:{name}", args=[visit.public_id]) + f"?kind={kind}"


def form(text, base=0, kind="record", **changes):
    return {"kind": kind, "base_version": base, "tab": str(uuid.uuid4()), "text": text, **changes}


def test_psychotherapy_text_is_for_the_pair(
    client, visit, to, day, lead, second, physician, coordinator, other_therapist, admin, stranger
):
    day.arrive()
    write(visit, lead, CANARY)
    write(visit, lead, CANARY, kind=NoteKind.PROCESS)
    for user, status in (
        (lead, 200),
        (second, 200),
        (physician, 404),
        (coordinator, 404),
        (other_therapist, 404),
        (admin, 404),
        (stranger, 404),
    ):
        client.force_login(user)
        for kind in ("record", "process"):
            page = client.get(to("note", kind))
            assert page.status_code == status
            assert (CANARY in page.content.decode()) is (status == 200)
        for name in ("draft", "sign", "addendum", "discard"):
            if status == 404:
                assert client.post(to(name), form("x")).status_code == 404


def test_a_stale_tab_gets_409_with_both_texts(client, visit, to, lead, second, day):
    day.arrive()
    client.force_login(lead)
    assert client.post(to("note"), form("First")).status_code == 302
    write(visit, second, "What Ben saw", base=1)
    page = client.post(to("note"), form("What Ada saw", base=1))
    assert page.status_code == 409
    words = page.content.decode()
    assert "What Ben saw" in words
    assert "What Ada saw" in words
    merged = client.post(
        to("note"),
        form(
            "What both saw",
            base=2,
            restored=page.context["form"].initial["restored"],
            shown_at=timezone.now().isoformat(),
        ),
    )
    assert merged.status_code == 302
    assert [v.text for v in NoteVersion.objects.all()] == ["What both saw", "What Ben saw", "First"]
    assert not NoteDraft.objects.exists()


def test_a_draft_is_on_the_page_after_a_reload(client, to, lead, day):
    day.arrive()
    client.force_login(lead)
    reply = client.post(to("draft"), form("Half a sen"))
    assert reply.json()["sentence"] == ""
    page = client.get(to("note"))
    assert page.context["form"].initial["text"] == "Half a sen"
    assert "Restored from what you typed" in page.content.decode()


def test_signing_through_the_page_freezes_it_and_shows_who_signed(client, to, day, visit, lead, second):
    day.closed()
    write(visit, lead, CANARY)
    client.force_login(lead)
    wrong = client.post(to("sign"), {"kind": "record", "shown_version": 1, "password": "guess"})
    assert wrong.status_code == 409
    assert "The password is not right." in wrong.content.decode()
    assert client.post(to("sign"), {"kind": "record", "shown_version": 1, "password": PASSWORD}).status_code == 302
    words = client.get(to("note")).content.decode()
    assert "Ada Fictional" in words
    assert "Still to sign: Ben Fictional." in words
    assert "It cannot be changed." in words
    late = client.post(to("note"), form("Changed", base=1))
    assert late.status_code == 409
    assert Note.objects.get().text == CANARY
    assert NoteDraft.objects.get().text == "Changed"


def test_a_note_is_not_signed_by_guessing_on_at_an_open_page(client, to, day, visit, lead, second):
    day.closed()
    write(visit, lead, CANARY)
    client.force_login(lead)
    data = {"kind": "record", "shown_version": 1}
    answers = [client.post(to("sign"), data | {"password": f"guess {n}"}).content.decode() for n in range(5)]
    assert ["The password is not right." in answer for answer in answers] == [True] * 5
    refused = client.post(to("sign"), data | {"password": PASSWORD})
    assert refused.status_code == 409
    assert "The password of Ada Fictional was wrong 5 times." in refused.content.decode()
    assert not Note.objects.get().signatures.exists()
    client.force_login(second)
    assert client.post(to("sign"), data | {"password": PASSWORD}).status_code == 302
    guessed = {"kind": "record", "text": "More", "reason": "Forgotten", "password": PASSWORD}
    client.force_login(lead)
    assert client.post(to("addendum"), guessed).status_code == 409
    assert not Note.objects.get().addenda.exists()


def test_four_wrong_passwords_and_the_right_one_begin_the_count_again(client, to, day, visit, lead):
    day.closed()
    write(visit, lead, CANARY)
    client.force_login(lead)
    data = {"kind": "record", "shown_version": 1}
    for _ in range(4):
        client.post(to("sign"), data | {"password": "guess"})
    assert client.post(to("sign"), data | {"password": PASSWORD}).status_code == 302
    more = {"kind": "record", "text": "More", "reason": "Forgotten"}
    for _ in range(4):
        assert client.post(to("addendum"), more | {"password": "guess"}).status_code == 409
    assert client.post(to("addendum"), more | {"password": PASSWORD}).status_code == 302


def test_a_draft_is_discarded_by_its_author_only(client, to, day, visit, lead, second):
    day.arrive()
    note = notes.note_of(visit, kind=NoteKind.RECORD, by=lead)
    draft = notes.keep_draft(note, tab=uuid.uuid4(), base_version=0, text="Mine", ticked=[], by=lead, at=timezone.now())
    client.force_login(second)
    client.post(to("discard"), {"draft": draft.pk})
    client.post(to("discard"), {"draft": "x"})
    assert NoteDraft.objects.count() == 1
    client.force_login(lead)
    assert client.post(to("discard"), {"draft": draft.pk}).status_code == 302
    assert not NoteDraft.objects.exists()
