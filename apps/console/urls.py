"""The console's hand-made pages, below /admin/ and behind its sign-in."""

from django.contrib import admin
from django.urls import path

from apps.console.market_data import views as market_data
from apps.console.moderation import views as moderation

_door = admin.site.admin_view
urlpatterns = [
    path("market-data/", _door(market_data.page), name="console-market-data"),
    path("moderation/", _door(moderation.page), name="console-moderation"),
    path("moderation/clones/<str:public_id>/<str:name>/", _door(moderation.decide), name="console-decide"),
    path("moderation/pictures/<str:digest>", _door(moderation.picture), name="console-picture"),
]
