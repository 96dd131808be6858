"""The one door: every request is held against the access table before a view runs."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.actions import locking
from accounts.actions.audit import name_actor
from accounts.actions.editing import Stale
from accounts.context import idle_limit
from accounts.models import grant_for
from accounts.rules.access import PAGES, Door, Page, reaches
from accounts.rules.findings import Refused

# What a locked session still answers.
WHILE_LOCKED = {"accounts:lock", "accounts:unlock", "account_logout"}


class AccessMiddleware:
    """Absent and forbidden look the same (404). Views read with `request.grant` and nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        timezone.deactivate()
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        page = PAGES.get(match.view_name)
        if page is None:
            raise Http404(f"{match.view_name} has no row in the access table")
        if _has_nul(request):
            raise BadRequest("a character that the database cannot keep")
        user = request.user
        name_actor(f"user:{user.pk}" if user.is_authenticated else "", request.POST.get("reason", ""))
        if page.door is Door.PUBLIC:
            return None
        if not user.is_authenticated:
            return _redirect_back("/account/login/", request)
        on = self._enter_clinic(request, page)
        request.grant = grant_for(user, match.view_name, on)
        now = timezone.now()
        if locking.is_over(request, at=now):
            logout(request)
            return self._elsewhere(request, "/account/login/")
        if match.view_name not in WHILE_LOCKED and locking.is_locked(request, at=now):
            return self._elsewhere(request, "/unlock/")
        if not page.before_unlock and settings.MFA_REQUIRED and not is_mfa_enabled(user):
            return redirect("mfa_activate_totp")
        if match.view_name not in WHILE_LOCKED and not _is_background(request):
            limit = None if match.view_name == "accounts:seen" else idle_limit(match.view_name)
            locking.note_presence(request, at=now, idle_limit=limit)
        if page.door is Door.ROLES and request.grant.empty:
            raise Http404("no role that opens this page")
        return None

    def _enter_clinic(self, request: HttpRequest, page: Page) -> dt.date:
        """Activate the zone of the clinic where this page is opened; the day it is there.

        Somebody of two clinics stands in the one where their roles open the page, the whole clinic before a care team:
        what a view does to `request.clinic` is done where they may do it.
        """
        memberships = request.user.enter(timezone.now())
        # False sorts before True, and equal ones keep their order: their first clinic for pages that no role opens.
        memberships = sorted(memberships, key=lambda row: [not reach for reach in reaches(page, row.held)])
        request.clinic = memberships[0].clinic if memberships else None
        if request.clinic:
            timezone.activate(request.clinic.zone)
        return timezone.localdate()

    def _elsewhere(self, request: HttpRequest, to: str) -> HttpResponse:
        """To the lock or the log-in. Our own scripts are told so with a status; a form is held until it is unlocked."""
        if _is_script(request):
            return HttpResponse("Locked. Unlock to go on.", status=423, content_type="text/plain")
        if request.method == "POST" and request.user.is_authenticated:
            locking.hold(request)
        return _redirect_back(to, request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, Refused):
            return render(request, "refused.html", {"findings": problem.findings}, status=409)
        if isinstance(problem, Stale):
            return render(request, "conflict.html", {"stale": problem}, status=409)
        return None


def _has_nul(request: HttpRequest) -> bool:
    """Whether something that was sent holds the one character that PostgreSQL cannot keep and no keyboard types."""
    sent = (*request.GET.lists(), *request.POST.lists())
    return any("\0" in value for _, values in sent for value in values)


def _is_script(request: HttpRequest) -> bool:
    """A request of our own modules rather than of somebody who follows a link or sends a form."""
    return request.headers.get("X-Requested-With") == "fetch" or bool(request.headers.get("HX-Request"))


def _is_background(request: HttpRequest) -> bool:
    """Polling and timed saves go on in an empty room: they do not count as somebody being there."""
    return "X-Background" in request.headers


def _redirect_back(to: str, request: HttpRequest) -> HttpResponse:
    """Send the person elsewhere first; a page that was only read is found again afterwards."""
    if request.method != "GET":
        return redirect(to)
    return redirect(f"{to}?{urlencode({'next': request.path})}")
