"""The price guard: a missing, absurd or jumping price is not accepted, and the reason is kept."""

from collections.abc import Iterable
from datetime import datetime

from apps.market.models import Asset, PriceRejection
from apps.market.types import PricedTick, PriceFault, QuoteTick

JUMP_BPS = 5_000
"""A price this far from the last good one waits until a second tick agrees."""
AGREE_BPS = 1_000
"""The second tick agrees within this distance of the first."""


def fault_of(tick: QuoteTick | None, *, last_good: int | None, suspect: int | None) -> PriceFault | None:
    """Return why a tick is not accepted, None when it is; `suspect` is the jump waiting for agreement."""
    priced = _priced(tick)
    if priced is None:
        return PriceFault.MISSING
    mark = priced.mark_micros
    if min(mark, priced.oracle_micros, priced.mid_micros) <= 0:
        return PriceFault.NOT_POSITIVE
    if any(_far(price, mark, JUMP_BPS) for price in (priced.mid_micros, priced.oracle_micros)):
        return PriceFault.JUMP
    if last_good is None or not _far(mark, last_good, JUMP_BPS):
        return None
    if suspect is not None and not _far(mark, suspect, AGREE_BPS):
        return None
    return PriceFault.JUMP


def _priced(tick: QuoteTick | None) -> PricedTick | None:
    if tick is None or tick.mark_micros is None or tick.oracle_micros is None or tick.mid_micros is None:
        return None
    return PricedTick(tick.mark_micros, tick.oracle_micros, tick.mid_micros, tick.funding_rate_e10)


def _far(price: int, anchor: int, bps: int) -> bool:
    return abs(price - anchor) * 10_000 > anchor * bps


class Guard:
    """Judges the ticks of one ingestion cycle in order of time, then stores what it refused."""

    def __init__(self, assets: Iterable[Asset], last_good: dict[str, int]) -> None:
        """Load the open rejections of the assets; `last_good` is the last accepted mark by symbol."""
        self._assets = {asset.symbol: asset for asset in assets}
        self._last_good = dict(last_good)
        ids = [asset.pk for asset in self._assets.values()]
        self._open = {
            (row.asset_id, PriceFault(row.reason)): row
            for row in PriceRejection.objects.filter(asset__in=ids, resolved_at__isnull=True)
        }
        self._touched: dict[tuple[int, PriceFault], PriceRejection] = {}
        self.refused: dict[str, PriceFault] = {}

    def accept(self, symbol: str, tick: QuoteTick | None, *, at: datetime) -> PricedTick | None:
        """Return the tick's prices when they are sound, which resolves what stood open of the asset."""
        asset = self._assets[symbol]
        waiting = self._open.get((asset.pk, PriceFault.JUMP))
        suspect = waiting.rejected_micros if waiting is not None and waiting.at < at else None
        fault = fault_of(tick, last_good=self._last_good.get(symbol), suspect=suspect)
        if fault is not None:
            self._refuse(asset, fault, tick, at)
            return None
        priced = _priced(tick)
        if priced is not None:
            self._last_good[symbol] = priced.mark_micros
            self.refused.pop(symbol, None)
            self._resolve(asset, at)
        return priced

    def _refuse(self, asset: Asset, fault: PriceFault, tick: QuoteTick | None, at: datetime) -> None:
        self.refused[asset.symbol] = fault
        key = (asset.pk, fault)
        row = self._open.get(key)
        if row is not None and fault is not PriceFault.JUMP:
            return
        if row is None:
            row = PriceRejection(asset=asset, reason=fault, source=asset.source)
            self._open[key] = row
        row.at = at
        row.rejected_micros = tick.mark_micros if tick is not None else None
        row.last_good_micros = self._last_good.get(asset.symbol)
        self._touched[key] = row

    def _resolve(self, asset: Asset, at: datetime) -> None:
        for fault in PriceFault:
            row = self._open.pop((asset.pk, fault), None)
            if row is not None:
                row.resolved_at = at
                row.save()
                self._touched.pop((asset.pk, fault), None)

    def store(self) -> None:
        """Write new and changed rejections."""
        for row in self._touched.values():
            row.save()
