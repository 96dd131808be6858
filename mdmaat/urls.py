from django.urls import include, path

urlpatterns = [
    path("", include("reports.urls")),
    path("", include("accounts.urls")),
    path("", include("patients.urls")),
    path("", include("screening.urls")),
    path("", include("sessions.urls")),
    path("", include("integration.urls")),
    path("", include("reminders.urls")),
    path("account/", include("allauth.urls")),
]

handler404 = "accounts.views.not_found"
