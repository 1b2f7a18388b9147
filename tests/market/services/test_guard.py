"""The price guard: what it refuses, who may confirm a jump, and what stood at which moment."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from apps.core.errors import AdapterError
from apps.market import queries
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import Candle, IngestionRun, PriceRejection, Quote
from apps.market.services import ingest
from apps.market.types import BookTick, PriceFault, QuoteTick
from tests.market.places import START

pytestmark = pytest.mark.django_db
FIVE = timedelta(seconds=5)


class Venue(SyntheticSource):
    """A live source whose BTC costs what a test says; its books say `book_micros`, or what it always said."""

    is_predetermined = False

    def __init__(self, *, symbols: Sequence[str] = ("BTC", "ETH")) -> None:
        super().__init__(seed=7, symbols=symbols)
        self.mark: int | None = None
        self.mid: int | None = None
        self.fault = ""
        self.book_micros: int | None = None
        self.is_book_down = False
        self.still_since: datetime | None = None

    def quotes(self, *, symbols: Sequence[str], at: datetime) -> list[QuoteTick]:
        ticks = super().quotes(symbols=symbols, at=self.still_since or at)
        return [self._scripted(tick) if tick.symbol == "BTC" else tick for tick in ticks]

    def _scripted(self, tick: QuoteTick) -> QuoteTick:
        if self.fault:
            return tick._replace(mark_micros=None, fault=self.fault)
        if self.mark is None:
            return tick
        return tick._replace(mark_micros=self.mark, oracle_micros=self.mark, mid_micros=self.mid or self.mark)

    def book(self, *, symbol: str, at: datetime) -> BookTick:
        if self.is_book_down:
            raise AdapterError("no answer", transient=True)
        if self.book_micros is None or symbol != "BTC":
            return super().book(symbol=symbol, at=at)
        return BookTick("BTC", ((self.book_micros - 10, 5),), ((self.book_micros + 10, 5),))


@pytest.fixture
def venue() -> Venue:
    source = Venue()
    ingest.ingest_all(now=START, source=source)
    return source


def good() -> int:
    quote = queries.latest_quote("BTC", at=START)
    assert quote is not None
    return quote.mark_micros


def step(venue: Venue, number: int, **changes: object) -> tuple[bool, str]:
    """One cycle later: whether the new price was accepted, and the fault that consumers see."""
    for name, value in changes.items():
        setattr(venue, name, value)
    at = START + number * FIVE
    ingest.ingest_all(now=at, source=venue)
    quote = queries.latest_quote("BTC", at=at)
    assert quote is not None
    return Quote.objects.filter(asset__symbol="BTC", at=at).exists(), quote.fault


@pytest.mark.parametrize("percent", [50, 150, 1, 100_000])
def test_d05_a_price_half_away_in_one_tick_is_quarantined_and_a_second_tick_frees_it(
    venue: Venue, percent: int
) -> None:
    before = good()
    jumped = before * percent // 100 + (percent > 100)
    assert step(venue, 1, mark=jumped) == (False, "PRICE_JUMP")
    row = PriceRejection.objects.get()
    assert (row.reason, row.rejected_micros, row.last_good_micros) == ("PRICE_JUMP", jumped, before)
    assert step(venue, 2, mark=jumped + jumped // 20) == (True, "")
    row.refresh_from_db()
    assert row.resolved_at == START + 2 * FIVE


def test_d05_nearly_half_away_is_a_price_like_any_other(venue: Venue) -> None:
    assert step(venue, 1, mark=good() * 5_001 // 10_000) == (True, "")


def test_d05_the_last_good_price_stands_and_a_lone_spike_is_forgotten(venue: Venue) -> None:
    before = good()
    assert step(venue, 1, mark=before * 3) == (False, "PRICE_JUMP")
    assert step(venue, 2, mark=None) == (True, "")
    assert not Quote.objects.filter(mark_micros=before * 3).exists()
    quote = queries.latest_quote("BTC", at=START + FIVE)
    assert quote is not None
    assert (quote.mark_micros, quote.fault) == (before, "PRICE_JUMP")


def test_d05_ticks_that_jump_about_confirm_nothing(venue: Venue) -> None:
    before = good()
    for number, factor in enumerate((2, 4, 2, 4), start=1):
        assert step(venue, number, mark=before * factor) == (False, "PRICE_JUMP")
    assert PriceRejection.objects.filter(resolved_at=None).count() == 1
    assert PriceRejection.objects.count() == 4


def test_d05_a_second_source_frees_a_jump_at_once_and_it_is_kept_on_record(venue: Venue) -> None:
    doubled = good() * 2
    assert step(venue, 1, mark=doubled, book_micros=doubled * 103 // 100) == (True, "")
    row = PriceRejection.objects.get()
    assert row.at == row.resolved_at == START + FIVE
    assert row.rejected_micros == doubled


def test_d05_a_closed_minute_since_the_last_good_price_is_a_second_source(venue: Venue) -> None:
    doubled = good() * 2
    at = START + timedelta(minutes=1)
    minute = Candle.objects.filter(asset__symbol="BTC", interval_ms=60_000).latest("open_at")
    Candle.objects.create(
        asset=minute.asset,
        interval_ms=60_000,
        open_at=START,
        open_micros=good(),
        high_micros=doubled,
        low_micros=good(),
        close_micros=doubled,
        volume_micros=1,
        source=minute.source,
        knowable_at=at,
    )
    venue.mark, venue.is_book_down = doubled, True
    ingest.ingest_all(now=at, source=venue)
    assert Quote.objects.filter(asset__symbol="BTC", at=at).exists()


def test_d05_a_source_that_disagrees_or_is_silent_confirms_nothing(venue: Venue) -> None:
    doubled = good() * 2
    assert step(venue, 1, mark=doubled, book_micros=doubled * 2) == (False, "PRICE_JUMP")
    assert step(venue, 2, mark=doubled * 3, is_book_down=True) == (False, "PRICE_JUMP")


def test_d05_a_tick_at_odds_with_itself_is_never_confirmed(venue: Venue) -> None:
    before = good()
    changes = {"mark": before, "mid": before * 3, "book_micros": before}
    for number in (1, 2, 3):
        assert step(venue, number, **changes) == (False, "PRICE_JUMP")
    assert PriceRejection.objects.filter(resolved_at=None).count() == 1


def test_what_is_no_number_is_told_from_what_is_missing(venue: Venue) -> None:
    assert step(venue, 1, fault=PriceFault.NOT_A_NUMBER) == (False, "PRICE_NOT_A_NUMBER")
    assert step(venue, 2, fault="", mark=0) == (False, "PRICE_NOT_POSITIVE")
    stood = PriceRejection.objects.order_by("at").values_list("reason", "at", "resolved_at")
    assert list(stood) == [
        ("PRICE_NOT_A_NUMBER", START + FIVE, START + 2 * FIVE),
        ("PRICE_NOT_POSITIVE", START + 2 * FIVE, None),
    ]
    seen = [queries.latest_quote("BTC", at=START + seconds * FIVE / 5) for seconds in (4, 5, 9, 10)]
    assert [quote.fault for quote in seen if quote] == [
        "",
        "PRICE_NOT_A_NUMBER",
        "PRICE_NOT_A_NUMBER",
        "PRICE_NOT_POSITIVE",
    ]


def test_a_fault_that_lasts_is_one_refusal(venue: Venue) -> None:
    for number in range(1, 6):
        step(venue, number, mark=-1)
    row = PriceRejection.objects.get()
    assert (row.at, row.resolved_at) == (START + FIVE, None)


def test_d16_an_answer_that_repeats_every_price_for_a_minute_is_not_believed() -> None:
    venue = Venue(symbols=("BTC", "ETH", "SOL", "HYPE"))
    venue.still_since = START
    for seconds in range(0, 60, 5):
        ingest.ingest_all(now=START + timedelta(seconds=seconds), source=venue)
    assert not PriceRejection.objects.exists()
    for seconds in range(60, 75, 5):
        ingest.ingest_all(now=START + timedelta(seconds=seconds), source=venue)
    assert set(PriceRejection.objects.values_list("asset__symbol", "reason")) == {
        (symbol, "PRICE_STALE") for symbol in ("BTC", "ETH", "SOL", "HYPE")
    }
    run = IngestionRun.objects.filter(channel="quotes").latest("id")
    assert (run.status, run.data_at) == ("failed", None)
    venue.still_since = None
    ingest.ingest_all(now=START + timedelta(seconds=75), source=venue)
    assert not PriceRejection.objects.filter(resolved_at=None).exists()


def test_one_quiet_asset_is_not_a_frozen_answer() -> None:
    venue = Venue(symbols=("BTC", "ETH", "SOL"))
    ingest.ingest_all(now=START, source=venue)
    venue.mark = good()
    for seconds in range(5, 130, 5):
        ingest.ingest_all(now=START + timedelta(seconds=seconds), source=venue)
    assert not PriceRejection.objects.exists()


def test_a_tick_that_stays_at_odds_with_itself_is_one_refusal(venue: Venue) -> None:
    for number in range(1, 9):
        accepted, fault = step(venue, number, mark=good(), mid=good() * 3)
        assert (accepted, fault) == (False, "PRICE_JUMP")
    assert PriceRejection.objects.count() == 1
