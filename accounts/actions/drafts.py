"""Drafts: what somebody is typing, kept every few seconds under the key of their browser tab, and given back to them alone.

A model that keeps drafts has `author`, `tab` and `saved_at`; every verb takes the drafts of one note or one form.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import User


@transaction.atomic
def keep(
    drafts: Any, *, tab: uuid.UUID, by: User, at: dt.datetime, about: Mapping[str, Any] | None = None, **typed: Any
) -> Any:
    """Keep what is typed in one tab, in place of what this tab kept before. `about` narrows what the drafts are of."""
    draft, _ = drafts.update_or_create(author=by, tab=tab, **(about or {}), defaults={**typed, "saved_at": at})
    return draft


@transaction.atomic
def forget(drafts: Any, *, tab: uuid.UUID, by: User) -> None:
    """Drop what a tab kept: it was saved, discarded, or says what is there already."""
    drafts.filter(author=by, tab=tab).delete()


@transaction.atomic
def forget_restored(drafts: Any, *, tab: uuid.UUID | None, shown_at: dt.datetime | None, by: User) -> None:
    """Drop the draft that a saved page began with, unless its own tab has gone on typing since."""
    if tab and shown_at:
        drafts.filter(author=by, tab=tab, saved_at__lte=shown_at).delete()
