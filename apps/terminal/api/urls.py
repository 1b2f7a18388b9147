"""Routes of the terminal app, below /api/v1/."""

from django.urls import path

from apps.terminal.api.views import CompleteView, LinkView

app_name = "terminal"
urlpatterns = [
    path("terminal/link", LinkView.as_view(), name="link"),
    path("terminal/link/complete", CompleteView.as_view(), name="complete"),
]
