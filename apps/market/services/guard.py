"""The price guard: a missing, absurd, frozen or jumping price is not accepted, and the reason is kept."""

from collections.abc import Callable, Iterable
from datetime import datetime

from apps.market.models import Asset, PriceRejection
from apps.market.types import PricedTick, PriceFault, QuoteTick

JUMP_BPS = 5_000
"""A price this far from the last good one, or farther, waits until a second tick or a second source agrees."""
AGREE_BPS = 1_000
"""The second tick, or the second source, agrees when it is nearer than this."""

Witness = Callable[[Asset, datetime], Iterable[int]]
"""What other channels of the source say that an asset costs at a moment, in micro-dollars."""


def fault_of(tick: QuoteTick | None, *, last_good: int | None) -> PriceFault | None:
    """Return why a tick is not accepted at once, None when it is."""
    if tick is not None and tick.fault:
        return PriceFault(tick.fault)
    priced = _priced(tick)
    if priced is None:
        return PriceFault.MISSING
    mark = priced.mark_micros
    if min(mark, priced.oracle_micros, priced.mid_micros) <= 0:
        return PriceFault.NOT_POSITIVE
    if _contradicts_itself(priced) or (last_good is not None and is_far(mark, last_good, JUMP_BPS)):
        return PriceFault.JUMP
    return None


def is_far(price: int, anchor: int, bps: int) -> bool:
    """Whether the price is `bps` of the anchor away from it, or farther."""
    return abs(price - anchor) * 10_000 >= anchor * bps


def _contradicts_itself(priced: PricedTick) -> bool:
    return any(
        is_far(price, priced.mark_micros, JUMP_BPS) for price in (priced.mid_micros, priced.oracle_micros)
    )


def _priced(tick: QuoteTick | None) -> PricedTick | None:
    if tick is None or tick.mark_micros is None or tick.oracle_micros is None or tick.mid_micros is None:
        return None
    return PricedTick(tick.mark_micros, tick.oracle_micros, tick.mid_micros, tick.funding_rate_e10)


class Guard:
    """Judges the ticks of one ingestion cycle in order of time, then stores what it refused.

    A refusal stands from its own moment until a price is accepted or another refusal takes its place, so that
    "what stood at a moment" can always be asked. At most one stands per asset.
    """

    def __init__(
        self, assets: Iterable[Asset], last_good: dict[str, int], *, witness: Witness | None = None
    ) -> None:
        """Load the open refusals of the assets; `last_good` is the last accepted mark by symbol."""
        self._assets = {asset.symbol: asset for asset in assets}
        self._last_good = dict(last_good)
        self._witness = witness
        ids = [asset.pk for asset in self._assets.values()]
        self._standing: dict[int, list[PriceRejection]] = {}
        for row in PriceRejection.objects.filter(asset__in=ids, resolved_at__isnull=True):
            self._standing.setdefault(row.asset_id, []).append(row)
        self._resolved: list[PriceRejection] = []
        self._refusals: list[PriceRejection] = []
        self.refused: dict[str, PriceFault] = {}

    def accept(self, symbol: str, tick: QuoteTick | None, *, at: datetime) -> PricedTick | None:
        """Return the tick's prices when they are sound, which resolves what stood open of the asset."""
        asset, priced = self._assets[symbol], _priced(tick)
        fault = fault_of(tick, last_good=self._last_good.get(symbol))
        if fault is PriceFault.JUMP and priced is not None and self._is_confirmed(asset, priced, at):
            fault = None
        if fault is not None or priced is None:
            self.refuse(symbol, fault or PriceFault.MISSING, at=at, micros=tick.mark_micros if tick else None)
            return None
        self._last_good[symbol] = priced.mark_micros
        self.refused.pop(symbol, None)
        self._resolve(asset, at)
        return priced

    def refuse(self, symbol: str, fault: PriceFault, *, at: datetime, micros: int | None) -> None:
        """Let a refusal stand from `at` on; one of the same kind goes on standing, a jump to another price replaces it."""
        asset = self._assets[symbol]
        self.refused[symbol] = fault
        standing = self._standing.get(asset.pk, [])
        is_same = fault is not PriceFault.JUMP or any(row.rejected_micros == micros for row in standing)
        if is_same and any(row.reason == fault for row in standing):
            return
        self._resolve(asset, at)
        row = PriceRejection(
            asset=asset,
            at=at,
            reason=fault.value,
            rejected_micros=micros,
            last_good_micros=self._last_good.get(symbol),
            source=asset.source,
        )
        self._standing[asset.pk] = [row]
        self._refusals.append(row)

    def _is_confirmed(self, asset: Asset, priced: PricedTick, at: datetime) -> bool:
        """Whether the tick before, or another channel, says the same price; never for a tick at odds with itself."""
        if _contradicts_itself(priced):
            return False
        mark = priced.mark_micros
        for row in self._standing.get(asset.pk, []):
            suspect = row.rejected_micros if row.reason == PriceFault.JUMP and row.at < at else None
            if suspect and not is_far(mark, suspect, AGREE_BPS):
                return True
        seen = self._witness(asset, at) if self._witness else ()
        if any(not is_far(mark, price, AGREE_BPS) for price in seen):
            self.refuse(asset.symbol, PriceFault.JUMP, at=at, micros=mark)
            return True
        return False

    def _resolve(self, asset: Asset, at: datetime) -> None:
        for row in self._standing.pop(asset.pk, []):
            row.resolved_at = at
            if row.pk is not None:
                self._resolved.append(row)

    def store(self) -> None:
        """Write what was resolved, then what was refused; another worker that was first with either is no fault."""
        for row in self._resolved:
            PriceRejection.objects.filter(pk=row.pk, resolved_at__isnull=True).update(
                resolved_at=row.resolved_at
            )
        PriceRejection.objects.bulk_create(self._refusals, ignore_conflicts=True)
