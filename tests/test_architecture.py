"""The house keeps its plan: rooms, foreign keys, file names, reads, audit, templates. Each check is also shown a fault."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models.audit import AuditTrigger
from accounts.rules.access import PAGES, Door

ROOT = Path(__file__).parent.parent
# From the lowest room to the highest; the last two do not see each other.
ROOMS = ["accounts", "patients", "screening", "sessions", "integration", "reminders", "reports"]
LEVEL = {"accounts": 0, "patients": 1, "screening": 2, "sessions": 3, "integration": 4, "reminders": 5, "reports": 5}
FILES = {
    *("__init__", "apps", "models", "actions", "forms", "views", "urls", "tasks", "admin", "rules", "migrations"),
    *("templatetags", "management", "middleware", "adapter", "context", "protocols", "charts"),
}
# Tables that are themselves the audit, or hold no clinical fact.
NOT_AUDITED = {"accounts.Change", "accounts.Opening"}
# A published protocol belongs to no clinic: everybody logged in may read it.
NOT_SCOPED = {"ProtocolVersion"}
SOURCES = [p for room in ROOMS for p in sorted((ROOT / room).rglob("*.py"))]


def our_models():
    return [model for model in apps.get_models() if room_of(model) in ROOMS]


def room_of(model):
    return model.__module__.split(".")[0]


def upward_keys(found):
    """Foreign keys that point to a higher room, or sideways between the two top rooms."""
    wrong = []
    for model in found:
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if field.auto_created or not isinstance(field, models.ForeignKey | models.ManyToManyField):
                continue
            here, there = room_of(model), room_of(target)
            if there in LEVEL and here != there and LEVEL[there] >= LEVEL[here]:
                wrong.append(f"{model.__name__}.{field.name} -> {target.__name__}")
    return wrong


def unscoped_reads(source):
    """Reads in a view that do not begin with visible_to: (line, text)."""
    wrong = []
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr in {"objects", "_base_manager", "_default_manager"}
            and node.attr != "visible_to"
            and getattr(node.value.value, "id", "") not in NOT_SCOPED
        ):
            wrong.append((node.lineno, ast.unparse(node)))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"get_object_or_404", "get_list_or_404"}:
            first = node.args[0]
            if isinstance(first, ast.Name) and first.id[0].isupper() and first.id not in NOT_SCOPED:
                wrong.append((node.lineno, ast.unparse(node)))
    return wrong


def url_names(resolver=None, namespace=""):
    """Every named URL of the project as (view name, pattern)."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from url_names(pattern, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", pattern


# --- rooms


def test_foreign_keys_point_downwards_only():
    assert upward_keys(our_models()) == []


def test_an_upward_foreign_key_is_found():
    class Planted(models.Model):  # noqa: DJ008
        visit = models.ForeignKey("therapy_sessions.Visit", on_delete=models.PROTECT, related_name="+")

        class Meta:
            app_label = "patients"
            managed = False

    try:
        Planted.__module__ = "patients.models"
        assert upward_keys([Planted]) == ["Planted.visit -> Visit"]
    finally:
        del apps.all_models["patients"]["planted"]
        apps.clear_cache()


def test_an_upward_import_breaks_the_contract(tmp_path):
    """The import contracts of pyproject.toml, run on a copy of the house with one upward import in it."""
    house = ["mdmaat", *ROOMS]
    for room in house:
        for source in (ROOT / room).rglob("*.py"):
            copy = tmp_path / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    kept = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert kept.returncode == 0, kept.stdout
    (tmp_path / "patients" / "planted.py").write_text("import sessions.models\n", encoding="utf-8")
    broken = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert broken.returncode == 1
    assert "patients.planted" in broken.stdout


def test_every_room_says_what_it_is_for():
    for room in ROOMS:
        tree = ast.parse((ROOT / room / "__init__.py").read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), room


def test_a_room_holds_only_the_files_of_a_room():
    strange = [
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).iterdir()
        if path.name != "__pycache__" and path.stem not in FILES
    ]
    assert strange == []


