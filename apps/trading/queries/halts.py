"""Reads of the kill switches: what they leave possible now."""

from collections.abc import Iterable

from apps.exchange.types import TradingMode
from apps.trading.models import TradingHalt
from apps.trading.types import HaltScope

_STRICTNESS = (TradingMode.ACTIVE, TradingMode.REDUCING, TradingMode.HALTED)


def effective_modes(symbols: Iterable[str]) -> dict[str, TradingMode]:
    """For each symbol the strictest mode of the kill switches that stand over it, or over everything."""
    everything, by_symbol = TradingMode.ACTIVE, dict.fromkeys(symbols, TradingMode.ACTIVE)
    standing = TradingHalt.objects.filter(lifted_at__isnull=True).order_by()
    for scope, symbol, word in standing.values_list("scope", "symbol", "mode"):
        mode = TradingMode(word)
        if scope == HaltScope.EVERYTHING:
            everything = _stricter(everything, mode)
        elif symbol in by_symbol:
            by_symbol[symbol] = _stricter(by_symbol[symbol], mode)
    return {symbol: _stricter(everything, mode) for symbol, mode in by_symbol.items()}


def _stricter(one: TradingMode, other: TradingMode) -> TradingMode:
    return max(one, other, key=_STRICTNESS.index)
