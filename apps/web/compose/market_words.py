"""How the market's figures read in plain words: freshness, faults, what a number means."""

from datetime import datetime, timedelta
from typing import Any

from apps.market.types import AssetHealth, Indicators, Liquidity, Positioning, Volatility
from apps.web import formats

FAULTS = {
    "PRICE_MISSING": "The source sends no price",
    "PRICE_NOT_POSITIVE": "A price of zero or less was refused",
    "PRICE_NOT_A_NUMBER": "What came was no number",
    "PRICE_STALE": "The price is older than it may be",
    "PRICE_JUMP": "A jump waits for a second tick that agrees",
}
SOURCE_FAULTS = {
    "NETWORK": "does not answer",
    "RATE_LIMITED": "asked us to slow down",
    "SERVER_ERROR": "has trouble of its own",
    "REFUSED": "refused the request",
    "PAYLOAD_INVALID": "sent what cannot be read",
    "SCHEMA_DRIFT": "sent another form than agreed",
    "BREAKER_OPEN": "is left in peace for a while after failures",
    "BUDGET_SPENT": "waits: our share of requests is spent",
    "LEASE_HELD": "is read by another worker",
    "STORAGE_FULL": "could not be stored: no room",
    "STORAGE_BUSY": "could not be stored in time",
    "INTERNAL": "met a defect on our side",
}


def freshness(health: AssetHealth) -> dict[str, str]:
    """The dot beside a price: its tone, its age, and the fault that holds back a newer one."""
    if health.age_ms is None:
        return {"tone": "down", "age": "no price yet", "fault": FAULTS.get(health.fault, "")}
    age = age_text(timedelta(milliseconds=health.age_ms))
    fault = FAULTS.get(health.fault, health.fault and "A newer price is held back")
    return {"tone": "down" if fault else "warn" if health.is_stale else "up", "age": age, "fault": fault}


def age_text(age: timedelta) -> str:
    """How old something is: "just now" below five seconds, else in its largest unit."""
    return "just now" if age < timedelta(seconds=5) else f"{formats.span(age).split(' ')[0]} old"


def since(moment: datetime | None, now: datetime) -> str:
    """How long ago a moment of the market was, in its largest unit; empty for none."""
    return "" if moment is None else age_text(max(now - moment, timedelta(0)))


def funding(rate_e10: int | None) -> str:
    """Who pays whom."""
    if rate_e10 is None:
        return "not known"
    if rate_e10 == 0:
        return "nobody pays"
    return "longs pay shorts" if rate_e10 > 0 else "shorts pay longs"


def volatility(found: Volatility, *, interval: str) -> list[dict[str, Any]]:
    """How much the price moves, against what is usual for it."""
    short, long = found.realised_20_e6, found.realised_100_e6
    mood = ""
    if short is not None and long:
        mood = (
            "livelier than lately"
            if short * 4 > long * 5
            else "calmer than lately"
            if short * 5 < long * 4
            else "as lately"
        )
    atr = found.atr_14_nanos
    return [
        figure(f"Move per {interval} candle", None if short is None else formats.share_e6(short), mood),
        figure(
            "In a year at this pace",
            None
            if found.annualised_20_bps is None
            else formats.percent(found.annualised_20_bps, signed=False),
            "realised, 20 candles",
        ),
        figure("True range", None if atr is None else formats.price(atr // 1_000), "average of 14 candles"),
    ]


def indicators(found: Indicators) -> list[dict[str, Any]]:
    """Where the price stands by the usual indicators."""
    rsi = found.rsi_14_e6
    mood = ""
    if rsi is not None:
        mood = "overbought" if rsi >= 70_000_000 else "oversold" if rsi <= 30_000_000 else "neither extreme"
    histogram = found.macd_histogram_nanos
    momentum = "" if histogram is None else "above its signal" if histogram > 0 else "below its signal"
    macd = found.macd_nanos
    return [
        figure("RSI 14", None if rsi is None else f"{rsi // 1_000_000}.{rsi % 1_000_000 // 100_000}", mood),
        figure("MACD", None if macd is None else formats.small_dollars(macd // 1_000), momentum),
        figure(
            "EMA 20",
            None if found.ema_20_micros is None else formats.price(found.ema_20_micros),
            "exponential average",
        ),
    ]


def positioning(found: Positioning | None) -> list[dict[str, Any]]:
    """How traders are positioned and what holding costs."""
    if found is None:
        return []
    day = found.open_interest_24h_bps
    deviations = found.funding_z_e4
    unusual = "" if deviations is None else "unusual for the week" if abs(deviations) > 20_000 else "usual"
    return [
        figure(
            "Open interest, 24 h",
            None if day is None else formats.percent(day),
            "" if day is None else "positions were opened" if day > 0 else "positions were closed",
        ),
        figure(
            "Funding, mean of 24 h",
            None if found.funding_24h_e10 is None else formats.rate(found.funding_24h_e10),
            funding(found.funding_24h_e10),
        ),
        figure(
            "Funding now", None if found.funding_e10 is None else formats.rate(found.funding_e10), unusual
        ),
        figure(
            "Premium to the oracle",
            None if found.premium_e10 is None else formats.rate(found.premium_e10),
            "the mark against the spot price",
        ),
        figure(
            "Turnover",
            None if found.turnover_bps is None else f"{found.turnover_bps / 10_000:.2f}×",
            "day's volume by open interest",
        ),
    ]


def liquidity(found: Liquidity) -> list[dict[str, Any]]:
    """Spread and balance of the book."""
    spread = found.spread_e6
    width = "tight" if spread <= 150 else "ordinary" if spread <= 600 else "wide"
    balance = found.imbalance_bps
    lean = "balanced"
    if balance is not None and abs(balance) > 1_500:
        lean = "more bids than asks" if balance > 0 else "more asks than bids"
    return [
        figure("Spread", formats.share_e6(spread), width),
        figure("Imbalance", None if balance is None else formats.percent(balance), lean),
    ]


def figure(label: str, value: str | None, note: str = "") -> dict[str, Any]:
    """One figure with its words; a dash where it is not known."""
    return {"label": label, "value": value or "–", "note": note if value else "not enough data yet"}
