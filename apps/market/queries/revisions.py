"""The values that candles had before they were corrected, for reads at moments before the correction."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from apps.market.models import CandleRevision
from apps.market.types import CandleValue, interval


class Revisions:
    """The revisions of some assets' candles of one length that opened in [first, last], in one read."""

    def __init__(
        self, symbols: Collection[str], *, interval_ms: int, first: datetime, last: datetime
    ) -> None:
        self._length = interval(interval_ms)
        self._interval_ms = interval_ms
        self._found: dict[tuple[str, datetime], list[CandleRevision]] = defaultdict(list)
        rows = CandleRevision.objects.filter(
            asset__symbol__in=symbols, interval_ms=interval_ms, open_at__gte=first, open_at__lte=last
        )
        for row in rows.select_related("asset").order_by("superseded_at"):
            self._found[row.asset.symbol, row.open_at].append(row)

    def __bool__(self) -> bool:
        """Whether any candle there was ever corrected."""
        return bool(self._found)

    def opens(self, symbol: str) -> list[datetime]:
        """When the corrected candles of a symbol opened."""
        return [open_at for name, open_at in self._found if name == symbol]

    def counted(self, symbol: str, open_at: datetime, *, at: datetime) -> CandleValue | None:
        """The earlier values that counted at a moment, None when none did: before the first, after the last."""
        for row in self._found.get((symbol, open_at), ()):
            if row.knowable_at <= at < row.superseded_at:
                return self._value(symbol, row)
        return None

    def replaced_at(self, symbol: str, open_at: datetime) -> datetime | None:
        """Since when the present values count, None for a candle that was never corrected."""
        rows = self._found.get((symbol, open_at))
        return rows[-1].superseded_at if rows else None

    def _value(self, symbol: str, row: CandleRevision) -> CandleValue:
        return CandleValue(
            symbol=symbol,
            interval_ms=self._interval_ms,
            open_at=row.open_at,
            close_at=row.open_at + self._length,
            open_micros=row.open_micros,
            high_micros=row.high_micros,
            low_micros=row.low_micros,
            close_micros=row.close_micros,
            volume_micros=row.volume_micros,
            knowable_at=row.knowable_at,
        )
