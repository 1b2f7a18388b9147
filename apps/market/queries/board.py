"""Market memory of one moment, read once and shared by everybody who works at that moment."""

from collections.abc import Callable, Collection, Hashable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from apps.core.errors import NotFound
from apps.core.moments import to_ms
from apps.core.tables import Table, marks
from apps.exchange.types import Book, Instrument, Quote
from apps.market.models import Asset
from apps.market.queries.candles import latest_closes
from apps.market.queries.features import FEATURE_CANDLES, from_windows
from apps.market.queries.memory import DEFAULT_PREDICTIONS, memory_at
from apps.market.queries.prices import REGISTERED, latest_book, quotes_of
from apps.market.queries.registry import to_instrument
from apps.market.queries.windows import read_windows
from apps.market.types import CandleWindow, Close, Features, MarketMemory, MemoryStream, PredictionView

Made = TypeVar("Made")
_ASSETS = Table(Asset, reads=REGISTERED)
_OPEN = (PredictionView.IMMEDIATE, PredictionView.LATER)


class MarketBoard:
    """Quotes, books, instruments, closes, windows, features and memories as known at one moment; each is read once.

    Windows and what is derived from them are shared with the boards of other moments while nothing about them is new.
    A board lives as long as the work of its moment: nothing on it is refreshed.
    """

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.at_ms = to_ms(at)
        self._assets: dict[str, Asset | None] = {}
        self._instruments: dict[str, Instrument] = {}
        self._quotes: dict[str, Quote | None] = {}
        self._earlier: dict[datetime, MarketBoard] = {}
        self._books: dict[str, Book | None] = {}
        self._closes: dict[tuple[str, int, int], list[Close]] = {}
        self._windows: dict[tuple[str, int, int], CandleWindow | None] = {}
        self._made: dict[Hashable, Any] = {}

    def quotes(self, symbols: Iterable[str]) -> dict[str, Quote]:
        """The latest quote of each symbol that has one."""
        wanted = sorted(set(symbols))
        missing = [symbol for symbol in wanted if symbol not in self._quotes]
        if missing:
            self._register(missing)
            assets = [asset for symbol in missing if (asset := self._assets[symbol]) is not None]
            found = quotes_of(assets, at=self.at)
            self._quotes.update({symbol: found.get(symbol) for symbol in missing})
        return {symbol: quote for symbol in wanted if (quote := self._quotes[symbol]) is not None}

    def earlier(self, at: datetime) -> "MarketBoard":
        """The board of another moment, kept with this one so that all the work of this moment shares it."""
        if at == self.at:
            return self
        if at not in self._earlier:
            self._earlier[at] = MarketBoard(at)
        return self._earlier[at]

    def book(self, symbol: str) -> Book | None:
        """The latest book of a symbol, or None where the source keeps none."""
        if symbol not in self._books:
            self._books[symbol] = latest_book(symbol, at=self.at)
        return self._books[symbol]

    def instruments(self, symbols: Iterable[str]) -> dict[str, Instrument]:
        """The registered instruments among the symbols."""
        wanted = sorted(set(symbols))
        self._register(wanted)
        return {symbol: self._instruments[symbol] for symbol in wanted if symbol in self._instruments}

    def asset_id(self, symbol: str) -> int:
        """The key of the asset's row; raises `NotFound` for an unknown symbol."""
        self._register([symbol])
        asset = self._assets[symbol]
        if asset is None:
            raise NotFound(f"There is no asset {symbol[:40]!r}.", code="ASSET_UNKNOWN")
        return int(asset.pk)

    def delisted_at(self, symbol: str) -> datetime | None:
        """When the asset was delisted, as known at the board's moment; None where it was not, or is unknown."""
        self._register([symbol])
        asset = self._assets[symbol]
        moment = asset.delisted_at if asset is not None and asset.is_delisted else None
        return moment if moment is None or moment <= self.at else None

    def closes(self, symbols: Iterable[str], *, interval_ms: int, limit: int) -> dict[str, list[Close]]:
        """The newest closes of each symbol, ascending, at most `limit`; a symbol without any is left out."""
        wanted = sorted(set(symbols))
        missing = [symbol for symbol in wanted if (symbol, interval_ms, limit) not in self._closes]
        if missing:
            found = latest_closes(missing, interval_ms=interval_ms, at=self.at, limit=limit)
            self._closes.update({(symbol, interval_ms, limit): found.get(symbol, []) for symbol in missing})
        return {symbol: bars for symbol in wanted if (bars := self._closes[symbol, interval_ms, limit])}

    def windows(self, symbols: Iterable[str], *, interval_ms: int, limit: int) -> dict[str, CandleWindow]:
        """The last `limit` closed candles of each symbol as columns; a symbol without any is left out."""
        wanted = sorted(set(symbols))
        missing = [symbol for symbol in wanted if (symbol, interval_ms, limit) not in self._windows]
        if missing:
            self._register(missing)
            keys = {symbol: asset.pk for symbol in missing if (asset := self._assets[symbol]) is not None}
            found = read_windows(keys, interval_ms=interval_ms, at=self.at, limit=limit)
            self._windows.update({(symbol, interval_ms, limit): found.get(symbol) for symbol in missing})
        return {symbol: window for symbol in wanted if (window := self._windows[symbol, interval_ms, limit])}

    def features(self, symbols: Iterable[str], *, interval_ms: int) -> dict[str, Features]:
        """The features of each symbol; those of a symbol without any candle are empty."""
        wanted = sorted(set(symbols))
        windows = self.windows(wanted, interval_ms=interval_ms, limit=FEATURE_CANDLES)
        return from_windows(wanted, windows, interval_ms=interval_ms)

    def memory(
        self, symbol: str, *, streams: Collection[MemoryStream], predictions: int = DEFAULT_PREDICTIONS
    ) -> MarketMemory:
        """The memory of one asset without its candles, which `windows` and `features` share, and without prediction
        markets that are over; raises NotFound.
        """
        wanted = frozenset(streams)
        return self.once(
            ("memory", symbol, wanted, predictions),
            lambda: memory_at(
                symbol, at=self.at, candles={}, streams=wanted, predictions=predictions, views=_OPEN
            ),
        )

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made under this key from what the board knows, made now where it was not yet; frozen values only."""
        if key not in self._made:
            self._made[key] = make()
        made: Made = self._made[key]
        return made

    def _register(self, symbols: list[str]) -> None:
        missing = [symbol for symbol in symbols if symbol not in self._assets]
        if not missing:
            return
        found = {row.symbol: row for row in _ASSETS.fetch(f"WHERE symbol IN ({marks(missing)})", missing)}
        self._assets.update({symbol: found.get(symbol) for symbol in missing})
        self._instruments.update({symbol: to_instrument(row, at=self.at) for symbol, row in found.items()})
