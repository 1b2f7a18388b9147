"""Routes of the market's API."""

from django.urls import path

from apps.market.api import asset_views, outside_views, series_views, views

ASSET = "assets/<str:symbol>"
urlpatterns = [
    path("assets", asset_views.AssetsView.as_view(), name="market-assets"),
    path(ASSET, asset_views.AssetView.as_view(), name="market-asset"),
    path(f"{ASSET}/book", asset_views.BookView.as_view(), name="market-book"),
    path(f"{ASSET}/candles", series_views.CandlesView.as_view(), name="market-candles"),
    path(f"{ASSET}/contexts", series_views.ContextsView.as_view(), name="market-contexts"),
    path(f"{ASSET}/features", asset_views.FeaturesView.as_view(), name="market-features"),
    path(f"{ASSET}/funding", series_views.FundingView.as_view(), name="market-funding"),
    path("defillama/figures", outside_views.CapitalView.as_view(), name="market-capital"),
    path("defillama/series", outside_views.CapitalSeriesView.as_view(), name="market-capital-series"),
    path("polymarket/markets", outside_views.PredictionsView.as_view(), name="market-predictions"),
    path("ingestion/health", views.IngestionHealthView.as_view(), name="market-ingestion-health"),
]
