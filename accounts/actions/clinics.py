import datetime as dt
from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Clinic, Membership, User
from accounts.rules.access import Role
from accounts.rules.findings import Refused, refusal


@transaction.atomic
def open_clinic(*, name: str, discreet_name: str, time_zone: str, region: str, phone: str) -> Clinic:
    """Add a clinic. Raises Refused with one finding for each value that is not right."""
    clinic = Clinic(name=name, discreet_name=discreet_name, time_zone=time_zone, region=region, phone=phone)
    try:
        clinic.full_clean()
    except ValidationError as problem:
        raise Refused(
            [refusal(f"clinic-{field}", f"{field}: {' '.join(said)}") for field, said in problem.message_dict.items()]
        ) from problem
    clinic.save()
    return clinic


@transaction.atomic
def add_person(
    *, clinic: Clinic, username: str, name: str, email: str, roles: Iterable[str], password: str, on: dt.date
) -> Membership:
    """Add somebody new to a clinic with these roles from a day on.

    Raises Refused when the username is taken, a role is unknown or the password is too weak.
    """
    user = User(username=username, name=name, email=email)
    wanted = list(roles)
    reasons = [
        refusal("role-unknown", f"{role} is no role; there are {', '.join(Role)}.")
        for role in wanted
        if role not in set(Role)
    ]
    if User.objects.filter(username=username).exists():
        reasons.append(refusal("username-taken", f"{username} is taken. Choose another username."))
    try:
        validate_password(password, user)
    except ValidationError as problem:
        reasons += [refusal("password-weak", sentence) for sentence in problem.messages]
    if reasons:
        raise Refused(reasons)
    user.set_password(password)
    user.save()
    return Membership.objects.create(user=user, clinic=clinic, roles=wanted, starts_on=on)
