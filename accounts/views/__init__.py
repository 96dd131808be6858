"""Pages of the people who work here: the lock, the people and their papers, the access table."""

from accounts.views.errors import not_found

__all__ = ["not_found"]
