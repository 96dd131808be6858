import datetime as dt
from zoneinfo import ZoneInfo

from django.db import migrations
from django.utils import timezone

from accounts.actions.audit import acting


def take_the_nights_ahead(apps, schema_editor):
    """Who is to stay a night is taken for it; a night in which they are booked as well is left to the checker to name."""
    Visit = apps.get_model("therapy_sessions", "Visit")
    Allocation = apps.get_model("therapy_sessions", "Allocation")
    ahead = Visit.objects.filter(state="planned", night_attendant__isnull=False, starts_at__gt=timezone.now())
    for visit in ahead.select_related("course__clinic").order_by("starts_at", "pk"):
        clinic, user = visit.course.clinic, visit.night_attendant_id
        zone = ZoneInfo(clinic.time_zone)
        day = visit.ends_at.astimezone(zone).date()
        night = (
            dt.datetime.combine(day, clinic.closes_at, zone).astimezone(dt.UTC),
            dt.datetime.combine(day + dt.timedelta(days=1), clinic.opens_at, zone).astimezone(dt.UTC),
        )
        if not Allocation.objects.filter(resource=4 * user, active=True, during__overlap=night).exists():
            with acting(process="nights that are booked"):  # a migration is nobody, and the audit refuses nobody
                Allocation.objects.create(visit=visit, stays_id=user, during=night)


class Migration(migrations.Migration):
    dependencies = [("therapy_sessions", "0012_nights_are_allocations")]
    operations = [migrations.RunPython(take_the_nights_ahead, migrations.RunPython.noop)]
