"""Builds the context packet of one decision from market memory: only what was closed and knowable."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from apps.clones.graph.types import CompiledPrompt
from apps.decisions.engine.document import seal
from apps.decisions.engine.types import (
    AccountFact,
    CloseFact,
    ContextPacket,
    LimitFact,
    PositionFact,
    PromptFact,
    QuoteFact,
)
from apps.decisions.types import RunCode
from apps.exchange.rounding import notional
from apps.exchange.types import AccountState, Instrument, Policy, Quote
from apps.market import queries as market
from apps.market.types import CandleValue

CLOSES_COUNT = 20
MAX_CANDLES = 120
INTERVALS_MS = (60_000, 300_000, 900_000, 3_600_000)
STALE_AFTER_INTERVALS = 3
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ContextRefused(Exception):
    """There is nothing sound to decide on; the slot is skipped with this code and nobody is asked."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def to_ms(moment: datetime) -> int:
    """Milliseconds of the epoch."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_ms(moment_ms: int) -> datetime:
    """The aware UTC moment of epoch milliseconds."""
    return EPOCH + timedelta(milliseconds=moment_ms)


def _intervals(cadence_ms: int) -> list[int]:
    """Candle lengths worth asking for: the cadence's own, then shorter, then longer ones."""
    fitting = [length for length in reversed(INTERVALS_MS) if length <= cadence_ms]
    return fitting + [length for length in INTERVALS_MS if length > cadence_ms]


def _candles(symbol: str, *, cadence_ms: int, now: datetime) -> list[CandleValue]:
    """The newest closed and knowable candles of the first length that has any; raises ContextRefused."""
    for length in _intervals(cadence_ms):
        limit = min(MAX_CANDLES, CLOSES_COUNT * max(1, cadence_ms // length))
        found = market.closed_candles(symbol, interval_ms=length, at=now, limit=limit)
        if found:
            return found
    raise ContextRefused(RunCode.CONTEXT_MISSING, f"no closed candle of {symbol} is known yet")


def _position_facts(
    account: AccountState, quotes: Mapping[str, Quote], instruments: Mapping[str, Instrument]
) -> tuple[tuple[PositionFact, ...], int]:
    """The positions valued at their marks, and the profit they hold; at cost where no mark is known."""
    facts = []
    profit = 0
    for held in account.positions:
        value = held.cost_micros
        if held.symbol in quotes and held.symbol in instruments:
            decimals = instruments[held.symbol].size_decimals
            value = notional(quotes[held.symbol].mark_micros, held.size_lots, decimals)
        profit += value - held.cost_micros
        facts.append(PositionFact(held.symbol, held.size_lots, held.cost_micros, held.leverage, abs(value)))
    return tuple(facts), profit


def _limits(policy: Policy, instrument: Instrument) -> LimitFact:
    return LimitFact(
        max_leverage=max(1, min(policy.max_leverage, instrument.max_leverage)),
        min_notional_micros=policy.min_notional_micros,
        max_position_micros=policy.max_position_micros,
        max_exposure_micros=policy.max_exposure_micros,
        max_actions_per_window=policy.max_actions_per_window,
        cooldown_ms=policy.cooldown_ms,
    )


def _quote_fact(symbol: str, quote: Quote | None, *, now_ms: int, longest_age_ms: int) -> QuoteFact:
    """The price to decide on; raises ContextRefused when there is none or it is too old."""
    if quote is None:
        raise ContextRefused(RunCode.CONTEXT_MISSING, f"no price of {symbol} is known yet")
    age_ms = now_ms - quote.at_ms
    if not 0 <= age_ms <= longest_age_ms:
        raise ContextRefused(RunCode.CONTEXT_STALE, f"the price of {symbol} is {age_ms} ms old")
    return QuoteFact(
        mark_micros=quote.mark_micros,
        oracle_micros=quote.oracle_micros,
        mid_micros=quote.mid_micros,
        funding_rate_e10=quote.funding_rate_e10,
        at_ms=quote.at_ms,
        knowable_at_ms=quote.at_ms,
        reference=quote.reference,
    )


def build_context(
    *,
    prompt: CompiledPrompt,
    symbol: str,
    slot_at: datetime,
    account: AccountState,
    policy: Policy | None,
    now: datetime,
) -> ContextPacket:
    """The sealed packet of one decision at `now`; raises ContextRefused when sound data is missing."""
    now_ms, cadence_ms = to_ms(now), prompt.cadence_minutes * 60_000
    rules = policy or Policy()
    candles = _candles(symbol, cadence_ms=cadence_ms, now=now)
    interval_ms = candles[-1].interval_ms
    symbols = sorted({symbol, *(held.symbol for held in account.positions)})
    quotes = market.latest_quotes(symbols, at=now)
    instruments = market.instruments(symbols)
    if symbol not in instruments:
        raise ContextRefused(RunCode.CONTEXT_MISSING, f"{symbol} is not a known asset")
    oldest = max(rules.max_price_age_ms, STALE_AFTER_INTERVALS * interval_ms)
    positions, profit = _position_facts(account, quotes, instruments)
    return seal(
        ContextPacket(
            symbol=symbol,
            slot_at_ms=to_ms(slot_at),
            now_ms=now_ms,
            interval_ms=interval_ms,
            prompt=PromptFact(prompt.key, prompt.strategy, prompt.behaviour, cadence_ms),
            closes=tuple(
                CloseFact(to_ms(candle.close_at), candle.close_micros, to_ms(candle.knowable_at))
                for candle in candles
            ),
            quote=_quote_fact(symbol, quotes.get(symbol), now_ms=now_ms, longest_age_ms=oldest),
            account=AccountFact(
                status=account.status,
                cash_micros=account.cash_micros,
                equity_micros=account.cash_micros + profit,
                positions=positions,
                actions_in_window=account.actions_in_window,
                last_action_at_ms=account.last_action_at_ms,
            ),
            limits=_limits(rules, instruments[symbol]),
        )
    )
