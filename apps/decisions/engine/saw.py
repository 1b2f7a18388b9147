"""What a context showed, section by section: labelled figures with their units and ages, for pages to print.

It reads documents of both forms. Whoever may not read the owner's words leaves the section `prompt` out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
PRICE, DOLLARS, RATE, BPS, SHARE = "price", "dollars", "rate_e10", "bps", "share_e6"
COUNT, TIMES, SPAN, MOMENT, TEXT, NAME = "count", "times", "ms", "moment_ms", "text", "name"
"""Units: the first two are micro-dollars, a moment is milliseconds of the epoch, a name is an identifier."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure; a value of None is one that there was not enough data for."""

    label: str
    unit: str
    value: Any


@dataclass(frozen=True, slots=True)
class Section:
    """What one source gave, and how old its newest part was at the decision (None where age means nothing).

    `line` are values to draw, oldest first. What is in `told` says in words why something is not there.
    """

    key: str
    title: str
    facts: tuple[Fact, ...]
    age_ms: int | None = None
    line: tuple[int, ...] = ()
    told: tuple[str, ...] = ()


STREAMS = {
    "funding": "Funding",
    "positioning": "Positioning",
    "indicators": "Indicators",
    "volatility": "Volatility",
    "order_book": "Order book",
    "liquidity": "Liquidity",
    "predictions": "Prediction markets",
    "capital": "Capital on chain",
}
_LABELS: Mapping[str, tuple[str, str]] = {
    "open_interest_1h_bps": ("Open interest, 1 h", BPS),
    "open_interest_24h_bps": ("Open interest, 24 h", BPS),
    "turnover_bps": ("Turnover of it", BPS),
    "premium_e10": ("Premium", RATE),
    "funding_8h_e10": ("Mean funding, 8 h", RATE),
    "funding_24h_e10": ("Mean funding, 24 h", RATE),
    "rsi_14_e6": ("RSI 14", "points_e6"),
    "sma_20_micros": ("SMA 20", PRICE),
    "ema_20_micros": ("EMA 20", PRICE),
    "bollinger_upper_micros": ("Bollinger, upper", PRICE),
    "bollinger_lower_micros": ("Bollinger, lower", PRICE),
    "realised_20_e6": ("Realised, 20 candles", SHARE),
    "annualised_20_bps": ("Annualised", BPS),
    "parkinson_20_e6": ("Parkinson, 20 candles", SHARE),
    "mid_micros": ("Mid price", PRICE),
    "spread_e6": ("Spread", SHARE),
    "imbalance_bps": ("Imbalance", BPS),
}
_EXITS = {"stop": "Stop", "target": "Target", "trailing": "Trailing stop", "time": "Time exit"}


def seen(document: Document) -> list[Section]:
    """The market as it was shown: price, candles and streams, each with its age."""
    if not document:
        return []
    streams = document.get("streams") or {}
    candles = streams.get("candles") or ()
    sections = [_price(document), *([_closes(document)] if not candles else []), *map(_candles, candles)]
    sections += [section for key in STREAMS if (section := _stream(key, streams.get(key))) is not None]
    missing = streams.get("missing") or ()
    if missing or document.get("shed"):
        sections.append(_left_out(missing, document.get("shed") or ()))
    return sections


def account_seen(document: Document) -> list[Section]:
    """The account as it was shown, with its books where the engine reads them, and the limits it was told."""
    if not document:
        return []
    account, truth = document["account"], document.get("truth")
    facts = [
        Fact("State", TEXT, account["status"]),
        Fact("Equity", DOLLARS, account["equity_micros"]),
        Fact("Cash", DOLLARS, account["cash_micros"]),
        Fact("Actions in the window", COUNT, account["actions_in_window"]),
    ]
    facts += [
        Fact(
            f"{held['symbol']} {'long' if held['size_lots'] > 0 else 'short'}, {held['leverage']}×",
            DOLLARS,
            held["notional_micros"],
        )
        for held in account["positions"]
    ]
    sections = [Section("account", "The account", tuple(facts))]
    if truth:
        sections.append(_books(truth))
    return [*sections, _limits(document["limits"])]


def prompt_seen(document: Document) -> Section | None:
    """The owner's own words, with the name of the strategy and its pace; None where there was no context."""
    if not document:
        return None
    prompt = document["prompt"]
    facts = (
        Fact("Prompt", NAME, prompt["key"]),
        Fact("Strategy", TEXT, prompt["strategy"].replace("_", " ") or "none"),
        Fact("Decides every", SPAN, prompt["cadence_ms"]),
    )
    return Section(
        "prompt", "The owner's words", facts, told=(prompt["behaviour"],) if prompt["behaviour"] else ()
    )


def _price(document: Document) -> Section:
    quote = document["quote"]
    return Section(
        "price",
        f"Price of {document['symbol']}",
        (
            Fact("Mark", PRICE, quote["mark_micros"]),
            Fact("Oracle", PRICE, quote["oracle_micros"]),
            Fact("Mid", PRICE, quote["mid_micros"]),
            Fact("Funding, hourly", RATE, quote["funding_rate_e10"]),
            Fact("Stored as", NAME, quote["reference"]),
        ),
        age_ms=document["now_ms"] - quote["knowable_at_ms"],
    )


def _closes(document: Document) -> Section:
    columns = document["closes"]
    return _bars(
        f"candles-{document['interval_ms']}",
        document["interval_ms"],
        columns["close_micros"],
        age_ms=document["now_ms"] - columns["close_at_ms"][-1],
    )


