from django.urls import path

from integration.views import measures, practices

app_name = "integration"

urlpatterns = [
    # measures and outcomes
    path("courses/<uuid:public_id>/outcomes/", measures.outcomes, name="outcomes"),
    # The visit by its random identifier: its code would tell an independent rater how far the treatment is.
    path("courses/<uuid:public_id>/outcomes/<slug:instrument>/<uuid:visit_id>/", measures.assess, name="assess"),
    path("ratings/", measures.ratings, name="ratings"),
    # insights and practices
    path("courses/<uuid:public_id>/insights/", practices.insights, name="insights"),
    path("courses/<uuid:public_id>/practices/", practices.practice_new, name="practice_new"),
    path("practices/<uuid:public_id>/done/", practices.practice_done, name="practice_done"),
    path("practices/<uuid:public_id>/end/", practices.practice_end, name="practice_end"),
]
