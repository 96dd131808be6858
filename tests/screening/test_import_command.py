"""import_fhir: JSON on standard output, a sentence on standard error, and 2 for a file that cannot be used."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Change
from screening.models import ImportBatch, ImportLine
from tests import records
from tests.factories import ClinicFactory

ROOT = Path(__file__).parent.parent.parent


def saved(tmp_path, value):
    path = tmp_path / "record.json"
    path.write_bytes(records.file(value).getvalue())
    return path


def outside(path, *more):
    """The command in a process of its own that no database and no settings are given to."""
    bare = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    command = [sys.executable, "-W", "ignore", "manage.py", "import_fhir", str(path), *more]
    return subprocess.run(command, cwd=ROOT, env=bare, capture_output=True, text=True, check=False)  # noqa: S603


def inside(capsys, path, *more):
    call_command("import_fhir", str(path), *more)
    return json.loads(capsys.readouterr().out)


def test_a_dry_run_needs_no_database_and_says_everything(tmp_path):
    done = outside(saved(tmp_path, records.whole()), "--dry-run", "--as-of", "2026-11-22")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["file"], told["dry_run"], told["made"]) == ("record.json", True, None)
    assert [line["title"] for line in told["proposed"] if line["kind"] == "criterion"] == [
        "M20",
        "M5",
        "M6",
        "M1a",
        "M18",
    ]
    assert told["proposed"][1] == {
        "kind": "criterion",
        "title": "M20",
        "question": "Has the patient ever had an arrhythmia, other than occasional premature beats?",
        "means": "A stop.",
        "says": ["Atrial flutter (5370000), resolved, since 2014"],
        "proposal": {"criterion": "M20"},
        "warnings": [],
        "origins": ["Condition flutter"],
    }
    assert {"what": "Schizophrenia", "why": "It was refuted.", "path": "entry[2]"} in told["set_aside"]
    assert told["not_read"] == {"Encounter": 150}
    assert any(one["what"] == "Common cold (×40)" for one in told["unmapped"])
    assert told["skipped"] == []


@pytest.mark.parametrize(
    ("value", "more", "said"),
    [
        (b"{", (), "record.json: The file is not JSON:"),
        (records.bundle(person={}), (), "record.json: The file holds no Patient"),
        (records.bundle(), ("--protocol", "nobody"), "record.json: There is no protocol called nobody."),
        (records.bundle(), ("--as-of", "tomorrow"), "record.json: tomorrow is no date."),
    ],
)
def test_bad_input_ends_with_2_and_a_sentence(tmp_path, value, more, said):
    done = outside(saved(tmp_path, value), "--dry-run", *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)


def test_a_file_that_is_not_there_ends_with_2(tmp_path):
    done = outside(tmp_path / "nowhere.json", "--dry-run")
    assert (done.returncode, done.stderr.strip()) == (2, f"{tmp_path}/nowhere.json: No such file or directory")


def test_reading_in_makes_lines_once(tmp_path, capsys, clinic, physician):
    path = saved(tmp_path, records.whole())
    first = inside(capsys, path, "--clinic", clinic.name, "--by", physician.username)
    batch = ImportBatch.objects.get()
    made = {"import": str(batch.public_id), "lines": batch.lines.count(), "known_before": 0, "read_before": False}
    assert (first["made"], batch.by, len(first["proposed"])) == (made, physician, batch.lines.count())
    again = inside(capsys, path)
    assert again["made"] == {**made, "lines": 0, "known_before": batch.lines.count(), "read_before": True}
    assert ImportBatch.objects.count() == 1


def test_a_dry_run_writes_nothing(tmp_path, capsys, clinic):
    before = Change.objects.count()
    inside(capsys, saved(tmp_path, records.whole()), "--dry-run")
    assert (ImportBatch.objects.count(), ImportLine.objects.count(), Change.objects.count()) == (0, 0, before)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--clinic", "None"), "record.json: There is no clinic None. There are: Fictional Clinic ("),
        (("--clinic", ""), "record.json: There is no clinic . There are: Fictional Clinic ("),
        (("--by", "nobody"), "record.json: Nobody here has the username nobody."),
        (("--as-of", "2026-11-22"), "record.json: --as-of is for --dry-run: what is kept is read today."),
    ],
)
def test_an_unknown_clinic_or_person_ends_with_2(tmp_path, capsys, clinic, more, said):
    with pytest.raises(SystemExit) as ended:
        call_command("import_fhir", str(saved(tmp_path, records.bundle())), *more)
    assert (ended.value.code, capsys.readouterr().err.startswith(said)) == (2, True)
    assert ImportBatch.objects.count() == 0


def refused(capsys, path, *more):
    with pytest.raises(SystemExit) as ended:
        call_command("import_fhir", str(path), *more)
    assert ended.value.code == 2
    return capsys.readouterr().err.strip()


def test_one_of_several_clinics_is_named_by_its_id_or_by_a_name_of_its_own(tmp_path, capsys, clinic):
    path = saved(tmp_path, records.bundle())
    other = ClinicFactory(name="Another Clinic")
    choices = f"Another Clinic ({other.public_id}); Fictional Clinic ({clinic.public_id})"
    assert refused(capsys, path) == (
        f"record.json: There are 2 clinics. Name one with --clinic, by its name or its id: {choices}."
    )
    twin = ClinicFactory(name=clinic.name)
    assert refused(capsys, path, "--clinic", clinic.name) == (
        f"record.json: 2 clinics are called {clinic.name}. Name one by its id: "
        f"{clinic.name} ({clinic.public_id}); {clinic.name} ({twin.public_id})."
    )
    assert ImportBatch.objects.count() == 0
    inside(capsys, path, "--clinic", str(twin.public_id))
    inside(capsys, path, "--clinic", "Another Clinic")
    assert set(ImportBatch.objects.values_list("clinic", flat=True)) == {twin.pk, other.pk}


HOSTILE = {
    "nothing": b"",
    "cut off": records.file(records.whole()).getvalue()[:20_000],
    "packed": b"PK\x03\x04",
    "another charset": json.dumps(records.bundle()).encode("utf-16"),
    "nested": b"[" * 100_000,
    "no number": b'{"resourceType": "Bundle", "total": NaN}',
    "too large a number": b'{"resourceType": "Bundle", "total": 1e999}',
    "a name twice": b'{"resourceType": "Bundle", "resourceType": "Patient"}',
    "two patients": json.dumps(records.bundle(records.patient(id="other"))).encode(),
    "somebody else's": json.dumps(
        records.bundle(records.condition("c", {"text": "x"}) | {"subject": {"reference": "Patient/else"}})
    ).encode(),
    "an id twice": json.dumps(
        records.bundle(*(records.condition("c", records.coded(records.ICD, code, "x")) for code in ("F20", "F31")))
    ).encode(),
    "a bad line": records.lines().getvalue() + records.lines().getvalue()[:-9],
    "a line that is no resource": records.lines().getvalue() + b"[]\n",
    "a list": b"[]",
    "100 MB": b"{" + b" " * 100_000_000 + b"}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence_and_changes_nothing(tmp_path, capsys, clinic, name):
    before = Change.objects.count()
    sentence = refused(capsys, saved(tmp_path, HOSTILE[name]))
    assert sentence.startswith("record.json: ")
    assert sentence.count("\n") == 0
    assert sentence.endswith(".")
    assert (ImportBatch.objects.count(), ImportLine.objects.count(), Change.objects.count()) == (0, 0, before)


def test_what_looks_like_a_script_stays_text_and_a_reference_to_itself_leads_nowhere(tmp_path, capsys, clinic):
    script = records.condition("c", records.coded(records.ICD, "F20.0", "<script>javascript:alert(1)</script>"))
    loop = records.prescription("m", "x") | {"medicationReference": {"reference": "MedicationRequest/m"}}
    del loop["medicationCodeableConcept"]
    told = inside(capsys, saved(tmp_path, records.bundle(script, loop)))
    assert [line["title"] for line in told["proposed"]] == [
        "Wren Fictional",
        "P2",
        "Diagnosis: F20.0 <script>javascript:alert(1)</script>",
    ]
    assert told["set_aside"] == [
        {"path": "entry[2]", "what": "MedicationRequest m", "why": "It does not name the medicine."}
    ]
