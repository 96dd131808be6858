from django.urls import path

from reports.views import documents

app_name = "reports"

urlpatterns = [
    # documents on paper
    path("reports/", documents.index, name="list"),
    path("reports/<uuid:public_id>/", documents.report, name="report"),
    path("reports/<uuid:public_id>/progress/", documents.progress, name="progress"),
    path("reports/<uuid:public_id>/download/", documents.download, name="download"),
    path("courses/<uuid:public_id>/reports/", documents.request_report, name="request"),
    path("verify/", documents.verify, name="verify"),
]
