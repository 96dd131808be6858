import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.actions.people import give_roles, record_credential
from accounts.forms import CredentialForm, RolesForm
from accounts.models import Change, Credential, Membership
from accounts.rules.access import PAGES, ROLE_TITLES, Door, Page, Role
from accounts.rules.credentials import SOON, standing, words
from accounts.rules.findings import Refused

SECTIONS = {
    "reports": "Today, courses and reports",
    "patients": "Patients",
    "screening": "Screening",
    "sessions": "Calendar, sessions and hours",
    "integration": "Outcomes and insights",
    "reminders": "Reminders",
    "accounts": "Clinic",
}


def people(request: HttpRequest) -> HttpResponse:
    """Who works here, in which roles, with which papers."""
    on = request.grant.on
    rows = Membership.objects.visible_to(request.grant).select_related("user", "clinic")
    show = request.GET.get("show", "")
    if show == "papers":
        rows = rows.filter(credentials__expires_on__lte=on + SOON).distinct()
    elif show in ROLE_TITLES:
        rows = rows.filter(roles__contains=[show])
    if words_sought := request.GET.get("q", "").strip():
        rows = rows.filter(Q(user__name__icontains=words_sought) | Q(user__username__icontains=words_sought))
    page = Paginator(rows.prefetch_related("credentials").order_by("user__name", "pk"), 30).get_page(
        request.GET.get("page")
    )
    lines = [(row, row.in_force(on), papers(row.credentials.all(), on)) for row in page]
    context = {"page": page, "lines": lines, "show": show, "q": words_sought, "roles": ROLE_TITLES.items()}
    return render(request, "accounts/people.html", context)


def papers(credentials: Any, on: dt.date) -> list[dict[str, Any]]:
    """The newest credential of each kind, with its standing in words."""
    newest: dict[str, Credential] = {}
    for row in sorted(credentials, key=lambda row: (row.kind, row.expires_on)):
        newest[row.kind] = row
    return [
        {"row": row, "standing": standing(row.expires_on, on).value, "words": words(row.expires_on, on)}
        for row in newest.values()
    ]


def person(request: HttpRequest, public_id: str) -> HttpResponse:
    rows = Membership.objects.visible_to(request.grant).select_related("user", "clinic")
    membership = get_object_or_404(rows, public_id=public_id)
    is_roles, is_paper = "roles-version" in request.POST, "credential-kind" in request.POST
    roles_form = RolesForm(request.POST if is_roles else None, membership=membership)
    paper_form = CredentialForm(request.POST if is_paper else None)
    if is_roles and roles_form.is_valid() and _roles_given(request, membership, roles_form):
        return redirect("accounts:person", public_id)
    if is_paper and paper_form.is_valid():
        record_credential(membership, by=request.user, **paper_form.cleaned_data)
        messages.success(request, "The credential is recorded.")
        return redirect("accounts:person", public_id)
    on = request.grant.on
    held = [
        {"row": row, "standing": standing(row.expires_on, on).value, "words": words(row.expires_on, on)}
        for row in membership.credentials.order_by("kind", "-expires_on", "-pk")
    ]
    context = {"membership": membership, "roles_form": roles_form, "paper_form": paper_form, "held": held}
    return render(request, "accounts/person.html", {**context, "changes": history(request, membership, held)})


def _roles_given(request: HttpRequest, membership: Membership, form: RolesForm) -> bool:
    try:
        give_roles(membership, by=request.user, on=request.grant.on, **form.cleaned_data)
    except Refused as refused:
        for finding in refused.findings:
            form.add_error(None, finding.sentence)
        membership.refresh_from_db()
        return False
    messages.success(request, f"Saved. {membership.user} has these roles from now on.")
    return True


def history(request: HttpRequest, membership: Membership, held: list[dict[str, Any]]) -> list[Change]:
    """What was changed about somebody's place here, newest first."""
    keys = [str(line["row"].pk) for line in held]
    return list(
        Change.objects.visible_to(request.grant)
        .filter(
            Q(relation=Membership._meta.db_table, row_key=str(membership.pk))
            | Q(relation=Credential._meta.db_table, row_key__in=keys)
        )
        .select_related("actor")
        .order_by("-at", "-pk")[:30]
    )


def access(request: HttpRequest) -> HttpResponse:
    """Who may do what: the very table that every request is held against."""
    sections = [
        (title, [(page.say, [_reach(page, role) for role in Role]) for page in _pages(room)])
        for room, title in SECTIONS.items()
    ]
    return render(request, "accounts/access.html", {"sections": sections, "roles": ROLE_TITLES.values()})


def _pages(room: str) -> list[Page]:
    return [page for name, page in PAGES.items() if name.startswith(f"{room}:")]


def _reach(page: Page, role: Role) -> str:
    if page.door is not Door.ROLES or role in page.clinic:
        return "all"
    return "team" if role in page.team else ""
