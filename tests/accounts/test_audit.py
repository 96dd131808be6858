"""T7, the audit is complete: every way of writing every audited table leaves one row for each row that changed.

The walk takes whatever the demonstration clinic and the cast hold; that no table is left out is read from the catalogue.
"""

import datetime as dt
import uuid

import pytest
from django.db import DatabaseError, connection, models, transaction

from accounts.actions.audit import acting, name_actor
from accounts.models import Change, Opening
from accounts.models.audit import AuditTrigger
from tests.test_architecture import our_models
from tests.world import build_world

AUDITED = [
    model
    for model in our_models()
    if any(isinstance(trigger, AuditTrigger) for trigger in getattr(model._meta, "triggers", []))
]


@pytest.fixture
def world(course, lead, second, other_therapist, physician, coordinator, custodian, rater, admin, privacy):
    """One course with a record of many kinds, written by the process "test"."""
    people = {"lead": lead, "second": second, "physician": physician, "rater": rater, "coordinator": coordinator}
    return build_world(course, people)


@pytest.fixture
def constraints_wait():
    """Foreign keys are checked at the end, which never comes: every try is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def tried(write):
    """Run a write and take it back: (rows it says it changed, audit rows it left), or None when it was refused."""
    before = Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    try:
        with transaction.atomic():
            changed = write()
            left = list(Change.objects.filter(pk__gt=before).order_by("pk"))
            raise _Back
    except _Back:
        return changed, left
    except DatabaseError:
        return None


class _Back(Exception):
    pass


def other_value(field, value):
    """Another value that this field could hold; None where none comes to mind."""
    if field.primary_key or field.is_relation or field.choices or getattr(field, "generated", False):
        return None
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.DateTimeField | models.DateField) and value is not None:
        return value + dt.timedelta(days=1)
    if isinstance(field, models.IntegerField | models.DecimalField) and value is not None:
        return value + 1
    if isinstance(field, models.CharField | models.TextField):
        return "another word"[: field.max_length]
    if isinstance(field, models.UUIDField):
        return uuid.uuid4()
    if isinstance(field, models.JSONField):
        return ["another word"]
    return None


def changes(row):
    """Every single-column change of a row that might be allowed."""
    for field in row._meta.concrete_fields:
        value = other_value(field, getattr(row, field.attname))
        if value is not None:
            yield field, value


def saved(row, field, value):
    setattr(row, field.attname, value)
    row.save(update_fields=[field.name])
    return 1


def bulk_updated(row, field, value):
    setattr(row, field.attname, value)
    return type(row)._base_manager.bulk_update([row], [field.name])


def updated(row, field, value):
    return type(row)._base_manager.filter(pk=row.pk).update(**{field.attname: value})


def updated_by_sql(row, field, value):
    meta = row._meta
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {meta.db_table} SET {field.column} = %s WHERE {meta.pk.column} = %s",  # noqa: S608
            [field.get_db_prep_save(value, connection), row.pk],
        )
        return cursor.rowcount


def deleted(row):
    return type(row)._base_manager.filter(pk=row.pk)._raw_delete("default")


def deleted_by_sql(row):
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {row._meta.db_table} WHERE {row._meta.pk.column} = %s", [row.pk])  # noqa: S608
        return cursor.rowcount


def put_back(row):
    """Delete a row and write it again with bulk_create: two changes."""
    count = deleted(row)
    return count + len(type(row)._base_manager.bulk_create([row]))


def one_of_each():
    return [row for model in AUDITED if (row := model._base_manager.order_by("pk").first()) is not None]


@pytest.mark.parametrize("write", [saved, updated, bulk_updated, updated_by_sql])
def test_every_way_of_changing_a_row_leaves_one_audit_row(world, constraints_wait, write):
    silent, never = [], []
    for row in one_of_each():
        outcomes = [
            (field, value, done)
            for field, value in changes(row)
            if (
                done := tried(
                    lambda field=field, value=value, row=row: write(
                        type(row)._base_manager.get(pk=row.pk), field, value
                    )
                )
            )
        ]
        skipped = {name for trigger in row._meta.triggers if isinstance(trigger, AuditTrigger) for name in trigger.skip}
        outcomes = [outcome for outcome in outcomes if outcome[0].name not in skipped]
        if not outcomes and not refuses_changes(type(row)):
            never.append(row._meta.label)
        for field, _, (count, left) in outcomes:
            if [(c.kind, c.relation, c.row_key) for c in left] != [("UPDATE", row._meta.db_table, str(row.pk))] * count:
                silent.append(f"{row._meta.label}.{field.name}: {count} changed, {left}")
    assert silent == []
    assert never == []


@pytest.mark.parametrize("write", [deleted, deleted_by_sql])
def test_every_deletion_leaves_the_row_as_it_was(world, constraints_wait, write):
    silent = []
    for row in one_of_each():
        done = tried(lambda row=row: write(row))
        if done is None:
            assert refuses_deletion(type(row)), row._meta.label
            continue
        count, left = done
        gone = [change for change in left if change.relation == row._meta.db_table]
        if count != 1 or [(c.kind, c.row_key, c.now_is) for c in gone] != [("DELETE", str(row.pk), None)]:
            silent.append(f"{row._meta.label}: {left}")
    assert silent == []


def test_a_row_put_back_in_bulk_leaves_two_audit_rows(world, constraints_wait):
    silent = []
    for row in one_of_each():
        generated = [f.attname for f in row._meta.concrete_fields if getattr(f, "generated", False)]
        done = None if generated else tried(lambda row=row: put_back(row))
        if done is not None and [c.kind for c in done[1] if c.relation == row._meta.db_table] != ["DELETE", "INSERT"]:
            silent.append(f"{row._meta.label}: {done}")
    assert silent == []


def test_every_row_there_is_was_inserted_by_somebody(world):
    short = {}
    for model in AUDITED:
        there = model._base_manager.count()
        told = Change.objects.filter(relation=model._meta.db_table, kind="INSERT").count()
        if there != told:
            short[model._meta.label] = (there, told)
    assert short == {}


def test_every_audit_row_has_an_actor(world):
    assert Change.objects.filter(actor=None, process="").count() == 0
    assert Change.objects.exists()


def test_many_rows_changed_at_once_leave_as_many_audit_rows(world, constraints_wait):
    patients = type(world.people["lead"])._base_manager
    count, left = tried(lambda: patients.update(email="all@clinic.example"))
    assert count > 5
    assert {change.row_key for change in left} == {str(pk) for pk in patients.values_list("pk", flat=True)}
    assert len(left) == count


def test_a_statement_that_changes_nothing_leaves_nothing(world):
    patient = type(world.people["lead"])._base_manager.first()
    count, left = tried(lambda: type(patient)._base_manager.filter(pk=patient.pk).update(name=patient.name))
    assert (count, left) == (1, [])


# --- nobody is no actor


@pytest.mark.parametrize("write", [saved, updated, bulk_updated, updated_by_sql])
def test_a_change_that_nobody_made_is_refused_on_every_table(world, constraints_wait, write):
    rows = one_of_each()
    possible = {}
    for row in rows:
        for field, value in changes(row):
            done = tried(lambda field=field, value=value, row=row: updated(row, field, value))
            if done is not None and done[1]:
                possible[row] = (field, value)
                break
    name_actor("")
    written = [
        row._meta.label
        for row, (field, value) in possible.items()
        if tried(lambda row=row, field=field, value=value: write(type(row)._base_manager.get(pk=row.pk), field, value))
    ]
    assert written == []
    assert len(possible) >= 8
    name_actor("process:test")
    assert tried(lambda: updated(rows[0], *possible[rows[0]])) is not None  # the control: with an actor it is written


def test_the_actor_of_a_user_is_the_user_and_the_one_before_comes_back(course, lead):
    patient = course.patient
    with acting(lead, reason="A wrong number"):
        _, (inner,) = tried(lambda: updated(patient, patient._meta.get_field("phone"), "1"))
    _, (outer,) = tried(lambda: updated(patient, patient._meta.get_field("phone"), "2"))
    assert (inner.actor, inner.process, inner.reason) == (lead, "", "A wrong number")
    assert (outer.actor, outer.process, outer.reason) == (None, "process:test", "")


def test_acting_as_nobody_is_refused():
    with pytest.raises(ValueError, match="a user or the name of a process"), acting():
        pass


# --- the audit itself


@pytest.mark.parametrize("model", [Change, Opening])
@pytest.mark.parametrize("sql", ["UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {}", "TRUNCATE {} CASCADE"])
def test_the_audit_cannot_be_rewritten(course, lead, model, sql):
    from accounts.actions.audit import record_opening

    record_opening(by=lead, patient=course.patient, what="test", at=dt.datetime(2026, 3, 3, tzinfo=dt.UTC))
    before = model.objects.count()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(model._meta.db_table))
    assert model.objects.count() == before > 0


def test_without_its_trigger_the_audit_could_be_rewritten(course):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_change DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM accounts_change")
        assert cursor.rowcount > 0


# --- completeness, from the catalogue


TRIGGERS = """
    SELECT c.relname, t.tgtype, t.tgenabled, pg_get_functiondef(t.tgfoid)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
