"""How much to ask for: a share of equity times leverage, kept inside every bound the packet names."""

from __future__ import annotations

from dataclasses import dataclass

from apps.decisions.engine.types import ContextPacket

BPS = 10_000
LEVERAGE = 3
SHARES_BPS = {"cautious": 500, "balanced": 1_000, "bold": 2_000}
MARGIN_USE_BPS = 9_000
DEFAULT_EXPOSURE_MULTIPLE = 3


@dataclass(frozen=True, slots=True)
class Size:
    """A notional in micro-dollars with its leverage; zero means that nothing fits."""

    notional_micros: int
    leverage: int


def leverage_for(context: ContextPacket) -> int:
    """The house leverage, or less where the asset or the policy allows less."""
    return max(1, min(LEVERAGE, context.limits.max_leverage))


def target(context: ContextPacket) -> Size:
    """The notional one position should have: the behaviour's share of equity times leverage."""
    leverage = leverage_for(context)
    share = SHARES_BPS.get(context.prompt.behaviour.strip().casefold(), SHARES_BPS["balanced"])
    wanted = max(0, context.account.equity_micros) * share * leverage // BPS
    bound = context.limits.max_position_micros
    return Size(min(wanted, bound * 95 // 100) if bound else wanted, leverage)


def opening(context: ContextPacket) -> Size:
    """The target cut down to the free margin and the free exposure that other positions leave."""
    size = target(context)
    others = [held for held in context.account.positions if held.symbol != context.symbol]
    used = sum(held.notional_micros // max(1, held.leverage) for held in others)
    exposed = sum(held.notional_micros for held in others)
    equity = max(0, context.account.equity_micros)
    ceiling = context.limits.max_exposure_micros * 95 // 100 or equity * DEFAULT_EXPOSURE_MULTIPLE
    free_margin = (equity * MARGIN_USE_BPS // BPS - used) * size.leverage
    notional = min(size.notional_micros, ceiling - exposed, free_margin)
    if notional < context.limits.min_notional_micros * 2:
        return Size(0, size.leverage)
    return Size(notional, size.leverage)
