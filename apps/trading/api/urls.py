"""Routes of the trading app, below /api/v1/."""

from django.urls import path

from apps.trading.api import views

app_name = "trading"
urlpatterns = [
    path("prop/accounts/<slug:public_id>", views.AccountView.as_view(), name="account"),
    path("prop/accounts/<slug:public_id>/orders", views.OrdersView.as_view(), name="orders"),
    path("prop/accounts/<slug:public_id>/fills", views.FillsView.as_view(), name="fills"),
    path("prop/accounts/<slug:public_id>/ledger", views.LedgerView.as_view(), name="ledger"),
    path("prop/accounts/<slug:public_id>/equity", views.EquityView.as_view(), name="equity"),
]
