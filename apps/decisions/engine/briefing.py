"""The sections of a prompt that differ from question to question: strategy, limits, account, closing lines.

One fact a line, `Name: value unit`; outside text stands in envelopes alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from apps.decisions.engine.envelope import clean, envelope
from apps.decisions.engine.figures import UNKNOWN, dollars, duration, moment, percent, price
from apps.decisions.engine.secrets import redact
from apps.decisions.engine.truth import AccountTruth, ExitTruth, PositionTruth
from apps.decisions.engine.types import ContextPacket, LimitFact, PositionFact

MAX_OWNER_CHARACTERS = 4_000
OWNER = "owner"
NONE = "none"
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9@:._-]{0,31}", re.ASCII)
_SIDES = {1: "long", -1: "short"}
_HELD = ("asset", "side", "notional USD", "cost USD", "leverage")
_BOOKED = (
    "entry price USD",
    "mark USD",
    "unrealized USD",
    "margin USD",
    "margin mode",
    "maintenance USD",
    "liquidation price USD",
)
_FUNDED = ("funding paid in this asset so far USD", "funding paid since the position was opened USD")
_FUNDED_BEFORE = ("funding paid USD",)
"""How packets from before a position's own funding was told are worded: byte for byte as then."""


def outside(source: str, name: str, text: str) -> str:
    """A stranger's text in its envelope; what looks like a secret is taken out, so that no name stops a decision."""
    return envelope(source, name, redact(clean(text)))


def asset(symbol: str) -> str:
    """A symbol as it is where it has the form of one, else as the outside text that it then is."""
    return symbol if _SYMBOL.fullmatch(symbol) else outside("venue", "asset", symbol)


def strategy_lines(packet: ContextPacket) -> Iterator[str]:
    """The owner's words and what the owner chose, the same for every question of one prompt."""
    prompt = packet.prompt
    words = clean(prompt.behaviour, limit=MAX_OWNER_CHARACTERS, keep_lines=True)
    yield "# The owner's strategy"
    if prompt.strategy:
        yield f"Style: {prompt.strategy.replace('_', ' ')} (where the owner's words say otherwise, they hold)"
    yield f"Asked every: {duration(prompt.cadence_ms)}"
    yield envelope(OWNER, "strategy", words) if words else "The owner wrote no words."


def limit_lines(packet: ContextPacket) -> Iterator[str]:
    """The bounds of the gates."""
    limits: LimitFact = packet.limits
    yield f"# Limits of {asset(packet.symbol)}"
    yield f"Highest leverage: {limits.max_leverage}"
    yield f"Smallest order: {dollars(limits.min_notional_micros)}"
    yield f"Largest position in one asset: {_bound(limits.max_position_micros)}"
    yield f"Largest exposure of all positions: {_bound(limits.max_exposure_micros)}"
    yield f"Actions in a window: {limits.max_actions_per_window or NONE}"
    yield f"Pause between actions: {duration(limits.cooldown_ms) if limits.cooldown_ms else NONE}"


def _bound(micros: int) -> str:
    return dollars(micros) if micros else NONE


def account_lines(packet: ContextPacket) -> Iterator[str]:
    """The account as its books have it; figures alone."""
    account = packet.account
    yield "# Account"
    yield f"Status: {account.status}"
    yield f"Equity: {dollars(account.equity_micros)}"
    yield f"Cash: {dollars(account.cash_micros)}"
    if packet.truth is not None:
        yield from _money_lines(packet.truth)
    yield f"Actions used in this window: {account.actions_in_window}"
    last = account.last_action_at_ms
    yield f"Last action: {NONE if last is None else f'{moment(last)} ({duration(packet.now_ms - last)} ago)'}"
    truth = packet.truth
    if truth is None:
        yield from _table("Open positions", _HELD, map(_held, account.positions))
        return
    truths = {held.symbol: held for held in truth.positions}
    funded = (
        _FUNDED if any(held.own_funding_micros is not None for held in truth.positions) else _FUNDED_BEFORE
    )
    rows = ((*_held(held), *_booked(truths.get(held.symbol), len(funded))) for held in account.positions)
    yield from _table("Open positions", (*_HELD, *_BOOKED, *funded), rows)
    yield from _record_lines(truth)


