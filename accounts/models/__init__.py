from accounts.models.audit import Change, Opening
from accounts.models.people import Clinic, Credential, Membership, User
from accounts.models.scope import Grant, ScopedQuerySet, grant_for

__all__ = ["Change", "Clinic", "Credential", "Grant", "Membership", "Opening", "ScopedQuerySet", "User", "grant_for"]