def test_no_name_hides_what_a_thing_does():
    vague = re.compile(r"(Manager|Helper|Service|Util|Utils|Base|Mixin)$")
    wrong = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in SOURCES
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and vague.search(node.name)
    ]
    folders = {"core", "common", "utils", "helpers", "services", "managers"}
    assert wrong == []
    assert [p for p in SOURCES if folders & set(p.relative_to(ROOT).parts)] == []


def test_the_rules_run_where_django_cannot_be_imported():
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for room in ROOMS
        for path in sorted((ROOT / room / "rules").rglob("*.py"))
        if path.stem != "__init__"
    ]
    program = (
        "import sys, importlib\n"
        "class NoDjango:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('django', 'psycopg', 'celery'): raise ImportError('rules need no ' + name)\n"
        "sys.meta_path.insert(0, NoDjango())\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print(len(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr


def test_no_model_is_named_session_and_the_label_is_ours():
    assert apps.get_app_config("therapy_sessions").name == "sessions"
    assert [m for m in our_models() if m.__name__ == "Session"] == []


def test_migrations_are_named_and_linear():
    for room in ROOMS:
        names = sorted(p.stem for p in (ROOT / room / "migrations").glob("0*.py"))
        assert [name[:4] for name in names] == [f"{n:04}" for n in range(1, len(names) + 1)], room
        assert [name for name in names if "auto" in name] == []


# --- records


def test_every_table_is_audited():
    bare = [
        model._meta.label
        for model in our_models()
        if not model._meta.abstract
        and f"{room_of(model)}.{model.__name__}" not in NOT_AUDITED
        and not any(isinstance(trigger, AuditTrigger) for trigger in getattr(model._meta, "triggers", []))
    ]
    assert bare == []


def test_clinical_rows_are_never_deleted_by_cascade():
    cascades = [
        f"{model.__name__}.{field.name}"
        for model in our_models()
        for field in model._meta.fields
        if field.remote_field and field.remote_field.on_delete is models.CASCADE
    ]
    assert cascades == []


def test_views_read_through_the_grant_only():
    wrong = {
        str(path.relative_to(ROOT)): unscoped_reads(path.read_text(encoding="utf-8"))
        for path in SOURCES
        if path.stem == "views" or "views" in path.parent.parts
    }
    assert {path: reads for path, reads in wrong.items() if reads} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "Course.objects.get(public_id=public_id)",
        "Course.objects.filter(clinic=1).visible_to(request.grant)",
        "get_object_or_404(Course, public_id=public_id)",
    ],
)
def test_an_unscoped_read_in_a_view_is_found(planted):
    assert len(unscoped_reads(planted)) == 1


# --- URLs and templates


def test_every_url_has_a_row_in_the_access_table():
    assert sorted({name for name, _ in url_names()} - set(PAGES) - UNUSED_URLS) == []


def test_every_row_of_the_access_table_has_a_url():
    assert sorted(set(PAGES) - {name for name, _ in url_names()}) == []


def test_no_row_opens_a_record_to_everybody():
    """Public and signed-in pages are few, and each is known here."""
    public = {name for name, page in PAGES.items() if page.door is Door.PUBLIC}
    # A calendar's address is its own key, and holds times only.
    assert {name for name in public if ":" in name} == {"sessions:feed"}


# allauth's URLs that the closed adapter gives no use for: without a row they do not exist for anybody.
UNUSED_URLS = {
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_email",
    "account_email",
    "account_email_verification_sent",
    "account_set_password",
    "account_confirm_login_code",
    "account_request_login_code",
    "mfa_signup_webauthn",
    "mfa_login_webauthn",
    "mfa_trust",
    "mfa_reauthenticate_webauthn",
}


def test_templates_hold_no_script_no_style_and_no_unescaped_text():
    wrong = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        for pattern in (
            r"<script(?![^>]*\bsrc=)(?![^>]*application/json)",
            r"\sstyle=",
            r"\son[a-z]+=\"",
            r"\|\s*safe\b",
            r"autoescape off",
        ):
            if re.search(pattern, text):
                wrong.append(f"{path.relative_to(ROOT)}: {pattern}")
    assert wrong == []
