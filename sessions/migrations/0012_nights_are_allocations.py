import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("therapy_sessions", "0011_take_back_a_run"),
    ]

    operations = [
        # A generated column cannot be altered: it goes, with the constraint on it, and comes back.
        migrations.RemoveConstraint(model_name="allocation", name="one_place_at_a_time"),
        migrations.RemoveConstraint(model_name="allocation", name="allocation_takes_one_resource"),
        migrations.RemoveField(model_name="allocation", name="resource"),
        migrations.AddField(
            model_name="allocation",
            name="stays",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="night_allocations",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="allocation",
            name="resource",
            field=models.GeneratedField(
                db_persist=True,
                expression=Coalesce(
                    F("therapist_id") * 4, F("stays_id") * 4, F("room_id") * 4 + 1, F("patient_id") * 4 + 2
                ),
                output_field=models.BigIntegerField(),
            ),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.CheckConstraint(
                condition=Q(therapist__isnull=False, stays=None, room=None, patient=None)
                | Q(therapist=None, stays__isnull=False, room=None, patient=None)
                | Q(therapist=None, stays=None, room__isnull=False, patient=None)
                | Q(therapist=None, stays=None, room=None, patient__isnull=False),
                name="allocation_takes_one_resource",
            ),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                name="one_place_at_a_time",
                expressions=[("resource", "="), ("during", "&&")],
                condition=Q(active=True),
            ),
        ),
    ]
