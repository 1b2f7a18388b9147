"""Routes of the trading app, below /api/v1/."""

from django.urls import path

from apps.trading.api import views

app_name = "trading"
ACCOUNT = "prop/accounts/<slug:public_id>"
urlpatterns = [
    path("prop/accounts", views.OwnAccountsView.as_view(), name="accounts"),
    path(ACCOUNT, views.AccountView.as_view(), name="account"),
    path(f"{ACCOUNT}/orders", views.OrdersView.as_view(), name="orders"),
    path(f"{ACCOUNT}/fills", views.FillsView.as_view(), name="fills"),
    path(f"{ACCOUNT}/ledger", views.LedgerView.as_view(), name="ledger"),
    path(f"{ACCOUNT}/equity", views.EquityView.as_view(), name="equity"),
    path(f"{ACCOUNT}/triggers", views.TriggersView.as_view(), name="triggers"),
    path(f"{ACCOUNT}/money", views.MoneyView.as_view(), name="money"),
]