def _money_lines(truth: AccountTruth) -> Iterator[str]:
    yield f"Margin in use: {dollars(truth.margin_used_micros)}"
    yield f"Free margin: {dollars(truth.free_margin_micros)}"
    yield f"Maintenance margin: {dollars(truth.maintenance_micros)}"
    yield f"Unrealized profit: {dollars(truth.unrealized_micros)}"
    yield f"Realized profit: {dollars(truth.realized_micros)}"
    yield f"Fees paid: {dollars(truth.fees_paid_micros)}"
    yield f"Funding paid (below zero: received): {dollars(truth.funding_paid_micros)}"
    yield f"Taker fee, of the notional of each fill: {percent(truth.taker_fee_rate_e10, 8)}"
    yield f"Maker fee (no order here is one): {percent(truth.maker_fee_rate_e10, 8)}"


def _held(held: PositionFact) -> tuple[str, ...]:
    side = _SIDES[1 if held.size_lots > 0 else -1]
    worth = price(held.notional_micros), price(abs(held.cost_micros))
    return asset(held.symbol), side, *worth, str(held.leverage)


def _booked(truth: PositionTruth | None, fundings: int) -> tuple[str, ...]:
    """What the books say of a position, with as many of its two fundings as are told."""
    if truth is None:
        return (UNKNOWN,) * (len(_BOOKED) + fundings)
    liquidation = truth.liquidation_price_micros
    return (
        price(truth.entry_price_micros),
        price(truth.mark_micros),
        price(truth.unrealized_micros),
        price(truth.margin_micros),
        "isolated" if truth.is_isolated else "cross",
        price(truth.maintenance_micros),
        NONE if liquidation is None else price(liquidation),
        *(price(paid) for paid in (truth.funding_paid_micros, truth.own_funding_micros)[:fundings]),
    )


def _record_lines(truth: AccountTruth) -> Iterator[str]:
    yield from _table(
        "Standing exits",
        ("asset", "kind", "of a", "level", "set at"),
        (
            (asset(one.symbol), one.kind, _SIDES[one.side], _level(one), moment(one.set_at_ms))
            for one in truth.exits
        ),
    )
    yield from _table(
        "Last fills, oldest first",
        ("at", "asset", "did", "price USD", "notional USD", "fee USD", "realized USD", "cause"),
        (
            (
                moment(fill.at_ms),
                asset(fill.symbol),
                "bought" if fill.side > 0 else "sold",
                price(fill.price_micros),
                price(fill.notional_micros),
                price(fill.fee_micros),
                price(fill.realized_micros),
                fill.cause,
            )
            for fill in truth.fills
        ),
    )


def _level(standing: ExitTruth) -> str:
    if standing.trail_bps:
        return f"{percent(standing.trail_bps, 2)} behind {dollars(standing.best_micros)}"
    return moment(standing.expires_at_ms) if standing.expires_at_ms else dollars(standing.price_micros)


def _table(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    lines = [" | ".join(row) for row in rows]
    if not lines:
        yield f"## {title}: {NONE}"
        return
    yield f"## {title}"
    yield " | ".join(heads)
    yield from lines


def closing_lines(packet: ContextPacket, canary: str) -> Iterator[str]:
    """What changes with every question: the moment, what was left out, the echo and the private mark."""
    yield "# Decide"
    yield f"Asset: {asset(packet.symbol)}"
    yield f"Moment: {moment(packet.now_ms)}, for the decision due at {moment(packet.slot_at_ms)}"
    for missing in packet.streams.missing if packet.streams is not None else ():
        yield f"Not here: {missing.stream} ({missing.reason})"
    if packet.shed:
        yield f"Left out for want of room: {', '.join(packet.shed)}"
    yield f"Echo: {packet.echo}"
    yield f"Private mark, never to be written: {canary}"
