"""The registry over time: delisted, relisted, vanished, renamed, new, and what operators choose to track."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from apps.core.errors import AdapterError, Conflict
from apps.exchange.types import Instrument, MarginTier
from apps.market import queries
from apps.market.adapters.contracts import units_of
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import Asset, IngestionRun, Quote
from apps.market.services import ingest
from apps.market.services.assets import register_assets, track_asset, untrack_asset
from apps.market.types import Listing
from apps.operations.models import AuditEvent
from apps.operations.types import Actor
from tests.market.places import START

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
BY = Actor(kind="user", identifier="1", label="an operator")


class Venue(SyntheticSource):
    """Lists what a test says; the first two are tracked from the start."""

    is_predetermined = False

    def __init__(self, *names: str) -> None:
        super().__init__(seed=7)
        self.names = list(names)
        self.delisted: set[str] = set()

    def listings(self) -> list[Listing]:
        return [
            Listing(
                Instrument(
                    symbol=name,
                    size_decimals=2,
                    max_leverage=5,
                    tiers=(MarginTier(0, 5),),
                    is_delisted=name in self.delisted,
                    only_isolated=False,
                ),
                venue_index=place,
                units_per_contract=units_of(name),
            )
            for place, name in enumerate(self.names)
            if name
        ]

    def tracked(self) -> frozenset[str]:
        return frozenset({"BTC", "ETH"})

    def intervals(self, symbol: str) -> tuple[int, ...]:
        return (60_000,)


def asset(symbol: str) -> Asset:
    return Asset.objects.get(symbol=symbol)


def test_d06_everything_is_registered_in_the_venues_units_and_the_unknown_is_not_tracked() -> None:
    registered = register_assets(Venue("BTC", "ETH", "kPEPE"), now=START)
    assert registered == (3, 3, ())
    assert [(row.symbol, row.venue_index, row.is_tracked) for row in Asset.objects.order_by("pk")] == [
        ("BTC", 0, True),
        ("ETH", 1, True),
        ("kPEPE", 2, False),
    ]
    assert asset("kPEPE").units_per_contract == 1_000
    assert register_assets(Venue("BTC", "ETH", "kPEPE", "NEW"), now=START + HOUR) == (4, 1, ())
    assert list(queries.list_assets().values_list("symbol", flat=True)) == ["BTC", "ETH"]


def test_d06_a_delisted_asset_says_since_when_and_is_not_priced_until_it_is_listed_again() -> None:
    venue = Venue("BTC", "ETH")
    ingest.ingest_all(now=START, source=venue)
    venue.delisted = {"ETH"}
    for hours in (1, 2):
        ingest.ingest_all(now=START + hours * HOUR, source=venue)
    assert (asset("ETH").is_delisted, asset("ETH").delisted_at) == (True, START + HOUR)
    assert Quote.objects.filter(asset__symbol="ETH").count() == 1
    assert queries.instrument("ETH").is_delisted
    venue.delisted = set()
    ingest.ingest_all(now=START + 3 * HOUR, source=venue)
    assert (asset("ETH").is_delisted, asset("ETH").delisted_at) == (False, None)
    assert Quote.objects.filter(asset__symbol="ETH").count() == 2


def test_d06_a_renamed_asset_is_delisted_under_its_old_name_and_the_run_says_so() -> None:
    venue = Venue("BTC", "ETH", "MATIC")
    ingest.ingest_all(now=START, source=venue)
    venue.names[1:] = ["ETH2", "MATIC"]
    report = ingest.ingest_all(now=START + HOUR, source=venue)
    run = IngestionRun.objects.filter(channel="assets").latest("id")
    assert (run.status, run.error) == ("partial", "ETH is no longer listed, ETH2 has its place")
    assert report.failed == 1
    assert (asset("ETH").is_delisted, asset("ETH").delisted_at) == (True, START + HOUR)
    assert (asset("ETH2").is_tracked, asset("ETH2").venue_index) == (False, 1)
    ingest.ingest_all(now=START + HOUR + timedelta(seconds=5), source=venue)
    assert IngestionRun.objects.filter(channel="assets").latest("id").status == "succeeded"


def test_d06_a_list_that_lacks_very_much_is_a_wrong_list() -> None:
    names = [f"A{number}" for number in range(30)]
    register_assets(Venue(*names), now=START)
    with pytest.raises(AdapterError, match="the list lacks 7 of 30 known assets"):
        register_assets(Venue(*names[7:]), now=START + HOUR)
    assert not Asset.objects.filter(is_delisted=True).exists()
    assert (
        register_assets(Venue(*names[6:]), now=START + HOUR).vanished[0]
        == "A0 is no longer listed, A6 has its place"
    )
    assert Asset.objects.filter(is_delisted=True, delisted_at=START + HOUR).count() == 6


def test_what_operators_chose_to_track_outlives_every_refresh() -> None:
    venue = Venue("BTC", "ETH", "SOL")
    register_assets(venue, now=START)
    track_asset(asset=asset("SOL"), by=BY, reason="people ask for it", now=START)
    untrack_asset(asset=asset("ETH"), by=BY, reason="too thin", now=START)
    register_assets(venue, now=START + HOUR)
    assert list(queries.list_assets().values_list("symbol", flat=True)) == ["BTC", "SOL"]
    events = AuditEvent.objects.order_by("pk").values_list("verb", "actor_label", "reason")
    assert list(events) == [
        ("market.asset.tracked", "an operator", "people ask for it"),
        ("market.asset.untracked", "an operator", "too thin"),
    ]


def test_an_untracked_asset_goes_on_being_priced_and_one_never_tracked_is_not() -> None:
    venue = Venue("BTC", "ETH", "SOL")
    ingest.ingest_all(now=START, source=venue)
    untrack_asset(asset=asset("ETH"), by=BY, reason="too thin", now=START)
    ingest.ingest_all(now=START + timedelta(seconds=5), source=venue)
    counts = {name: Quote.objects.filter(asset__symbol=name).count() for name in ("BTC", "ETH", "SOL")}
    assert counts == {"BTC": 2, "ETH": 2, "SOL": 0}
    track_asset(asset=asset("SOL"), by=BY, reason="people ask for it", now=START)
    ingest.ingest_all(now=START + timedelta(seconds=10), source=venue)
    assert queries.latest_quote("SOL", at=START + timedelta(seconds=10)) is not None


def test_tracking_twice_or_a_delisted_asset_is_refused_and_changes_nothing() -> None:
    venue = Venue("BTC", "ETH", "SOL")
    venue.delisted = {"SOL"}
    register_assets(venue, now=START)
    for name, act in (("BTC", track_asset), ("SOL", track_asset), ("SOL", untrack_asset)):
        with pytest.raises(Conflict):
            act(asset=asset(name), by=BY, reason="because", now=START)
    assert not AuditEvent.objects.exists()


def test_an_operator_tracks_an_asset_in_the_console_with_a_reason(client: Client) -> None:
    register_assets(Venue("BTC", "ETH", "SOL"), now=START)
    client.force_login(get_user_model().objects.create_superuser("root", password="pass-phrase-1"))
    address = reverse("admin:market_asset_track", args=[asset("SOL").pk])
    client.post(address, {"_form_submitted": "True"})
    assert not asset("SOL").is_tracked
    for _ in range(2):
        client.post(address, {"_form_submitted": "True", "reason": "people ask for it"})
    assert asset("SOL").is_tracked
    asked = (
        AuditEvent.objects.filter(verb="market.asset.tracking-asked")
        .order_by("pk")
        .values_list("reason", "detail")
    )
    assert list(asked) == [("people ask for it", {}), ("people ask for it", {"refused": "STATE_CHANGED"})]
    assert AuditEvent.objects.filter(verb="market.asset.tracked").count() == 1
    assert client.get(reverse("admin:market_asset_changelist")).status_code == 200
