"""The operators' page of market data in a browser: a source in trouble, on a screen and on a phone."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from apps.market.models import Asset, IngestionRun, PriceRejection
from apps.market.services import ingest, sources
from apps.operations import clock
from tests.pages.conftest import NARROW, WIDE, Visitor

pytestmark = pytest.mark.browser
PASSWORD = "a-long-password-1"
TROUBLE = {7: "failed", 8: "failed", 19: "partial"}


def market_in_trouble() -> None:
    """Prices up to now, runs that went well and badly, and two prices in quarantine."""
    now = clock.now()
    sources.select(wanted="synthetic", recording=None, seed=7, now=now)
    ingest.ingest_all(now=now)
    for channel, every in (("predictions", 60), ("capital_base", 900), ("capital_flows", 900)):
        for back in reversed(range(30)):
            status = TROUBLE.get(back, "succeeded") if channel == "predictions" else "succeeded"
            IngestionRun.objects.create(
                source="synthetic",
                channel=channel,
                status="failed" if channel == "capital_flows" and back == 0 else status,
                started_at=now - timedelta(seconds=every * back),
                finished_at=now - timedelta(seconds=every * back),
                data_at=now - timedelta(seconds=every * back + 40),
                rows_written=(back * 37) % 90,
                fault="SCHEMA_DRIFT" if channel == "capital_flows" and back == 0 else "",
                error="dexs: chains have no field total24h"
                if channel == "capital_flows" and back == 0
                else "",
            )
    for symbol, reason, micros in (("SOL", "PRICE_JUMP", 38_000_000), ("DOGE", "PRICE_MISSING", None)):
        asset = Asset.objects.get(symbol=symbol)
        PriceRejection.objects.create(
            asset=asset,
            at=now - timedelta(seconds=4),
            reason=reason,
            rejected_micros=micros,
            last_good_micros=78_120_000,
            source="synthetic",
        )


def test_an_operator_sees_what_is_wrong_with_market_data(visitor: Visitor) -> None:
    get_user_model().objects.create_superuser("boss", "", PASSWORD)
    market_in_trouble()
    page = visitor.page
    visitor.go("/admin/login/?next=/admin/market-data/")
    page.get_by_label("Username").fill("boss")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".mk")
    assert page.get_by_text("Something that feeds the market needs a look").is_visible()
    assert page.locator(".mk-held li").count() == 2
    assert page.locator(".mk-held li", has_text="SOL").get_by_text("-51 %").is_visible()
    flows = page.locator(".mk-channels > li", has_text="Capital flows")
    assert flows.locator(".mk-chip").inner_text() == "Failed"
    assert flows.get_by_text("SCHEMA_DRIFT").is_visible()
    assert page.locator(".mk-channels > li", has_text="Prediction").locator(".mk-runs i").count() == 30
    for width in (NARROW, WIDE):
        visitor.see(width=width)
    page.locator(".mk-channels").get_by_role("link", name="Capital flows").click()
    page.wait_for_selector("#result_list")
    assert page.locator("#result_list .field-fault", has_text="SCHEMA_DRIFT").count() == 1
