"""What the compose file promises about every container."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
ALL = sorted(SERVICES)


def test_it_holds_what_production_needs():
    assert ALL == ["backup", "beat", "broker", "database", "migrate", "pdf", "web", "worker"]


@pytest.mark.parametrize("name", ALL)
def test_no_container_runs_as_root_writes_to_its_image_or_gains_rights(name):
    service = SERVICES[name]
    assert (service["user"].split(":")[0] in {"10001", "999", "postgres"}, service["read_only"]) == (True, True)
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])


@pytest.mark.parametrize("name", [name for name in ALL if name != "migrate"])
def test_every_lasting_container_is_asked_how_it_is_and_given_time_to_end(name):
    assert "test" in SERVICES[name]["healthcheck"]
    assert SERVICES[name]["stop_grace_period"].endswith("s")


@pytest.mark.parametrize("name", ALL)
def test_no_secret_is_in_the_environment(name):
    secretive = [
        key for key in SERVICES[name].get("environment", {}) if "SECRET" in key or "PASSWORD" in key or "_URL" in key
    ]
    assert [key for key in secretive if not key.endswith("_FILE")] == []


def test_every_secret_is_a_file_outside_the_repository():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {Path(secret["file"]).parent for secret in COMPOSE["secrets"].values()} == {Path("secrets")}
    assert "secrets/" in ignored


def test_documents_and_records_lie_where_the_world_cannot_be_reached():
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    inside = sorted(name for name in ALL if SERVICES[name]["networks"] == ["inside"])
    assert inside == ["backup", "beat", "broker", "database", "migrate", "pdf"]


def test_documents_and_planning_have_queues_of_their_own_so_that_reminders_do_not_wait():
    def queues(name):
        return [word for word in SERVICES[name]["command"] if word.startswith("--queues=")]

    assert (queues("worker"), queues("pdf")) == (["--queues=celery"], ["--queues=pdf,planning"])


def test_only_the_proxy_of_the_same_machine_reaches_the_pages():
    assert {name: SERVICES[name]["ports"] for name in ALL if "ports" in SERVICES[name]} == {
        "web": ["127.0.0.1:${PORT:-8000}:8000"]
    }


def test_backups_are_made_by_the_image_of_the_server():
    assert SERVICES["backup"]["image"] == SERVICES["database"]["image"] == "postgres:17"
