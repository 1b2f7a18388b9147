"""Where the routes of operations live under /api/v1."""

from django.urls import path

from apps.operations.api.views import WorkerHealthView

urlpatterns = [path("internal/health/workers", WorkerHealthView.as_view(), name="worker-health")]
