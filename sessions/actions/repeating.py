import datetime as dt

from django.db import transaction

from accounts.models import User
from accounts.rules.findings import Refused, refusal
from sessions.actions.facts import is_rated_too_early
from sessions.models import Visit


@transaction.atomic
def repeat_rating(visit: Visit, *, reason: str, version: int, by: User, at: dt.datetime) -> Visit:
    """Set a baseline aside that was rated before the washout was over, so that it is booked and rated again.

    The visit and what was rated at it stay in the record; they count no longer. Raises Refused for every other visit.
    """
    held = Visit.objects.select_for_update().get(pk=visit.pk)
    reasons = []
    if held.version != version:
        reasons.append(refusal("changed", "Somebody else has just changed this visit. Open it again."))
    elif not is_rated_too_early(held):
        reasons.append(refusal("stands", "This rating counts: only a baseline that was rated too early is repeated."))
    if not reason.strip():
        reasons.append(refusal("reason", "Say why it is rated again: the chart keeps the reason."))
    if reasons:
        raise Refused(reasons)
    held.state, held.state_reason = Visit.State.REPEATED, reason.strip()[:300]
    held.version += 1
    held.save(update_fields=["state", "state_reason", "version"])
    held.allocations.filter(active=True).update(active=False)
    return held
