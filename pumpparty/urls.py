"""Where every address leads: the player's pages and pictures, the API and the operator's console."""

from django.contrib import admin
from django.urls import include, path

from apps.clones.api.media import clone_image

urlpatterns = [
    path("admin/", include("apps.console.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("pumpparty.api")),
    path("media/clones/<str:digest>.webp", clone_image, name="clone-image"),
    path("", include("apps.web.urls")),
]

handler400 = "apps.core.failures.bad_request"
handler403 = "apps.core.failures.permission_denied"
handler404 = "apps.core.failures.not_found"
handler500 = "apps.core.failures.server_error"
