from typing import Any

from django.db import models

from accounts.models import User


class Stale(Exception):
    """Somebody else changed the row meanwhile. Carries the row as it is now and what this person wanted it to be."""

    def __init__(self, current: models.Model, wanted: dict[str, Any]) -> None:
        self.current, self.wanted = current, wanted
        super().__init__("Somebody else has changed this meanwhile.")

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        """(field title, as it is now, as you wrote it), for every field that differs."""
        rows = []
        for name, value in self.wanted.items():
            now = getattr(self.current, name)
            if now != value:
                rows.append((str(self.current._meta.get_field(name).verbose_name), now, value))
        return rows


def edit(row: models.Model, *, version: int, by: User, **changes: Any) -> models.Model:
    """Change a versioned row if it is still the version that was shown.

    Returns the row as it is now. Raises Stale when somebody was faster; nothing is written then.
    """
    model = type(row)
    for name, value in changes.items():
        setattr(row, name, value)
    row.full_clean(exclude=[f.name for f in model._meta.fields if f.name not in changes])
    moved = model._base_manager.filter(pk=row.pk, version=version).update(**changes, version=version + 1)
    if not moved:
        raise Stale(model._base_manager.get(pk=row.pk), changes)
    row.refresh_from_db()
    return row
