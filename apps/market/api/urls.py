"""Routes of the market's API."""

from django.urls import path

from apps.market.api import views

urlpatterns = [
    path("assets", views.AssetsView.as_view(), name="market-assets"),
    path("assets/<str:symbol>/candles", views.CandlesView.as_view(), name="market-candles"),
    path("ingestion/health", views.IngestionHealthView.as_view(), name="market-ingestion-health"),
]
