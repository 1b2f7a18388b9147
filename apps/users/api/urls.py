"""Routes of the users app, below /api/v1/."""

from django.urls import path

from apps.users.api.views import MeView

app_name = "users"
urlpatterns = [path("me", MeView.as_view(), name="me")]
