from django.urls import include, path

from mdmaat.health import health

urlpatterns = [
    path("", include("reports.urls")),
    path("", include("accounts.urls")),
    path("", include("patients.urls")),
    path("", include("screening.urls")),
    path("", include("sessions.urls")),
    path("", include("integration.urls")),
    path("", include("reminders.urls")),
    path("account/", include("allauth.urls")),
    # For machines; HealthMiddleware answers it before everything else.
    path("health/", health, name="health"),
]

handler404 = "accounts.views.not_found"
