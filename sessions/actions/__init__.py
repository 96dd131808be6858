"""Verbs of the sessions room, the only code that writes."""
