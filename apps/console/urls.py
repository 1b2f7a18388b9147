"""The console's hand-made pages, below /admin/ and behind its sign-in."""

from django.contrib import admin
from django.urls import path

from apps.console.accounts import views as accounts
from apps.console.arena import views as arena
from apps.console.auditions import views as auditions
from apps.console.decisions import views as decisions
from apps.console.halts import views as halts
from apps.console.market_data import views as market_data
from apps.console.model_desk import views as models
from apps.console.moderation import views as moderation
from apps.console.money import views as money
from apps.console.refund_leave import views as refund_leave
from apps.console.second_person import views as second_person

_door = admin.site.admin_view
urlpatterns = [
    path("accounts/<str:public_id>/", _door(accounts.page), name="console-account"),
    path("decision-runs/<str:public_id>/", _door(decisions.page), name="console-decision"),
    path("queue-and-slots/", _door(arena.page), name="console-arena"),
    path("refunds-to-decide/", _door(refund_leave.page), name="console-refund-leave"),
    path("auditions/", _door(auditions.desk), name="console-auditions"),
    path("rulebooks/", _door(auditions.rulebooks), name="console-rulebooks"),
    path("kill-switches/", _door(halts.page), name="console-halts"),
    path("second-person/", _door(second_person.page), name="console-second-person"),
    path("models/", _door(models.page), name="console-models"),
    path("market-data/", _door(market_data.page), name="console-market-data"),
    path("money/", _door(money.overview), name="console-money"),
    path("money/payments/", _door(money.payments), name="console-payments"),
    path("money/payments/<str:public_id>/", _door(money.deposit), name="console-deposit"),
    path("money/refunds/", _door(money.refunds), name="console-refunds"),
    path("money/reconciliation/", _door(money.reconciling), name="console-reconciling"),
    path("money/books/", _door(money.books), name="console-books"),
    path("moderation/", _door(moderation.page), name="console-moderation"),
    path("moderation/clones/<str:public_id>/<str:name>/", _door(moderation.decide), name="console-decide"),
    path("moderation/pictures/<str:digest>", _door(moderation.picture), name="console-picture"),
]
