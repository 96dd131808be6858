from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from accounts.rules.access import LONG_IDLE, ROLE_TITLES
from accounts.rules.frame import CLINIC, RAIL, Entry, is_current, may_open


def frame(request: HttpRequest) -> dict[str, Any]:
    """What the frame of every page shows: the rail this person may use, the clinic and its clock, the idle limit."""
    grant = getattr(request, "grant", None)
    if grant is None:
        return {"rail": [], "strip": [], "clinic": None, "may": frozenset()}
    roles = frozenset().union(*(m.roles for m in request.user.current_memberships(grant.on)))
    may = may_open(roles)
    rail, strip = _entries(RAIL, may, request.path), _entries(CLINIC, may, request.path)
    in_clinic = any(entry["current"] for entry in strip)
    if strip:
        rail.append({"title": "Clinic", "icon": "building-2", "href": strip[0]["href"], "current": in_clinic})
    return {
        "rail": rail,
        "strip": strip if in_clinic else [],
        "clinic": request.clinic,
        "may": may,
        "may_search": "reports:search" in may,
        "idle_seconds": idle_limit(request.resolver_match.view_name),
        "role_titles": ", ".join(title for role, title in ROLE_TITLES.items() if role in roles),
    }


def idle_limit(view_name: str) -> int:
    """Seconds for which a page may be left alone. The dosing day is long and mostly spent listening."""
    return 60 * (settings.DOSING_LOCK_MINUTES if view_name in LONG_IDLE else settings.IDLE_LOCK_MINUTES)


def _entries(entries: tuple[Entry, ...], may: frozenset[str], path: str) -> list[dict[str, Any]]:
    shown = []
    for entry in entries:
        if entry.name not in may:
            continue
        try:
            href = reverse(entry.name)
        except NoReverseMatch:
            continue
        shown.append({"title": entry.title, "icon": entry.icon, "href": href, "current": is_current(entry, path)})
    return shown
