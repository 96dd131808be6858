"""The house: settings, URLs, Celery, entry points and decisions. Imported by nobody but the framework."""

from mdmaat.celery import app as celery_app

__all__ = ["celery_app"]
