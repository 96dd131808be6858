from django.urls import path

from reminders import views

app_name = "reminders"

urlpatterns = [
    # the clinic
    path("reminders/", views.log, name="log"),
    path("reminders/<uuid:public_id>/decide/", views.decide, name="decide"),
    # one course
    path("courses/<uuid:public_id>/reminders/", views.course, name="course"),
]
