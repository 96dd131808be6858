"""`./dev check`: every static check by name, each passed or failed; one failure fails the whole."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mdmaat.rules_only import NOWHERE

from .environment import ROOT

BIN = Path(sys.executable).parent
PRODUCTION = {
    **NOWHERE,
    "DEBUG": "0",
    "SECRET_KEY": "".join(chr(33 + (number * 37) % 90) for number in range(64)),
    "ALLOWED_HOSTS": "clinic.example",
    "EMAIL_URL": "smtp://mail.example:25",
    "MAIL_FROM": "appointments@clinic.example",
}
DEVELOPMENT = {**NOWHERE, "DEBUG": "1"}


def checks() -> dict[str, Callable[[], str | None]]:
    """Name -> a check; it returns what is wrong, or nothing."""
    return {
        "format": lambda: _tool("ruff", "format", "--check", "."),
        "lint": lambda: _tool("ruff", "check", "."),
        "import contracts": lambda: _tool("lint-imports"),
        "types of the rules": _types,
        "rules without Django": _rules_without_django,
        "migrations are complete": lambda: _manage("makemigrations", "--check", "--dry-run", settings=DEVELOPMENT),
        "deployment": lambda: _manage("check", "--deploy", "--fail-level", "WARNING", settings=PRODUCTION),
        "production refuses the demo": _production_refuses_the_demo,
        "templates": lambda: _tool("djlint", "templates", "--lint", "--quiet"),
        "compose file": _compose,
    }


def main() -> int:
    failures = 0
    for name, check in checks().items():
        begun = time.monotonic()
        problem = check()
        failures += problem is not None
        print(f"{'passed' if problem is None else 'FAILED'}  {name} ({time.monotonic() - begun:.1f} s)", flush=True)
        if problem:
            print("\n".join(f"        {line}" for line in problem.splitlines()), flush=True)
    print(f"\n{failures} of {len(checks())} checks failed." if failures else "\nAll checks passed.")
    return 1 if failures else 0


def _tool(name: str, *arguments: str, settings: dict[str, str] | None = None) -> str | None:
    program = BIN / name
    if not program.exists():
        return f"{name} is not installed; run ./dev check, which installs it."
    return _run([str(program), *arguments], settings or {})


def _manage(*arguments: str, settings: dict[str, str]) -> str | None:
    return _run([sys.executable, "-W", "ignore", "manage.py", *arguments], settings)


def _run(command: list[str], settings: dict[str, str]) -> str | None:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return _end_of(done.stdout) if done.returncode else None


def _end_of(output: str) -> str:
    lines = output.strip().splitlines()
    return "\n".join(["...", *lines[-60:]] if len(lines) > 60 else lines or ["it said nothing"])


def _rules() -> list[str]:
    return sorted(str(package.parent.relative_to(ROOT)) for package in ROOT.glob("*/rules/__init__.py"))


def _types() -> str | None:
    return _tool("mypy", "--strict", "--no-error-summary", *_rules())


def _rules_without_django() -> str | None:
    """Every module of every rules package, imported where Django cannot be."""
    modules = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for folder in _rules()
        for file in sorted((ROOT / folder).rglob("*.py"))
    ]
    code = (
        "import importlib, sys\n"
        "for name in ('django', 'psycopg', 'redis', 'celery'): sys.modules[name] = None\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
    )
    return _run([sys.executable, "-c", code], {})


def _production_refuses_the_demo() -> str | None:
    said = _manage("check", settings={**PRODUCTION, "MDMAAT_DEMO": "1"})
    return None if said and "MDMAAT_DEMO" in said else "Production settings accepted MDMAAT_DEMO=1."


def _compose() -> str | None:
    """By the client where one exists, else as YAML; tests/mdmaat/test_compose.py holds what it must say."""
    for client in (["docker", "compose"], ["docker-compose"], ["podman", "compose"]):
        if shutil.which(client[0]) and _run([*client, "version"], {}) is None:
            return _run(
                [*client, "config", "--quiet"], {"ALLOWED_HOSTS": "clinic.example", "MAIL_FROM": "a@clinic.example"}
            )
    import yaml

    try:
        yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    except yaml.YAMLError as problem:
        return str(problem)
    return None


if __name__ == "__main__":
    sys.exit(main())
