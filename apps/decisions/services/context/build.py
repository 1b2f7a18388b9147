"""Builds the context packet of one decision from market memory: only what was closed and knowable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from apps.clones.graph.types import CompiledPrompt
from apps.core.moments import to_ms
from apps.decisions.engine.document import seal, seal_section, section_of
from apps.decisions.engine.presets import preset_for
from apps.decisions.engine.shedding import TooLarge, seal_within
from apps.decisions.engine.types import (
    AccountFact,
    CloseFact,
    ContextPacket,
    LimitFact,
    PositionFact,
    PromptFact,
    QuoteFact,
)
from apps.decisions.services.context.reading import Reading
from apps.decisions.services.context.refusal import ContextRefused
from apps.decisions.services.context.streams import gather_streams
from apps.decisions.types import RunCode
from apps.exchange.rounding import notional
from apps.exchange.types import AccountState, Instrument, Policy, Quote
from apps.market.queries import MarketBoard
from apps.market.types import Close

CLOSES_COUNT = 20
MAX_CANDLES = 120
INTERVALS_MS = (60_000, 300_000, 900_000, 3_600_000)
STALE_AFTER_INTERVALS = 3


def _intervals(cadence_ms: int) -> list[int]:
    """Candle lengths worth asking for: the cadence's own, then shorter, then longer ones."""
    fitting = [length for length in reversed(INTERVALS_MS) if length <= cadence_ms]
    return fitting + [length for length in INTERVALS_MS if length > cadence_ms]


def _limit(cadence_ms: int, length: int) -> int:
    """How many candles of a length are worth reading."""
    return min(MAX_CANDLES, CLOSES_COUNT * max(1, cadence_ms // length))


def warm(board: MarketBoard, account: AccountState, asked: Iterable[tuple[int, str]]) -> None:
    """Read what the contexts of many (cadence in minutes, symbol) have in common, all at once."""
    by_cadence: dict[int, set[str]] = {}
    for minutes, symbol in asked:
        by_cadence.setdefault(minutes * 60_000, set()).add(symbol)
    symbols = {held.symbol for held in account.positions}.union(*by_cadence.values())
    board.quotes(symbols)
    board.instruments(symbols)
    for cadence_ms, wanted in by_cadence.items():
        length = _intervals(cadence_ms)[0]
        board.closes(wanted, interval_ms=length, limit=_limit(cadence_ms, length))


def _closes(symbol: str, *, cadence_ms: int, board: MarketBoard) -> tuple[int, tuple[CloseFact, ...]]:
    """The first candle length that has any closed and knowable candle, and its newest closes; raises
    ContextRefused.
    """
    for length in _intervals(cadence_ms):
        limit = _limit(cadence_ms, length)
        found = board.closes([symbol], interval_ms=length, limit=limit)
        if found:
            return length, _close_facts(symbol, found[symbol], (length, limit), board)
    raise ContextRefused(RunCode.CONTEXT_MISSING, f"no closed candle of {symbol} is known yet")


def _close_facts(
    symbol: str, closes: Sequence[Close], asked: tuple[int, int], board: MarketBoard
) -> tuple[CloseFact, ...]:
    return board.once(
        ("close facts", symbol, asked),
        lambda: tuple(
            CloseFact(to_ms(close.close_at), close.close_micros, to_ms(close.knowable_at)) for close in closes
        ),
    )


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


def _refuse_held_back(quotes: Mapping[str, Quote]) -> None:
    """Decide nothing while a newer price of any of these assets is held back: equity would count on the old one."""
    for symbol, quote in quotes.items():
        if quote.fault:
            raise ContextRefused(quote.fault, f"a newer price of {symbol} is held back")


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
    board: MarketBoard,
    reading: Reading | None = None,
) -> ContextPacket:
    """The sealed packet of one decision at the board's moment; raises ContextRefused when sound data is missing.

    `reading` is given for an engine that reads streams.
    """
    now_ms, cadence_ms = board.at_ms, prompt.cadence_minutes * 60_000
    rules = policy or Policy()
    interval_ms, closes = _closes(symbol, cadence_ms=cadence_ms, board=board)
    symbols = sorted({symbol, *(held.symbol for held in account.positions)})
    quotes = board.quotes(symbols)
    instruments = board.instruments(symbols)
    if symbol not in instruments:
        raise ContextRefused(RunCode.CONTEXT_MISSING, f"{symbol} is not a known asset")
    oldest = max(rules.max_price_age_ms, STALE_AFTER_INTERVALS * interval_ms)
    _refuse_held_back(quotes)
    packet = ContextPacket(
        symbol=symbol,
        slot_at_ms=to_ms(slot_at),
        now_ms=now_ms,
        interval_ms=interval_ms,
        prompt=PromptFact(prompt.key, prompt.strategy, prompt.behaviour, cadence_ms),
        closes=closes,
        quote=_quote_fact(symbol, quotes.get(symbol), now_ms=now_ms, longest_age_ms=oldest),
        account=_account_fact(account, quotes, instruments),
        limits=_limits(rules, instruments[symbol]),
    )
    return seal(packet) if reading is None else _with_streams(packet, reading, board)


def _account_fact(
    account: AccountState, quotes: Mapping[str, Quote], instruments: Mapping[str, Instrument]
) -> AccountFact:
    positions, profit = _position_facts(account, quotes, instruments)
    return AccountFact(
        status=account.status,
        cash_micros=account.cash_micros,
        equity_micros=account.cash_micros + profit,
        positions=positions,
        actions_in_window=account.actions_in_window,
        last_action_at_ms=account.last_action_at_ms,
    )


def _with_streams(packet: ContextPacket, reading: Reading, board: MarketBoard) -> ContextPacket:
    """The packet of an engine that reads streams, within its budget; what is of the market is made once a board."""
    preset = preset_for(reading.strength)
    streams = gather_streams(packet.symbol, reading.uses, preset=preset, board=board)
    whole = replace(
        packet,
        streams=streams,
        truth=None if reading.truth is None else reading.truth(),
        strength=reading.strength,
        depth=preset.depth,
    )
    key = ("market section", packet.symbol, packet.prompt.cadence_ms, reading.uses, preset.depth)
    market = board.once(key, lambda: seal_section(section_of(whole, "market")))
    try:
        return seal_within(whole, tokens=preset.budget_tokens, market=market)
    except TooLarge as refused:
        raise ContextRefused(RunCode.CONTEXT_TOO_LARGE, str(refused)) from None
