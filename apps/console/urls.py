"""The console's hand-made pages, below /admin/ and behind its sign-in."""

from django.contrib import admin
from django.urls import path

from apps.console.moderation import views as moderation

_door = admin.site.admin_view
urlpatterns = [
    path("moderation/", _door(moderation.page), name="console-moderation"),
    path("moderation/clones/<str:public_id>/<str:name>/", _door(moderation.decide), name="console-decide"),
    path("moderation/pictures/<str:digest>", _door(moderation.picture), name="console-picture"),
]
