"""Reads of the kill switches: what they leave possible now."""

from collections.abc import Iterable

from django.db.models import Q

from apps.core.tables import Table, ask
from apps.exchange.types import TradingMode
from apps.trading.models import TradingHalt
from apps.trading.types import HaltScope

_HALTS = Table(TradingHalt)
_STRICTNESS = (TradingMode.ACTIVE, TradingMode.REDUCING, TradingMode.HALTED)


def list_halts(symbols: Iterable[str]) -> list[TradingHalt]:
    """The kill switches that stand over everything or over one of these assets, in the order of their setting."""
    covered = Q(scope=HaltScope.EVERYTHING) | Q(symbol__in=list(symbols))
    return list(TradingHalt.objects.filter(covered, lifted_at__isnull=True).order_by("id"))


def find_halt_over_all() -> TradingHalt | None:
    """The kill switch that stands over everything, or None."""
    return TradingHalt.objects.filter(scope=HaltScope.EVERYTHING, lifted_at__isnull=True).first()


def strictest(modes: Iterable[TradingMode]) -> TradingMode:
    """The mode that leaves least; active of none."""
    return max(modes, key=_STRICTNESS.index, default=TradingMode.ACTIVE)


def effective_modes(symbols: Iterable[str]) -> dict[str, TradingMode]:
    """For each symbol the strictest mode of the kill switches that stand over it, or over everything."""
    everything, by_symbol = TradingMode.ACTIVE, dict.fromkeys(symbols, TradingMode.ACTIVE)
    if not by_symbol:
        return {}
    for scope, symbol, word in ask(
        f"SELECT scope, symbol, mode FROM {_HALTS.name} WHERE lifted_at IS NULL", []
    ):
        mode = TradingMode(word)
        if scope == HaltScope.EVERYTHING:
            everything = strictest((everything, mode))
        elif symbol in by_symbol:
            by_symbol[symbol] = strictest((by_symbol[symbol], mode))
    return {symbol: strictest((everything, mode)) for symbol, mode in by_symbol.items()}
