"""Commands that only put questions to the rules: they need no database, no broker and none of a clinic's settings."""

from collections.abc import MutableMapping

COMMANDS = frozenset({"screen", "washout", "plan", "replan", "check_plan"})
NOWHERE = {"DATABASE_URL": "postgres://nobody@localhost:1/none", "REDIS_URL": "redis://localhost:1/0"}


def asks_rules_only(arguments: list[str]) -> bool:
    """Whether this command line is one of them; reading a record without keeping it is, too."""
    if arguments[:1] == ["import_fhir"]:
        return "--dry-run" in arguments
    return bool(arguments) and arguments[0] in COMMANDS


def stand_in(environment: MutableMapping[str, str]) -> None:
    """Settings under which such a command runs. They lead nowhere, so a command that asks a database after all fails."""
    for name in NOWHERE:
        environment.pop(f"{name}_FILE", None)
    environment.update(NOWHERE, DEBUG="1")
    environment.setdefault("LOG_LEVEL", "WARNING")
