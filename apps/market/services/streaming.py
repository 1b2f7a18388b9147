"""The venue's socket for as long as a process runs: the chosen source then reads from its memory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings

from apps.core.moments import to_ms
from apps.market import queries
from apps.market.adapters.hyperliquid.feed import LiveFeed
from apps.market.adapters.hyperliquid.source import HyperliquidSource
from apps.market.adapters.hyperliquid.stream import VenueSocket
from apps.market.adapters.hyperliquid.streamed import StreamedSource
from apps.market.services import sources


@contextmanager
def streaming(*, clock: Callable[[], datetime], on_close: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Open the socket while the block runs, when the chosen source is the live venue; yields `follow`.

    `follow()` makes the socket track what is priced; call it after each cycle. `on_close` is called by
    the socket's thread when a minute closed; `clock` gives real time. Raises NotFound before a source is chosen.
    """
    venue = sources.current()
    if not isinstance(venue, HyperliquidSource):
        yield lambda: None
        return
    feed = LiveFeed()
    socket = VenueSocket(settings.HYPERLIQUID_WS_URL, feed, wall_ms=lambda: to_ms(clock()), on_close=on_close)
    sources.attach(StreamedSource(venue, feed))
    socket.start()
    try:
        yield lambda: socket.track(_lots())
    finally:
        sources.detach()
        socket.stop()


def _lots() -> dict[str, int]:
    return dict(queries.list_priced().values_list("symbol", "size_decimals"))
