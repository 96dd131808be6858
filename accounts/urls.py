from django.urls import path

from accounts.views import door, people

app_name = "accounts"

urlpatterns = [
    # the idle lock
    path("lock/", door.lock, name="lock"),
    path("unlock/", door.unlock, name="unlock"),
    path("seen/", door.seen, name="seen"),
    # the people of the clinic
    path("clinic/people/", people.people, name="people"),
    path("clinic/people/<uuid:public_id>/", people.person, name="person"),
    path("clinic/access/", people.access, name="access"),
]
