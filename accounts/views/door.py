from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import locking
from accounts.actions.locking import Unlocking
from accounts.actions.passwords import TRIES, WAIT_SECONDS

PROBLEMS = {
    Unlocking.WRONG: "That is not the password of this account. Try again.",
    Unlocking.WAIT: f"The password was wrong {TRIES} times. Wait {WAIT_SECONDS // 60} minutes and try again.",
}


@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    locking.lock(request)
    return HttpResponse(status=204)


@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """Somebody is reading or typing without sending anything; the middleware has noted it."""
    return HttpResponse(status=204)


@require_http_methods(["GET", "POST"])
def unlock(request: HttpRequest) -> HttpResponse:
    to = _within(request)
    if request.method == "GET":
        return render(request, "accounts/unlock.html", {"next": to})
    is_fetch = request.headers.get("X-Requested-With") == "fetch"
    outcome = locking.unlock(request, password=request.POST.get("password", ""), at=timezone.now())
    if outcome is Unlocking.OPEN:
        if is_fetch:
            return JsonResponse({"open": True})
        held = request.session.pop(locking.HELD, None)
        return render(request, "accounts/held.html", {"held": held}) if held else redirect(to)
    if outcome is Unlocking.LOGGED_OUT:
        messages.warning(request, "Too many wrong passwords: you were logged out. Drafts are kept; log in to go on.")
        return JsonResponse({"sentence": "You were logged out."}, status=401) if is_fetch else redirect("account_login")
    if is_fetch:
        return JsonResponse({"sentence": PROBLEMS[outcome]}, status=400)
    return render(request, "accounts/unlock.html", {"next": to, "problem": PROBLEMS[outcome]}, status=400)


def _within(request: HttpRequest) -> str:
    """Where to go on, never outside of this site."""
    to = request.POST.get("next") or request.GET.get("next") or "/"
    return to if url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}) else "/"
