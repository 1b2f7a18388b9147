"""The yardstick of `decision_context.py`: the facts of the deepest packet by model instances and pandas, one JSON text.

Written as one would without thinking of speed, but for the reads of prediction markets and capital: these are one query
each, with subqueries for what was the newest at the moment, as the project itself had them. A naive loop over the
markets would take twenty times as many.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain, zip_longest
from typing import Any

from benchmarks.context_window import six_by_pandas

LENGTHS_MS = (60_000, 300_000, 3_600_000)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON = timedelta(hours=48)
PREDICTIONS, CAPITAL = 12, 16


def by_orm(symbol: str, now: datetime) -> dict[str, Any]:
    """Every fact of the asset that the deepest packet tells, with when each became known; sealed under `digest`."""
    from apps.market.models import Asset, PriceRejection, Quote

    asset = Asset.objects.get(symbol=symbol)
    quote = Quote.objects.filter(asset=asset, at__lte=now, knowable_at__lte=now).order_by("-at").first()
    refused = PriceRejection.objects.filter(asset=asset, at__lte=now).order_by("-at")
    fault = next((row.reason for row in refused if row.resolved_at is None or row.resolved_at > now), "")
    said: dict[str, Any] = {
        "price": quote and [quote.mark_micros, quote.oracle_micros, quote.mid_micros, quote.funding_rate_e10],
        "priceAt": quote and quote.at.isoformat(),
        "fault": fault,
        "closes": [
            [row.open_at.isoformat(), row.close_micros, row.knowable_at.isoformat()]
            for row in bars_of(asset, 300_000, now, 20)
        ],
        **{f"bars{length}": bars_and_features(asset, length, now) for length in LENGTHS_MS},
        **book_facts(asset, now),
        **positioning_facts(asset, now),
        "predictions": prediction_facts(asset, now),
        "capital": capital_facts(symbol, now),
    }
    text = json.dumps(said, sort_keys=True)
    return {**said, "digest": hashlib.sha256(text.encode()).hexdigest()}


def bars_of(asset: Any, length: int, now: datetime, count: int) -> list[Any]:
    """The newest closed candles of one length, ascending."""
    from apps.market.models import Candle

    closed = Candle.objects.filter(
        asset=asset,
        interval_ms=length,
        open_at__lte=now - timedelta(milliseconds=length),
        knowable_at__lte=now,
    )
    return list(closed.order_by("-open_at")[:count])[::-1]


def bars_and_features(asset: Any, length: int, now: datetime) -> dict[str, Any]:
    """The newest 120 candles of one length, and the features of 200 of them."""
    import numpy
    import pandas

    bars = bars_of(asset, length, now, 200)
    rows = [(row.high_micros, row.low_micros, row.close_micros) for row in bars]
    frame = pandas.DataFrame(rows, columns=["high", "low", "close"], dtype="float64")
    moves = numpy.log(frame["close"]).diff()
    short = float(numpy.sqrt((moves.iloc[-20:] ** 2).mean()))
    spans = numpy.log(frame["high"] / frame["low"]).iloc[-20:]
    return {
        "bars": [
            (row.open_micros, row.high_micros, row.low_micros, row.close_micros, row.volume_micros)
            for row in bars[-120:]
        ],
        "known": max(row.revised_at or row.knowable_at for row in bars).isoformat(),
        "closed": (bars[-1].open_at + timedelta(milliseconds=length)).isoformat(),
        "six": [float(value) for value in six_by_pandas(rows)],
        "volatility": [
            short,
            float(numpy.sqrt((moves.iloc[-100:] ** 2).mean())),
            short * (365 * DAY / timedelta(milliseconds=length)) ** 0.5,
            float(numpy.sqrt((spans**2).sum() / (4 * numpy.log(2) * 20))),
        ],
    }


def book_facts(asset: Any, now: datetime) -> dict[str, Any]:
    """Twenty levels of the book, its spread, its depth at three distances, and what orders of two sizes pay."""
    import pandas

    from apps.market.models import BookSnapshot

    book = BookSnapshot.objects.filter(asset=asset, at__lte=now, knowable_at__lte=now).order_by("-at").first()
    if book is None:
        return {}
    sides = {
        name: pandas.DataFrame(rows, columns=["price", "lots"], dtype="float64")
        for name, rows in (("bids", book.bids), ("asks", book.asks))
    }
    unit = 10**asset.size_decimals
    middle = (sides["bids"]["price"].iloc[0] + sides["asks"]["price"].iloc[0]) / 2
    depths, costs = [], []
    for side in sides.values():
        away = (side["price"] - middle).abs() / middle
        value = side["price"] * side["lots"] / unit
        depths += [float(value[away <= bps / 1e4].sum()) for bps in (10, 25, 50)]
        for notional in (1e10, 1e11):
            wanted = notional / middle * unit
            taken = (side["lots"].cumsum().clip(upper=wanted)).diff().fillna(side["lots"].clip(upper=wanted))
            whole = taken.sum() >= wanted * 0.999
            costs.append(float(((side["price"] - middle).abs() * taken).sum() / unit) if whole else None)
    return {
        "bids": book.bids[:20],
        "asks": book.asks[:20],
        "bookAt": book.at.isoformat(),
        "spread": float((sides["asks"]["price"].iloc[0] - sides["bids"]["price"].iloc[0]) / middle),
        "depths": depths,
        "costs": costs,
    }


def positioning_facts(asset: Any, now: datetime) -> dict[str, Any]:
    """Open interest against an hour and a day ago, turnover, premium, and funding against its own week."""
    import pandas

    from apps.market.models import AssetContext, FundingRate

    known = AssetContext.objects.filter(asset=asset, knowable_at__lte=now).order_by("-at")
    newest, hour, day = (known.filter(at__lte=now - ago).first() for ago in (timedelta(), HOUR, DAY))
    hours = FundingRate.objects.filter(asset=asset, hour_at__lte=now, knowable_at__lte=now)
    rows = list(hours.order_by("-hour_at")[:168])[::-1]
    rates = pandas.Series([row.rate_e10 for row in rows], dtype="float64")
    return {
        "interest": [row and row.open_interest_micros for row in (newest, hour, day)],
        "turnover": newest and newest.day_base_micros / newest.open_interest_micros,
        "premium": newest and newest.premium_e10,
        "interestKnown": newest and newest.knowable_at.isoformat(),
        "funding": [int(rate) for rate in rates.iloc[-72:]],
        "fundingKnown": max(row.knowable_at for row in rows[-72:]).isoformat(),
        "fundingMeans": [float(rates.iloc[-8:].mean()), float(rates.iloc[-24:].mean())],
        "fundingScore": float((rates.iloc[-1] - rates.mean()) / rates.std(ddof=0)),
    }


def prediction_facts(asset: Any, now: datetime) -> list[Any]:
    """Prediction markets that end soon and later in turns, the best linked of each first."""
    from django.db.models import Q

    soon = Q(market__definitions__ends_at__gt=now, market__definitions__ends_at__lte=now + SOON)
    later = Q(market__definitions__ends_at__gt=now + SOON) | Q(market__definitions__ends_at__isnull=True)
    pairs = zip_longest(linked_markets(asset, soon, now), linked_markets(asset, later, now))
    return [found for found in chain.from_iterable(pairs) if found is not None][:PREDICTIONS]


def linked_markets(asset: Any, ends: Any, now: datetime) -> Iterable[Any]:
    """The markets of one view with the definition and the state that were the newest."""
    from django.db.models import F, OuterRef, Q, Subquery

    from apps.market.models import PredictionDefinition, PredictionLink, PredictionSnapshot

    of_market = {"market": OuterRef("market"), "knowable_at__lte": now}
    newest = {
        f"market__{name}__pk": Subquery(
            model.objects.filter(**of_market).order_by("-knowable_at").values("pk")[:1]
        )
        for name, model in (("definitions", PredictionDefinition), ("snapshots", PredictionSnapshot))
    }
    standing = PredictionLink.objects.filter(
        Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=now), asset=asset, knowable_at__lte=now
    )
    rows = standing.filter(ends, market__snapshots__status__in=("open", "paused"), **newest).order_by(
        "-confidence_bps",
        F("market__snapshots__liquidity_micros").desc(nulls_last=True),
        F("market__definitions__ends_at").asc(nulls_last=True),
        "market_id",
    )
    names = ("definitions__question", "definitions__event_title", "definitions__outcomes")
    state = ("prices_e6", "best_bid_e6", "best_ask_e6", "liquidity_micros", "volume_24h_micros", "status")
    columns = (*names, *(f"snapshots__{name}" for name in state), "market_id", "source")
    times = (
        "market__definitions__ends_at",
        "market__snapshots__knowable_at",
        "market__definitions__knowable_at",
    )
    found = rows.values_list(
        *(f"market__{name}" for name in columns), "confidence_bps", "knowable_at", *times
    )
    for *values, linked, ends_at, seen, defined in found[:PREDICTIONS]:
        yield [*values, ends_at and ends_at.isoformat(), max(linked, seen, defined).isoformat()]


def capital_facts(symbol: str, now: datetime) -> list[Any]:
    """The newest figure of each metric of the asset's chain and of everything, with what it was a day and a week ago."""
    from django.db.models import OuterRef, Q, Subquery

    from apps.market.models import CapitalPoint
    from apps.market.types import CHAIN_OF

    about = Q(kind="global") | Q(kind="chain", subject=CHAIN_OF.get(symbol, ""))
    same = {name: OuterRef(name) for name in ("metric", "kind", "subject", "at")}
    newest = CapitalPoint.objects.filter(**same, knowable_at__lte=now).order_by("-revision").values("pk")[:1]
    firsts = CapitalPoint.objects.filter(
        about, revision=0, at__gt=now - 17 * DAY, at__lte=now, knowable_at__lte=now
    )
    points = CapitalPoint.objects.filter(pk__in=firsts.values_list(Subquery(newest), flat=True))
    groups: dict[Any, list[Any]] = {}
    for point in points.order_by("metric", "kind", "subject", "at"):
        groups.setdefault((point.metric, point.kind, point.subject), []).append(point)
    found = [[*name, *level_of(group)] for name, group in groups.items()]
    return sorted(found, key=lambda level: level[1] == "global")[:CAPITAL]


def level_of(points: Sequence[Any]) -> list[Any]:
    """The last figure, its changes over a day and a week in 1e-4, and when it is of and became known."""
    last = points[-1]
    changes = []
    for span in (DAY, 7 * DAY):
        before = [one for one in points if last.at - span - DAY < one.at <= last.at - span]
        value = before[-1].value_micros if before else 0
        changes.append((last.value_micros - value) * 10_000 // value if value else None)
    return [
        last.value_micros,
        *changes,
        last.is_provisional,
        last.at.isoformat(),
        last.knowable_at.isoformat(),
    ]
