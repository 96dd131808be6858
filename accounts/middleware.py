"""The one door: every request is held against the access table before a view runs."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.actions.audit import name_actor
from accounts.actions.editing import Stale
from accounts.models import Grant, grant_for
from accounts.rules.access import PAGES, Door
from accounts.rules.findings import Refused

LOCKED = "locked"
SEEN_AT = "seen_at"


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
        user = request.user
        name_actor(f"user:{user.pk}" if user.is_authenticated else "", request.POST.get("reason", ""))
        if page.door is Door.PUBLIC:
            return None
        if not user.is_authenticated:
            return _redirect_back("/account/login/", request)
        on = self._enter_clinic(request)
        request.grant = grant_for(user, match.view_name, on)
        if not page.before_unlock:
            if settings.MFA_REQUIRED and not is_mfa_enabled(user):
                return redirect("mfa_activate_totp")
            if self._idle(request):
                request.session[LOCKED] = True
            if request.session.get(LOCKED):
                return self._locked(request)
            request.session[SEEN_AT] = timezone.now().timestamp()
        if page.door is Door.ROLES and request.grant.empty:
            raise Http404("no role that opens this page")
        return None

    def _enter_clinic(self, request: HttpRequest) -> dt.date:
        """Activate the zone of the person's first clinic; the day it is there."""
        memberships = request.user.current_memberships(timezone.now().date())
        request.clinic = memberships[0].clinic if memberships else None
        if request.clinic:
            timezone.activate(request.clinic.zone)
        return timezone.localdate()

    def _idle(self, request: HttpRequest) -> bool:
        seen = request.session.get(SEEN_AT)
        return seen is not None and timezone.now().timestamp() - seen > settings.IDLE_LOCK_MINUTES * 60

    def _locked(self, request: HttpRequest) -> HttpResponse:
        if request.headers.get("Accept", "").startswith("application/json") or request.headers.get("HX-Request"):
            return HttpResponse("The screen is locked. Unlock it to go on.", status=423, content_type="text/plain")
        return _redirect_back("/unlock/", request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, Refused):
            return render(request, "refused.html", {"findings": problem.findings}, status=409)
        if isinstance(problem, Stale):
            return render(request, "conflict.html", {"stale": problem}, status=409)
        return None


def _redirect_back(to: str, request: HttpRequest) -> HttpResponse:
    """Send the person elsewhere first; a page that was only read is found again afterwards."""
    if request.method != "GET":
        return redirect(to)
    return redirect(f"{to}?{urlencode({'next': request.path})}")


__all__ = ["LOCKED", "SEEN_AT", "AccessMiddleware", "Grant"]
