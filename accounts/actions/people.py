import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from accounts.actions.editing import edit
from accounts.models import Credential, Membership, User
from accounts.rules.access import Role
from accounts.rules.findings import Refused, refusal


@transaction.atomic
def give_roles(
    membership: Membership,
    *,
    roles: Iterable[str],
    ends_on: dt.date | None,
    weekly_hours: int | None,
    may_lead: bool,
    version: int,
    by: User,
    on: dt.date,
) -> Membership:
    """Set what somebody is in a clinic and until when, how many hours a week they may be booked, and if they may lead.

    Raises Stale when it was changed meanwhile, Refused when the clinic would be left without an admin.
    """
    wanted = [role.value for role in Role if role.value in set(roles)]
    admins = Membership.objects.select_for_update().filter(clinic=membership.clinic_id).holding(Role.ADMIN, on)
    stays_admin = Role.ADMIN.value in wanted and ends_on is None
    others = [m for m in admins if m.pk != membership.pk and m.ends_on is None]
    if Role.ADMIN.value in membership.roles and not stays_admin and not others:
        sentence = f"{membership.user} is the last admin of {membership.clinic}. Make somebody else an admin first."
        raise Refused([refusal("last-admin", sentence)])
    places = {"ends_on": ends_on, "weekly_hours": weekly_hours, "may_lead": may_lead}
    return edit(membership, version=version, by=by, roles=wanted, **places)


@transaction.atomic
def record_credential(
    membership: Membership,
    *,
    kind: str,
    title: str,
    number: str,
    issued_on: dt.date | None,
    expires_on: dt.date,
    by: User,
) -> Credential:
    """Add a licence, training or registration. A renewed one is a new row, so that it stays known what held when."""
    return Credential.objects.create(
        membership=membership, kind=kind, title=title, number=number, issued_on=issued_on, expires_on=expires_on
    )
