from django.urls import path

from reports.views import board, documents, pages, search

app_name = "reports"

urlpatterns = [
    # what is next, and where every course stands
    path("", pages.today, name="today"),
    path("search/", search.search, name="search"),
    path("courses/", board.board, name="board"),
    path("courses/views/", board.board_view, name="board_view"),
    path("courses/<uuid:public_id>/", pages.course, name="course"),
    # documents on paper
    path("reports/", documents.index, name="list"),
    path("reports/<uuid:public_id>/", documents.report, name="report"),
    path("reports/<uuid:public_id>/progress/", documents.progress, name="progress"),
    path("reports/<uuid:public_id>/download/", documents.download, name="download"),
    path("courses/<uuid:public_id>/reports/", documents.request_report, name="request"),
    path("verify/", documents.verify, name="verify"),
]
