from django.urls import URLPattern, path

from patients import views

app_name = "patients"

urlpatterns: list[URLPattern] = [
    # the list
    path("patients/", views.patient_list, name="list"),
    path("patients/new/", views.new, name="new"),
    # one chart
    path("patients/<uuid:patient_id>/", views.detail, name="detail"),
    path("patients/<uuid:patient_id>/edit/", views.edit, name="edit"),
    path("patients/<uuid:patient_id>/contacts/new/", views.contact_new, name="contact_new"),
    path("patients/<uuid:patient_id>/contacts/<uuid:contact_id>/", views.contact_edit, name="contact_edit"),
    path("patients/<uuid:patient_id>/changes/", views.changes, name="changes"),
    path("patients/<uuid:patient_id>/courses/new/", views.course_new, name="course_new"),
    # one course
    path("courses/<uuid:course_id>/team/", views.team, name="team"),
    path("courses/<uuid:course_id>/approvals/", views.approvals, name="approvals"),
    path("courses/<uuid:course_id>/withdraw/", views.withdraw, name="withdraw"),
    # protocols
    path("protocols/", views.protocols, name="protocols"),
    path("protocols/<slug:code>/<int:number>/", views.protocol, name="protocol"),
]
