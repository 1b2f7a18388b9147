"""The routes of decision runs."""

from django.urls import path

from apps.decisions.api import views

urlpatterns = [
    path("clones/<slug:clone_id>/decision-runs", views.DecisionRunsView.as_view(), name="decision-runs"),
    path(
        "clones/<slug:clone_id>/decision-runs/<slug:run_id>",
        views.DecisionRunView.as_view(),
        name="decision-run",
    ),
]
