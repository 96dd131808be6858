"""Decisions of this room: pure Python, no Django, no clock, no randomness, no database."""