"""
ROW, BEFORE, INSERT, DELETE, UPDATE, TRUNCATE = 1, 2, 4, 8, 16, 32


def installed():
    """Table -> its triggers as (type bits, enabled, definition of the function)."""
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS)
        rows = cursor.fetchall()
    tables = {}
    for table, kind, enabled, body in rows:
        tables.setdefault(table, []).append((kind, enabled, body))
    return tables


def unaudited(tables):
    """Tables of ours whose enabled triggers do not write the audit after every row of every kind of change."""
    wanted = ROW | INSERT | DELETE | UPDATE
    return sorted(
        model._meta.db_table
        for model in our_models()
        if model not in (Change, Opening)
        and not any(
            kind == wanted and enabled == "O" and "audit_write" in body
            for kind, enabled, body in tables.get(model._meta.db_table, [])
        )
    )


def test_every_table_has_its_audit_trigger_in_the_database(db):
    assert unaudited(installed()) == []


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE patients_patient DISABLE TRIGGER USER",
        "ALTER TABLE patients_patient ENABLE REPLICA TRIGGER {audit}",
        "DROP TRIGGER {audit} ON patients_patient",
    ],
)
def test_a_trigger_that_is_missing_or_asleep_is_found(db, sql):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid WHERE tgrelid = 'patients_patient'::regclass"
            " AND NOT tgisinternal AND pg_get_functiondef(p.oid) LIKE '%audit_write%'"
        )
        (audit,) = cursor.fetchone()
        cursor.execute(sql.format(audit=audit))
    assert unaudited(installed()) == ["patients_patient"]


def refuses_changes(model):
    """The table is append-only, or its one row is frozen: a trigger before UPDATE refuses."""
    return any(kind & BEFORE and kind & UPDATE for kind, _, _ in installed().get(model._meta.db_table, []))


def refuses_deletion(model):
    return any(kind & BEFORE and kind & DELETE for kind, _, _ in installed().get(model._meta.db_table, []))
