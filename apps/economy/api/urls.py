"""Routes of the economy app, below /api/v1/."""

from django.urls import path

from apps.economy.api import holdings, quotes

app_name = "economy"
FEE = "economy/audition-fee"
DEPOSIT = "economy/deposits/<str:public_id>"
urlpatterns = [
    path(f"{FEE}/quote", quotes.QuoteView.as_view(), name="quote"),
    path(f"{FEE}/quote/<str:public_id>", quotes.QuoteDetailView.as_view(), name="quote-read"),
    path(f"{FEE}/submit", quotes.SubmitView.as_view(), name="submit"),
    path("economy/purchases", holdings.PurchaseListView.as_view(), name="purchases"),
    path("economy/deposits", holdings.DepositListView.as_view(), name="deposits"),
    path(f"{DEPOSIT}/claim", holdings.ClaimView.as_view(), name="claim"),
    path(f"{DEPOSIT}/refund", holdings.RefundView.as_view(), name="refund"),
    path("economy/refunds", holdings.RefundListView.as_view(), name="refunds"),
    path("economy/refunds/<str:public_id>/renew", holdings.RenewView.as_view(), name="renew"),
]
