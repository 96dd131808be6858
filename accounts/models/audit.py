"""The audit: every change of a clinical row, written by database triggers, and every chart that was opened.

A trigger sees what no Python code can hide: bulk updates, raw SQL, deletions. It refuses a change that nobody made:
the actor comes from `accounts.actions.audit.acting` or, for a web request, from the middleware (decision 0005).
"""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models

from accounts.models.scope import ScopedQuerySet

# Called by every audit trigger. Values of unchanged columns are left out; clock_timestamp(), because NOW() is the
# moment the transaction began.
AUDIT_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_write(
    kind text, relation text, row_key text, was jsonb, now_is jsonb, patient bigint, clinic bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    who text := current_setting('mdmaat.actor', true);
    was_changed jsonb := was;
    is_changed jsonb := now_is;
BEGIN
    IF kind = 'UPDATE' THEN
        SELECT jsonb_object_agg(o.key, o.value) INTO was_changed
            FROM jsonb_each(was) o WHERE now_is -> o.key IS DISTINCT FROM o.value;
        SELECT jsonb_object_agg(n.key, n.value) INTO is_changed
            FROM jsonb_each(now_is) n WHERE was -> n.key IS DISTINCT FROM n.value;
        IF is_changed IS NULL THEN
            RETURN;
        END IF;
    END IF;
    IF who IS NULL OR who = '' THEN
        RAISE EXCEPTION 'mdmaat: % of % without an actor', kind, relation;
    END IF;
    INSERT INTO accounts_change
        (at, actor_id, process, reason, kind, relation, row_key, was, now_is, patient_id, clinic_id)
    VALUES (
        clock_timestamp(),
        CASE WHEN who LIKE 'user:%' THEN substr(who, 6)::bigint END,
        CASE WHEN who LIKE 'user:%' THEN '' ELSE who END,
        COALESCE(current_setting('mdmaat.reason', true), ''),
        kind, relation, row_key, was_changed, is_changed, patient, clinic
    );
END $$;
"""


class AuditTrigger(pgtrigger.Trigger):
    """Writes one Change for every inserted, updated or deleted row.

    `patient` and `clinic` are paths of foreign keys from the row ("visit.course.patient"), or "self".
    `skip` names columns left out altogether, `conceal` columns of which only a digest is kept.
    """

    when = pgtrigger.After
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
    declare: ClassVar = [("r", "RECORD"), ("was", "JSONB"), ("now_is", "JSONB")]

    def __init__(
        self, *, patient: str | None, clinic: str | None, skip: tuple[str, ...], conceal: tuple[str, ...]
    ) -> None:
        self.patient, self.clinic, self.skip, self.conceal = patient, clinic, skip, conceal
        super().__init__(name="audit")

    def get_func(self, model: type[models.Model]) -> str:
        dropped = "".join(f" - '{model._meta.get_field(name).column}'" for name in self.skip)
        lines = [
            "IF TG_OP = 'DELETE' THEN r := OLD; ELSE r := NEW; END IF;",
            f"IF TG_OP <> 'INSERT' THEN was := to_jsonb(OLD){dropped}; END IF;",
            f"IF TG_OP <> 'DELETE' THEN now_is := to_jsonb(NEW){dropped}; END IF;",
        ]
        for name in self.conceal:
            column = model._meta.get_field(name).column
            for variable in ("was", "now_is"):
                lines.append(
                    f"IF {variable} ? '{column}' THEN {variable} := jsonb_set({variable}, '{{{column}}}', to_jsonb("
                    f"'sha256:' || encode(sha256(convert_to(COALESCE({variable} ->> '{column}', ''), 'UTF8')), 'hex')"
                    ")); END IF;"
                )
        lines.append(
            f"PERFORM audit_write(TG_OP, TG_TABLE_NAME::text, r.{model._meta.pk.column}::text, was, now_is,"
            f" {_key(model, self.patient)}, {_key(model, self.clinic)});"
        )
        lines.append("RETURN NULL;")
        return " ".join(lines)


def _key(model: type[models.Model], path: str | None) -> str:
    """SQL for the key at the end of a path of foreign keys that begins at the changed row `r`."""
    if path is None:
        return "NULL"
    if path == "self":
        return f"r.{model._meta.pk.column}"
    names = path.split(".")
    field = model._meta.get_field(names[0])
    sql = f"r.{field.column}"
    for name in names[1:]:
        model = field.related_model
        field = model._meta.get_field(name)
        sql = f"(SELECT {field.column} FROM {model._meta.db_table} WHERE {model._meta.pk.column} = {sql})"  # noqa: S608 names of our own models, never input
    return sql


def audited(
    *,
    patient: str | None = None,
    clinic: str | None = None,
    skip: tuple[str, ...] = (),
    conceal: tuple[str, ...] = (),
) -> AuditTrigger:
    """The audit trigger of one table, for `Meta.triggers`. See AuditTrigger."""
    return AuditTrigger(patient=patient, clinic=clinic, skip=skip, conceal=conceal)


def frozen_when(column: str) -> list[pgtrigger.Trigger]:
    """Triggers that refuse to change or delete a row once `column` is set, for everybody and every way of writing."""
    return [
        pgtrigger.Protect(
            name=f"frozen_{column}",
            operation=pgtrigger.Update | pgtrigger.Delete,
            condition=pgtrigger.Q(**{f"old__{column}__isnull": False}),
        )
    ]


def append_only() -> list[pgtrigger.Trigger]:
    """Triggers that refuse every UPDATE, DELETE and TRUNCATE of a table."""
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name="no_truncate",
            operation=pgtrigger.Truncate,
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            func="RAISE EXCEPTION 'mdmaat: % is append-only', TG_TABLE_NAME;",
        ),
    ]


class ChangeQuerySet(ScopedQuerySet):
    def of_patient(self, patient_id: int) -> "ChangeQuerySet":
        return self.filter(patient_id=patient_id).order_by("-at", "-pk")


class Change(models.Model):
    """One changed row. Keys are plain numbers: the audit outlives what it describes."""

    at = models.DateTimeField(editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    process = models.CharField(max_length=100, blank=True)
    reason = models.TextField(blank=True)
    kind = models.CharField(max_length=6)
    relation = models.CharField(max_length=63)
    row_key = models.CharField(max_length=64)
    was = models.JSONField(null=True)
    now_is = models.JSONField(null=True)
    patient_id = models.BigIntegerField(null=True)
    clinic = models.ForeignKey(
        "accounts.Clinic", on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )

    objects = ChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["patient_id", "-at"], name="change_by_patient"),
            models.Index(fields=["relation", "row_key"], name="change_by_row"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.relation} {self.row_key}"


class OpeningQuerySet(ScopedQuerySet):
    def of_patient(self, patient_id: int) -> "OpeningQuerySet":
        return self.filter(patient_id=patient_id).order_by("-at", "-pk")


class Opening(models.Model):
    """Somebody opened a patient's record: one row for each page of a chart that was opened."""

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    clinic = models.ForeignKey("accounts.Clinic", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    patient_id = models.BigIntegerField()
    what = models.CharField(max_length=80)

    objects = OpeningQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["patient_id", "-at"], name="opening_by_patient")]
        triggers = append_only()

    def __str__(self) -> str:
        return self.what
