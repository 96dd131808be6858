from django.urls import URLPattern, path

from screening import views
from screening.views import consents, failures, imports, letters, medicines, prescreens, risk, tapering

app_name = "screening"

urlpatterns: list[URLPattern] = [
    # one page, and what is recorded from it
    path("courses/<uuid:course_id>/screening/", views.course, name="course"),
    path("courses/<uuid:course_id>/screening/evidence/<slug:kind>/", views.evidence, name="evidence"),
    path("courses/<uuid:course_id>/screening/evidence/<slug:kind>/draft/", views.draft, name="draft"),
    path("courses/<uuid:course_id>/screening/evidence/<slug:kind>/discard/", views.discard, name="discard"),
    path("courses/<uuid:course_id>/screening/evidence/<slug:kind>/history/", views.history, name="history"),
    path("courses/<uuid:course_id>/screening/judge/<str:judged>/", views.judge, name="judge"),
    path("courses/<uuid:course_id>/screening/consent/", consents.consent, name="consent"),
    path("courses/<uuid:course_id>/screening/consent/narrow/", consents.narrow, name="narrow"),
    path("courses/<uuid:course_id>/screening/consent/ask-again/", consents.recall, name="recall"),
    path("courses/<uuid:course_id>/screening/decide/", views.decide, name="decide"),
    # the clinic's consent texts
    path("clinic/consent-texts/", consents.texts, name="consent_texts"),
    path("clinic/consent-texts/<uuid:text_id>/", consents.text, name="consent_text"),
    # suicide risk
    path("courses/<uuid:course_id>/risk/", risk.risk, name="risk"),
    path("courses/<uuid:course_id>/risk/clear/", risk.clear, name="clear_risk"),
    path("courses/<uuid:course_id>/risk/safety-plan/", risk.safety_plan, name="safety_plan"),
    path("alerts/<uuid:alert_id>/", risk.alert, name="alert"),
    # the medicine list of a chart
    path("patients/<uuid:patient_id>/medicines/new/", medicines.medicine_new, name="medicine_new"),
    path("patients/<uuid:patient_id>/medicines/<uuid:medicine_id>/", medicines.medicine_edit, name="medicine_edit"),
    path("medicines/known/", medicines.known_names, name="known_names"),
    # while a medicine runs out
    path("courses/<uuid:course_id>/screening/taper/", tapering.taper, name="taper"),
    path("courses/<uuid:course_id>/screening/check/", tapering.check, name="check"),
    # records from elsewhere
    path("imports/", imports.imports, name="imports"),
    path("imports/<uuid:import_id>/", imports.import_, name="import"),
    path("imports/<uuid:import_id>/patient/", imports.import_patient, name="import_patient"),
    path("imports/<uuid:import_id>/lines/<uuid:line_id>/", imports.import_line, name="import_line"),
    path("patients/<uuid:patient_id>/import/", imports.import_into, name="import_into"),
    path("courses/<uuid:course_id>/screening/decisions/", views.decisions, name="decisions"),
    path("courses/<uuid:course_id>/screening/letter/", letters.letter, name="letter"),
    # before there is a patient, and who was not treated
    path("prescreens/", prescreens.prescreens, name="prescreens"),
    path("prescreens/new/", prescreens.prescreen_new, name="prescreen_new"),
    path("prescreens/<uuid:call_id>/", prescreens.prescreen, name="prescreen"),
    path("prescreens/<uuid:call_id>/take-in/", prescreens.prescreen_take_in, name="prescreen_take_in"),
    path("screen-failures/", failures.failures, name="failures"),
]
