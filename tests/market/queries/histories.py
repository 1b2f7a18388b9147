"""Random histories of one asset: what became known when, as writes that can be made one after the other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from apps.market.models import (
    Asset,
    AssetContext,
    BookSnapshot,
    Candle,
    CandleRevision,
    CapitalPoint,
    FundingRate,
    PredictionDefinition,
    PredictionLink,
    PredictionMarket,
    PredictionSnapshot,
    PriceRejection,
    Quote,
)
from tests.market.places import START

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LENGTHS_MS = (60_000, 300_000)
PRICES = ("open_micros", "high_micros", "low_micros", "close_micros")


@dataclass(frozen=True)
class Write:
    """One thing that became known, and how it gets into the database."""

    at: datetime
    make: Callable[[], object]


@dataclass
class Market:
    """A prediction market: its definitions (when, its end), its states (when, status), and how long it was linked."""

    name: str
    defined: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    seen: list[tuple[datetime, str]] = field(default_factory=list)
    linked_at: datetime | None = None
    withdrawn_at: datetime | None = None


@dataclass
class History:
    """Writes in the order of their moments, and the facts behind them for whoever wants to filter them naively."""

    writes: list[Write] = field(default_factory=list)
    candles: list[tuple[int, datetime, list[tuple[datetime, int]]]] = field(default_factory=list)
    quotes: list[tuple[datetime, datetime, int]] = field(default_factory=list)
    books: list[tuple[datetime, datetime, int]] = field(default_factory=list)
    contexts: list[tuple[datetime, datetime, int]] = field(default_factory=list)
    rates: list[tuple[datetime, datetime, int]] = field(default_factory=list)
    faults: list[tuple[datetime, datetime | None, str]] = field(default_factory=list)
    figures: list[tuple[str, datetime, list[tuple[datetime, int]]]] = field(default_factory=list)
    markets: list["Market"] = field(default_factory=list)

    def add(self, at: datetime, make: Callable[[], object]) -> None:
        self.writes.append(Write(at, make))

    def in_order(self) -> list[Write]:
        return sorted(self.writes, key=lambda write: write.at)


def the_asset() -> Asset:
    """The asset that every history is about."""
    return Asset.objects.get(symbol="BTC")


def _known(at: datetime, **values: Any) -> dict[str, Any]:
    return {"asset": the_asset(), "source": "synthetic", "knowable_at": at, **values}


@st.composite
def histories(draw: st.DrawFn, *, with_faults: bool = True) -> History:
    """Rows of every kind, each known at its time or up to an hour and a half later, some corrected after that."""
    history = History()
    for part in (_candles, _prices, _positioning, _faults, _predictions, _capital):
        if part is not _faults or with_faults:
            part(draw, history)
    return history


@st.composite
def moments_of(draw: st.DrawFn, *, with_faults: bool = True) -> tuple[History, list[datetime]]:
    """A history and up to three moments, ascending, each at or just before or after something became known."""
    history = draw(histories(with_faults=with_faults))
    near = st.sampled_from([timedelta(0), -datetime.resolution, MINUTE, -MINUTE])
    known = st.sampled_from(sorted({START, *(write.at for write in history.writes)}))
    return history, sorted(draw(st.lists(st.builds(datetime.__add__, known, near), min_size=1, max_size=3)))


def _later(draw: st.DrawFn, most: int = 90) -> timedelta:
    return draw(st.one_of(st.just(0), st.integers(0, most))) * MINUTE


def _candles(draw: st.DrawFn, history: History) -> None:
    places = st.tuples(st.sampled_from(LENGTHS_MS), st.integers(0, 60))
    for length, number in sorted(draw(st.sets(places, min_size=5, max_size=70))):
        opened = START + number * timedelta(milliseconds=length)
        moment = opened + timedelta(milliseconds=length) + _later(draw)
        values = [(moment, draw(st.integers(1_000, 2_000)))]
        for gap in draw(st.lists(st.integers(1, 60), max_size=2)):
            moment += gap * MINUTE
            values.append((moment, draw(st.integers(1_000, 2_000))))
        history.candles.append((length, opened, values))
        history.add(values[0][0], lambda row=(length, opened, values[0]): _write_candle(*row))
        for before, value in pairwise(values):
            history.add(value[0], lambda row=(length, opened, before, value): _correct_candle(*row))


def _write_candle(length: int, opened: datetime, value: tuple[datetime, int]) -> None:
    known, price = value
    Candle.objects.create(
        **_known(known), interval_ms=length, open_at=opened, volume_micros=1, **dict.fromkeys(PRICES, price)
    )


def _correct_candle(
    length: int, opened: datetime, before: tuple[datetime, int], value: tuple[datetime, int]
) -> None:
    place = {"asset": the_asset(), "interval_ms": length, "open_at": opened}
    CandleRevision.objects.create(
        **place,
        **dict.fromkeys(PRICES, before[1]),
        volume_micros=1,
        knowable_at=before[0],
        superseded_at=value[0],
    )
    Candle.objects.filter(**place).update(revised_at=value[0], **dict.fromkeys(PRICES, value[1]))


def _prices(draw: st.DrawFn, history: History) -> None:
    for minute in draw(st.sets(st.integers(0, 180), max_size=8)):
        at, price = START + minute * MINUTE, draw(st.integers(1_000, 2_000))
        known = at + _later(draw)
        history.quotes.append((at, known, price))
        prices = {"mark_micros": price, "oracle_micros": price, "mid_micros": price}
        history.add(
            known, lambda row={"at": at, **prices}, known=known: Quote.objects.create(**_known(known), **row)
        )
    for minute in draw(st.sets(st.integers(0, 180), max_size=5)):
        at, price = START + minute * MINUTE, draw(st.integers(1_000, 2_000))
        known = at + _later(draw)
        history.books.append((at, known, price))
        sides = {"bids": [[price, 5]], "asks": [[price + draw(st.integers(0, 3)), 5]]}
        history.add(
            known,
            lambda row={"at": at, **sides}, known=known: BookSnapshot.objects.create(**_known(known), **row),
        )


def _positioning(draw: st.DrawFn, history: History) -> None:
    for quarter in draw(st.sets(st.integers(-110, 12), max_size=12)):
        at, interest = START + quarter * 15 * MINUTE, draw(st.integers(1, 1_000))
        known = at + _later(draw)
        history.contexts.append((at, known, interest))
        row = {"at": at, "open_interest_micros": interest, "day_notional_micros": 1, "day_base_micros": 1}
        history.add(known, lambda row=row, known=known: AssetContext.objects.create(**_known(known), **row))
    for hour in draw(st.sets(st.integers(-20, 3), max_size=12)):
        at, rate = START + hour * HOUR, draw(st.integers(-1_000, 1_000))
        known = at + _later(draw)
        history.rates.append((at, known, rate))
        row = {"hour_at": at, "rate_e10": rate}
        history.add(known, lambda row=row, known=known: FundingRate.objects.create(**_known(known), **row))


def _faults(draw: st.DrawFn, history: History) -> None:
    for reason in draw(st.sets(st.sampled_from(["PRICE_MISSING", "PRICE_JUMP"]))):
        at = START + draw(st.integers(0, 180)) * MINUTE
        until = draw(st.one_of(st.none(), st.integers(1, 60).map(lambda gap, at=at: at + gap * MINUTE)))
        history.faults.append((at, until, reason))
        row = {"at": at, "reason": reason, "source": "synthetic"}
        history.add(at, lambda row=row: PriceRejection.objects.create(asset=the_asset(), **row))
        if until is not None:
            history.add(
                until,
                lambda row=row, until=until: PriceRejection.objects.filter(**row).update(resolved_at=until),
            )


def _predictions(draw: st.DrawFn, history: History) -> None:
    minutes = st.sets(st.integers(0, 180), min_size=1, max_size=4)
    for name in ("one", "two")[: draw(st.integers(0, 2))]:
        market = Market(name)
        history.markets.append(market)
        for minute in sorted(draw(minutes)):
            at = START + minute * MINUTE
            ends = draw(st.one_of(st.none(), st.integers(-1, 72).map(lambda hours: START + hours * HOUR)))
            market.defined.append((at, ends))
        first = market.defined[0][0]
        row = {"market_id": name, "slug": name, "source": "synthetic", "knowable_at": first}
        history.add(first, lambda row=row: PredictionMarket.objects.create(**row))
        for at, ends in market.defined:
            row = {"question": f"{name} {at}", "outcomes": [["Yes", "1"]], "ends_at": ends, "knowable_at": at}
            history.add(at, lambda name=name, row=row: _of_market(PredictionDefinition, name, row))
        for minute in sorted(draw(minutes)):
            at, status = first + minute * MINUTE, draw(st.sampled_from(["open", "paused", "closed"]))
            market.seen.append((at, status))
            row = {"status": status, "prices_e6": [minute], "knowable_at": at}
            history.add(at, lambda name=name, row=row: _of_market(PredictionSnapshot, name, row))
        _link(draw, history, market)


def _link(draw: st.DrawFn, history: History, market: Market) -> None:
    market.linked_at = market.defined[0][0] + _later(draw)
    row = {"method": "name", "confidence_bps": 9_000, "knowable_at": market.linked_at}
    history.add(
        market.linked_at, lambda: _of_market(PredictionLink, market.name, {**row, "asset": the_asset()})
    )
    if draw(st.booleans()):
        market.withdrawn_at = market.linked_at + draw(st.integers(1, 60)) * MINUTE
        links = PredictionLink.objects.filter(market__market_id=market.name)
        history.add(market.withdrawn_at, lambda: links.update(withdrawn_at=market.withdrawn_at))


def _of_market(model: Any, name: str, row: dict[str, Any]) -> None:
    model.objects.create(market=PredictionMarket.objects.get(market_id=name), **row)


def _capital(draw: st.DrawFn, history: History) -> None:
    for metric, back in sorted(
        draw(st.sets(st.tuples(st.sampled_from(["tvl", "fees_24h"]), st.integers(0, 9)), max_size=8))
    ):
        at = START - back * DAY
        moment = at + _later(draw)
        values = [(moment, draw(st.integers(0, 1_000)))]
        for gap in draw(st.lists(st.integers(1, 90), max_size=2)):
            moment += gap * MINUTE
            values.append((moment, draw(st.integers(0, 1_000))))
        history.figures.append((metric, at, values))
        for revision, (known, value) in enumerate(values):
            row = {
                "metric": metric,
                "at": at,
                "revision": revision,
                "value_micros": value,
                "knowable_at": known,
            }
            history.add(
                known,
                lambda row=row: CapitalPoint.objects.create(
                    channel="capital_base", kind="chain", subject="Bitcoin", source="synthetic", **row
                ),
            )
