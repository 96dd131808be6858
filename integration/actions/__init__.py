"""Verbs of the integration room, the only code that writes, and the facts that its rules are asked with."""
