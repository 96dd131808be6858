from django.apps import AppConfig


class TherapySessionsConfig(AppConfig):
    name = "sessions"
    # django.contrib.sessions already has the label "sessions" (decision 0002).
    label = "therapy_sessions"
    verbose_name = "Sessions"
