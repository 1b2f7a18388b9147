"""The page of market data: who may look, what it says of a source in trouble, and what it costs to look."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from apps.console.market_data.figures import price, span
from apps.market.models import Asset, IngestionRun, PriceRejection
from apps.market.services import ingest, sources
from apps.operations import clock
from apps.users.models import User

pytestmark = pytest.mark.django_db
PAGE = "/admin/market-data/"


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(User.objects.create(username="boss", is_staff=True, is_superuser=True))
    return client


def fill(cycles: int = 3) -> Any:
    """A synthetic market that was ingested up to now."""
    now = clock.now()
    sources.select(wanted="synthetic", recording=None, seed=7, now=now)
    for back in reversed(range(cycles)):
        ingest.ingest_all(now=now - back * timedelta(seconds=5))
    return now


def hold_back(symbol: str, reason: str, at: Any, micros: int | None) -> PriceRejection:
    return PriceRejection.objects.create(
        asset=Asset.objects.get(symbol=symbol),
        at=at,
        reason=reason,
        rejected_micros=micros,
        last_good_micros=78_000_000,
        source="synthetic",
    )


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_it_stands_on_empty_tables(boss: Client) -> None:
    shown = words(boss.get(PAGE))
    assert "No price source is chosen yet" in shown
    assert "No price is in quarantine" in shown


def test_channels_stand_by_the_age_of_their_data_with_their_last_runs(boss: Client) -> None:
    fill()
    answer = boss.get(PAGE)
    rows = {row["name"]: row for row in answer.context["channels"]}
    assert (rows["Quotes"]["status"], rows["Quotes"]["limit"], len(rows["Quotes"]["runs"])) == (
        "ok",
        "15 s",
        3,
    )
    assert rows["Capital base"]["age"] == "no data yet"
    assert answer.context["cards"][1]["value"] == "8 of 8"
    assert reverse("admin:market_ingestionrun_changelist") + "?channel__exact=quotes" in words(answer)
    store = {size["name"]: size["rows"] for size in answer.context["store"]}
    assert store["Prices"] == "24"


def test_a_price_in_quarantine_is_shown_with_its_reason_and_the_last_good_one(boss: Client) -> None:
    now = fill()
    hold_back("SOL", "PRICE_JUMP", now - timedelta(seconds=1), 39_000_000)
    resolved = hold_back("ETH", "PRICE_MISSING", now - timedelta(minutes=5), None)
    resolved.resolved_at = now - timedelta(minutes=4)
    resolved.save()
    answer = boss.get(PAGE)
    assert [row["symbol"] for row in answer.context["held"]] == ["SOL"]
    shown = words(answer)
    assert "$39.00 <small>-50 %</small>" in shown
    assert "$78.00" in shown
    assert "Something that feeds the market needs a look" in shown
    links = {item["title"]: item for group in answer.context["sidebar_navigation"] for item in group["items"]}
    assert links["Market data"]["badge"] == "1"
    assert "1 price held back" in words(boss.get(reverse("admin:index")))


def test_a_source_that_fails_says_why_and_nothing_of_it_is_markup(boss: Client) -> None:
    now = fill()
    IngestionRun.objects.create(
        source="synthetic",
        channel="predictions",
        status="failed",
        started_at=now,
        finished_at=now,
        fault="SCHEMA_DRIFT",
        error="<script>alert(1)</script> has no field",
    )
    shown = words(boss.get(PAGE))
    assert "SCHEMA_DRIFT" in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert(1)" not in shown


def test_only_those_who_may_see_runs_may_look(client: Client) -> None:
    person = User.objects.create(username="new", is_staff=True)
    client.force_login(person)
    assert client.get(PAGE).status_code == 403
    person.user_permissions.set(Permission.objects.filter(codename="view_ingestionrun"))
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE).status_code == 405
    client.logout()
    assert client.get(PAGE).status_code == 302


def test_more_runs_and_assets_cost_no_more_reads(boss: Client, django_assert_max_num_queries: Any) -> None:
    now = fill()
    for symbol in ("BTC", "ETH", "SOL", "XRP"):
        hold_back(symbol, "PRICE_MISSING", now - timedelta(seconds=1), None)
    boss.get(PAGE)
    with django_assert_max_num_queries(100):
        boss.get(PAGE)


@pytest.mark.parametrize(
    ("micros", "shown"),
    [
        (65_123_456_789, "$65,123.45"),
        (1_115_600, "$1.1156"),
        (73_100, "$0.0731"),
        (123, "$0.000123"),
        (-5, "−$0.000005"),
    ],
)
def test_prices_have_the_decimals_that_they_deserve(micros: int, shown: str) -> None:
    assert price(micros) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (3_600, "1 h"),
        (5_400, "90 min"),
        (7_200, "2 h"),
        (200_000, "2 days"),
    ],
)
def test_spans_are_in_their_largest_sensible_unit(seconds: int, shown: str) -> None:
    assert span(seconds) == shown
