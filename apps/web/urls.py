"""Where the player's pages are."""

from django.urls import include, path

from apps.web.pages import (
    arena,
    auditions,
    clone,
    decision_proof,
    frame,
    how_it_works,
    market,
    proofs,
    report,
    trading_account,
)

urlpatterns = [
    path("", arena.page, name="arena"),
    path("", include("apps.web.door_urls")),
    path("favicon.ico", frame.favicon, name="favicon"),
    path("live/arena", arena.live_arena, name="live-arena"),
    path("live/market", arena.live_market, name="live-market"),
    path("clones/<str:public_id>", clone.page, name="clone"),
    path("clones/<str:public_id>/report", report.file, name="clone-report"),
    path("accounts/<str:public_id>", trading_account.page, name="trading-account"),
    path("decisions/<str:run_id>", decision_proof.page, name="decision-proof"),
    path("market", market.page, name="market"),
    path("market/data", market.data, name="market-data"),
    path("market/<str:symbol>", market.asset, name="market-page"),
    path("auditions", auditions.page, name="auditions"),
    path("auditions/<slug:public_id>", auditions.verdict, name="audition"),
    path("queue", auditions.queue, name="queue"),
    path("rulebooks/<slug:digest>", auditions.rulebook, name="rulebook"),
    path("my/clones/<str:public_id>/", include("apps.web.clone_urls")),
    path("how-it-works", how_it_works.page, name="how-it-works"),
    path("proofs", proofs.page, name="proofs"),
]