def _candles(fact: Document) -> Section:
    interval_ms = fact["interval_ms"]
    return _bars(f"candles-{interval_ms}", interval_ms, fact["close_micros"], age_ms=fact["age_ms"])


def _bars(key: str, interval_ms: int, closes: Iterable[int], *, age_ms: int) -> Section:
    line = tuple(closes)
    move = (line[-1] - line[0]) * 10_000 // line[0] if line[0] else None
    facts = (
        Fact("Closed candles", COUNT, len(line)),
        Fact("Last close", PRICE, line[-1]),
        Fact("Over all of them", BPS, move),
        Fact("Highest close", PRICE, max(line)),
        Fact("Lowest close", PRICE, min(line)),
    )
    return Section(key, f"Candles of {_length(interval_ms)}", facts, age_ms=age_ms, line=line)


def _stream(key: str, found: Any) -> Section | None:
    if not found:
        return None
    many = list(found) if isinstance(found, list | tuple) else [found]
    read = _READERS.get(key, _figures)
    return Section(
        key,
        STREAMS[key],
        tuple(fact for one in many for fact in read(one)),
        age_ms=min(one["age_ms"] for one in many),
        line=tuple(many[0]["rates_e10"]) if key == "funding" else (),
    )


def _figures(found: Document) -> Iterator[Fact]:
    """The figures that a label is known for; of candles, with their length."""
    length = f" · {_length(found['interval_ms'])}" if "interval_ms" in found else ""
    for name, (label, unit) in _LABELS.items():
        if name in found:
            yield Fact(f"{label}{length}", unit, found[name])


def _funding(found: Document) -> Iterator[Fact]:
    rates = found["rates_e10"]
    yield Fact("Newest hour", RATE, rates[-1])
    yield Fact("Hours", COUNT, len(rates))
    yield Fact("Highest", RATE, max(rates))
    yield Fact("Lowest", RATE, min(rates))


def _book(found: Document) -> Iterator[Fact]:
    for side, label in (("bids", "Best bid"), ("asks", "Best ask")):
        if found[side]:
            yield Fact(label, PRICE, found[side][0][0])
    yield Fact("Levels", COUNT, len(found["bids"]) + len(found["asks"]))
    yield Fact("Stored as", NAME, found["reference"])


def _prediction(found: Document) -> Iterator[Fact]:
    """A question of strangers, and what its first outcome costs."""
    if found["outcomes"] and found["prices_e6"]:
        yield Fact(f"{found['question']} ({found['outcomes'][0]})", "chance_e6", found["prices_e6"][0])
    else:
        yield Fact(found["question"], TEXT, found["status"])


def _capital(found: Document) -> Iterator[Fact]:
    yield Fact(f"{found['subject']}: {found['metric'].replace('_', ' ')}", DOLLARS, found["value_micros"])


_READERS = {"funding": _funding, "order_book": _book, "predictions": _prediction, "capital": _capital}


def _books(truth: Document) -> Section:
    facts = [
        Fact("Taker fee", RATE, truth["taker_fee_rate_e10"]),
        Fact("Maker fee", RATE, truth["maker_fee_rate_e10"]),
        Fact("Fees paid", DOLLARS, truth["fees_paid_micros"]),
        Fact("Funding paid", DOLLARS, truth["funding_paid_micros"]),
        Fact("Realised", DOLLARS, truth["realized_micros"]),
        Fact("Unrealised", DOLLARS, truth["unrealized_micros"]),
        Fact("Margin in use", DOLLARS, truth["margin_used_micros"]),
        Fact("Free margin", DOLLARS, truth["free_margin_micros"]),
        Fact("Maintenance margin", DOLLARS, truth["maintenance_micros"]),
    ]
    for held in truth["positions"]:
        facts.append(Fact(f"{held['symbol']} entry", PRICE, held["entry_price_micros"]))
        facts.append(Fact(f"{held['symbol']} liquidation", PRICE, held["liquidation_price_micros"]))
        if "own_funding_micros" in held:
            facts.append(Fact(f"{held['symbol']} funding since opened", DOLLARS, held["own_funding_micros"]))
    for each in truth["exits"]:
        is_timed = not each["price_micros"]
        label = f"{each['symbol']} {_EXITS.get(each['kind'], each['kind']).lower()}"
        facts.append(
            Fact(label, MOMENT if is_timed else PRICE, each["expires_at_ms" if is_timed else "price_micros"])
        )
    facts.append(Fact("Fills shown", COUNT, len(truth["fills"])))
    return Section("truth", "Its books", tuple(facts))


def _limits(limits: Document) -> Section:
    return Section(
        "limits",
        "The limits it was told",
        (
            Fact("Leverage, at most", TIMES, limits["max_leverage"]),
            Fact("Smallest order", DOLLARS, limits["min_notional_micros"]),
            Fact("One position, at most", DOLLARS, limits["max_position_micros"]),
            Fact("Exposure, at most", DOLLARS, limits["max_exposure_micros"]),
            Fact("Actions in the window, at most", COUNT, limits["max_actions_per_window"]),
            Fact("Rest between actions", SPAN, limits["cooldown_ms"]),
        ),
    )


def _left_out(missing: Iterable[Document], shed: Iterable[str]) -> Section:
    told = [f"{STREAMS.get(one['stream'], one['stream'])}: {one['reason']}" for one in missing]
    told += [f"left out for want of room: {name}" for name in shed]
    return Section("missing", "What was not there", (), told=tuple(told))


def _length(interval_ms: int) -> str:
    minutes = interval_ms // 60_000
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
