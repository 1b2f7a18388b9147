"""The price guard: a missing, absurd or jumping price is not accepted, and the reason is kept."""

from collections.abc import Iterable
from datetime import datetime

from apps.market.models import Asset, PriceRejection
from apps.market.types import PriceFault, QuoteTick

JUMP_BPS = 5_000
"""A price this far from the last good one waits until a second tick agrees."""
AGREE_BPS = 1_000
"""The second tick agrees within this distance of the first."""


def fault_of(tick: QuoteTick | None, *, last_good: int | None, suspect: int | None) -> PriceFault | None:
    """Return why a tick is not accepted, None when it is; `suspect` is the jump waiting for agreement."""
    if tick is None or tick.mark_micros is None or tick.oracle_micros is None or tick.mid_micros is None:
        return PriceFault.MISSING
    if min(tick.mark_micros, tick.oracle_micros, tick.mid_micros) <= 0:
        return PriceFault.NOT_POSITIVE
    if _far(tick.mid_micros, tick.mark_micros, JUMP_BPS) or _far(
        tick.oracle_micros, tick.mark_micros, JUMP_BPS
    ):
        return PriceFault.JUMP
    if last_good is None or not _far(tick.mark_micros, last_good, JUMP_BPS):
        return None
    if suspect is not None and not _far(tick.mark_micros, suspect, AGREE_BPS):
        return None
    return PriceFault.JUMP


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

    def accepts(self, symbol: str, tick: QuoteTick | None, *, at: datetime) -> bool:
        """Judge one tick; an accepted one resolves what stood open of its asset."""
        asset = self._assets[symbol]
        waiting = self._open.get((asset.pk, PriceFault.JUMP))
        suspect = waiting.rejected_micros if waiting is not None and waiting.at < at else None
        fault = fault_of(tick, last_good=self._last_good.get(symbol), suspect=suspect)
        if fault is None and tick is not None and tick.mark_micros is not None:
            self._last_good[symbol] = tick.mark_micros
            self.refused.pop(symbol, None)
            self._resolve(asset, at)
            return True
        if fault is not None:
            self._refuse(asset, fault, tick, at)
        return False

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
