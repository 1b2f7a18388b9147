"""Where every address leads: the player's pages, the API and the operator's console."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("pumpparty.api")),
    path("", include("apps.web.urls")),
]

handler400 = "apps.core.failures.bad_request"
handler403 = "apps.core.failures.permission_denied"
handler404 = "apps.core.failures.not_found"
handler500 = "apps.core.failures.server_error"
