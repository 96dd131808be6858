"""Notes of a session: written by the two therapists, read by nobody else."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import drafts
from accounts.actions.audit import record_opening
from accounts.actions.passwords import few_guesses
from accounts.rules.findings import Refused
from patients.rules.protocol import VisitKind
from sessions.actions import notes as actions
from sessions.actions.facts import session_of
from sessions.actions.record import allowed_therapists
from sessions.forms.notes import AddendumForm, NoteForm, SignForm
from sessions.models import Note, TherapySession, Visit
from sessions.rules.notes import MEANING, NoteKind, items_for
from sessions.views.daysheet import is_dosing

OVERTAKEN = "Somebody has saved this note meanwhile: saving will show you both texts."


@require_http_methods(["GET", "POST"])
def note(request: HttpRequest, public_id: Any) -> HttpResponse:
    visit, session = _open(request, public_id)
    if request.method == "POST":
        return _save(request, visit, session)
    record_opening(by=request.user, patient=visit.course.patient, what=f"note {visit.code}", at=timezone.now())
    return _page(request, session, _kind(request.GET.get("kind")))


@require_POST
def draft(request: HttpRequest, public_id: Any) -> JsonResponse:
    """Keep what is being typed. Answers when it was kept, and whether somebody saved meanwhile."""
    visit, _session = _open(request, public_id)
    form = NoteForm(request.POST, items=items_for(VisitKind(visit.kind)))
    if not form.is_valid():
        return JsonResponse({"sentence": "This could not be kept."}, status=400)
    values = form.cleaned_data
    try:
        row = actions.note_of(visit, kind=values["kind"], by=request.user)
    except Refused as refused:
        return JsonResponse({"sentence": str(refused)}, status=409)
    now = timezone.now()
    actions.keep_draft(
        row,
        tab=values["tab"],
        base_version=values["base_version"],
        text=values["text"],
        ticked=values["ticked"],
        by=request.user,
        at=now,
    )
    drafts.forget_restored(row.drafts, tab=values["restored"], shown_at=values["shown_at"], by=request.user)
    overtaken = row.version != values["base_version"] or row.signed_at is not None
    return JsonResponse({"saved": f"{timezone.localtime(now):%H:%M}", "sentence": OVERTAKEN if overtaken else ""})


@require_POST
def discard(request: HttpRequest, public_id: Any) -> HttpResponse:
    visit, _session = _open(request, public_id)
    drafts = {
        draft.pk: draft
        for row in Note.objects.visible_to(request.grant).filter(session__visit=visit)
        for draft in row.drafts.filter(author=request.user)
    }
    asked = request.POST.get("draft", "")
    row = drafts.get(int(asked)) if asked.isdecimal() else None
    if row is None:  # discarded already, or never theirs
        return redirect(_here(visit, NoteKind.RECORD))
    actions.discard_draft(row.note, draft=row, by=request.user)
    return redirect(_here(visit, NoteKind(row.note.kind)))


@require_POST
def sign(request: HttpRequest, public_id: Any) -> HttpResponse:
    visit, session = _open(request, public_id)
    kind = _kind(request.POST.get("kind"))
    form = SignForm(request.POST, auto_id="sign_%s")
    row = get_object_or_404(_own(session, kind, request))
    if form.is_valid():
        try:
            with few_guesses(request.user):
                actions.sign(
                    row,
                    shown_version=form.cleaned_data["shown_version"],
                    password=form.cleaned_data["password"],
                    by=request.user,
                    at=timezone.now(),
                )
        except Refused as refused:
            return _page(request, session, kind, refused=refused.findings, status=409)
        messages.success(request, "Signed.")
        return redirect(_here(visit, kind))
    return _page(request, session, kind, sign_form=form, status=400)


@require_POST
def addendum(request: HttpRequest, public_id: Any) -> HttpResponse:
    visit, session = _open(request, public_id)
    kind = _kind(request.POST.get("kind"))
    form = AddendumForm(request.POST, auto_id="addendum_%s")
    row = get_object_or_404(_own(session, kind, request))
    if form.is_valid():
        values = form.cleaned_data
        try:
            with few_guesses(request.user):
                actions.add_addendum(
                    row,
                    text=values["text"],
                    reason=values["reason"],
                    password=values["password"],
                    by=request.user,
                    at=timezone.now(),
                )
        except Refused as refused:
            return _page(request, session, kind, refused=refused.findings, addendum_form=form, status=409)
        messages.success(request, "Added and signed.")
        return redirect(_here(visit, kind))
    return _page(request, session, kind, addendum_form=form, status=400)


def _save(request: HttpRequest, visit: Visit, session: TherapySession) -> HttpResponse:
    form = NoteForm(request.POST, items=items_for(VisitKind(visit.kind)))
    if not form.is_valid():
        return _page(request, session, _kind(request.POST.get("kind")), form=form, status=400)
    values = form.cleaned_data
    try:
        row = actions.note_of(visit, kind=values["kind"], by=request.user)
    except Refused as refused:
        return _page(request, session, values["kind"], form=form, refused=refused.findings, status=409)
    result = actions.save_note(
        row,
        base_version=values["base_version"],
        text=values["text"],
        ticked=values["ticked"],
        tab=values["tab"],
        by=request.user,
        at=timezone.now(),
    )
    if isinstance(result, actions.Overtaken):
        return _page(request, row.session, values["kind"], status=409)
    drafts.forget_restored(row.drafts, tab=values["restored"], shown_at=values["shown_at"], by=request.user)
    messages.success(request, f"Saved as version {result.note.version}.")
    return redirect(_here(visit, values["kind"]))


def _open(request: HttpRequest, public_id: Any) -> tuple[Visit, TherapySession]:
    """The visit and its session, for one of the two therapists; 404 for everybody else."""
    visit = get_object_or_404(
        Visit.objects.visible_to(request.grant).select_related("course__patient", "course__clinic", "course__protocol"),
        public_id=public_id,
    )
    session = session_of(visit)
    pair = visit.course.pair(request.grant.on)
    if request.user not in [*pair, *actions.writers(session)]:
        raise Http404("psychotherapy notes are the pair's")
    return visit, session


def _own(session: TherapySession, kind: NoteKind, request: HttpRequest) -> Any:
    """The note of this kind that this person writes."""
    author = request.user if kind is NoteKind.PROCESS else None
    return Note.objects.visible_to(request.grant).filter(session__visit=session.visit, kind=kind, author=author)


def _page(
    request: HttpRequest,
    session: TherapySession,
    kind: NoteKind,
    *,
    form: NoteForm | None = None,
    sign_form: SignForm | None = None,
    addendum_form: AddendumForm | None = None,
    refused: Any = (),
    status: int = 200,
) -> HttpResponse:
    visit = session.visit
    row = _own(session, kind, request).first() or Note(session=session, kind=kind)
    others = Note.objects.visible_to(request.grant).filter(session__visit=visit, kind=NoteKind.PROCESS)
    context = {
        "visit": visit,
        "course": visit.course,
        "session": session,
        "kind": kind,
        "note": row,
        "refused": refused,
        "is_dosing": is_dosing(visit),
        "others": list(others.exclude(author=request.user).select_related("author")),
        "sign_form": sign_form or SignForm(initial={"shown_version": row.version, "kind": kind}, auto_id="sign_%s"),
        "addendum_form": addendum_form or AddendumForm(initial={"kind": kind}, auto_id="addendum_%s"),
        **_writing(row, request, form),
        **_signing(row, request),
        **_people(session),
    }
    return render(request, "sessions/note.html", context, status=status)


def _writing(row: Note, request: HttpRequest, form: NoteForm | None) -> dict[str, Any]:
    """The form with what was typed last, and the drafts that stand beside it."""
    items = items_for(VisitKind(row.session.visit.kind))
    typed = list(row.drafts.filter(author=request.user)) if row.pk else []
    typed = [draft for draft in typed if (draft.text, draft.ticked) != (row.text, row.ticked)]
    newest = typed[0] if typed else None
    overtaken = newest if newest and (newest.base_version != row.version or row.signed_at) else None
    start = newest or row
    initial = {
        "kind": row.kind,
        "base_version": row.version,
        "tab": uuid.uuid4(),
        "restored": newest.tab if newest else None,
        "shown_at": timezone.now().isoformat(),
        "text": start.text,
        "ticked": start.ticked,
    }
    return {
        "form": form or NoteForm(items=items, initial=initial),
        "items": items,
        "ticked_labels": [item.label for item in items if item.code in row.ticked],
        "restored": newest if newest and not overtaken else None,
        "overtaken": overtaken,
        "other_drafts": typed[1:],
        "versions": list(row.versions.select_related("by")) if row.pk else [],
    }


def _signing(row: Note, request: HttpRequest) -> dict[str, Any]:
    signatures = list(row.signatures.select_related("signer")) if row.pk else []
    needed = actions.signers(row, row.session) if row.pk else frozenset()
    missing = needed - {str(signature.signer_id) for signature in signatures}
    return {
        "signatures": signatures,
        "waiting_for": [user for user in actions.writers(row.session) if str(user.pk) in missing],
        "may_sign": bool(row.version) and str(request.user.pk) in missing,
        "meaning": MEANING[NoteKind(row.kind)],
        "addenda": list(row.addenda.all()) if row.pk else [],
    }


def _people(session: TherapySession) -> dict[str, Any]:
    presences = list(session.presences.select_related("therapist")) if session.pk else []
    there = {presence.therapist_id for presence in presences if presence.left_at is None}
    return {"pair": [(user, user.pk in there) for user in allowed_therapists(session.visit)], "presences": presences}


def _kind(value: str | None) -> NoteKind:
    return NoteKind.PROCESS if value == NoteKind.PROCESS else NoteKind.RECORD


def _here(visit: Visit, kind: NoteKind) -> str:
    return f"{reverse('sessions:note', args=[visit.public_id])}?kind={kind}"
