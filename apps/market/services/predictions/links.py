"""What a prediction market is about: evidence from its texts, each kind with the confidence that it deserves."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from apps.market.services.predictions.names import MISLEADING_TICKERS, NAMES, PLAIN_TICKERS, WEAK_NAMES
from apps.market.types import LinkMethod, PredictionTick

RESOLUTION_BPS = 9_900
"""The feed that decides the market is the asset's own price."""
QUOTED_RESOLUTION_BPS = 9_500
"""The same, but the feed is named only in the rules."""
SERIES_BPS = 9_000
NAME_BPS = 8_500
PAIR_BPS = 8_000
"""A pair (APT/USDT) in the question."""
TITLE_BPS = 7_500
"""A name in the title of the event, of whose markets the question is one."""
DOLLAR_BPS = 7_500
"""A ticker after a dollar sign."""
TICKER_BPS = 7_000
WEAK_NAME_BPS = 6_500

_FEEDS = (
    re.compile(r"chain\.link/(?:streams|feeds)/(?:[a-z-]+/)*([a-z0-9]{1,12})-usdt?\b"),
    re.compile(r"binance\.com/(?:[a-z-]+/)?(?:trade|futures)/([a-z0-9]{1,12})_?usd[tc]?\b"),
    re.compile(
        r"(?:coinbase|exchange\.coinbase)\.com/(?:advanced-)?(?:trade|advanced-trade/spot)/([a-z0-9]{1,12})-usd\b"
    ),
    re.compile(r"hyperliquid\.xyz/trade/([a-z0-9]{1,12})\b"),
    re.compile(r"pyth\.network/[a-z-]+/crypto[.-]([a-z0-9]{1,12})[-/]usd\b"),
)
_SERIES = re.compile(
    r"^(?:what-price-will-)?([a-z0-9.]+(?:-[a-z0-9.]+)??)"
    r"-(?:up-or-down|updown|multi-strikes?|neg-risk|hit-price|hourly|daily|weekly|monthly|4h|"
    r"above|below|price|hit|between|all-time-high|ath)(?:-|$)"
)
_PAIR = re.compile(r"(?<![A-Za-z0-9$/])([A-Z0-9]{1,12})(?:/USD[TC]?|-USD[TC]?|USDT|USDC)(?![A-Za-z0-9])")
_DOLLAR = re.compile(r"(?<![\w$])\$([A-Z][A-Z0-9]{0,11})(?!\w)")
_WORD = re.compile(r"(?<![\w$/.&-])([A-Z][A-Z0-9]{1,11})(?![\w/&]|[.-]\w|'[A-Z])")
_MONEY_WORDS = re.compile(
    r"\$[0-9]|\b(?:price|token|tokens|coin|crypto|market cap|FDV|airdrop|all[- ]time high)\b", re.I
)


class Evidence(NamedTuple):
    """Why a market is about an asset."""

    method: LinkMethod
    confidence_bps: int


class Linker:
    """Finds the assets of a registry in the texts of markets; built once per sweep."""

    def __init__(self, registry: Iterable[tuple[str, int]]) -> None:
        """Prepare for the registry's (symbol, units per contract): kPEPE is a thousand PEPE, called Pepe."""
        self._symbols = {
            symbol[1:] if units == 1_000 and symbol.startswith("k") else symbol: symbol
            for symbol, units in registry
        }
        # Every known name takes part, registered or not: "Bitcoin Cash" must never be read as Bitcoin.
        self._strong = {name.casefold(): coin for coin, names in NAMES.items() for name in names}
        self._weak = {name: coin for coin, names in WEAK_NAMES.items() for name in names}
        self._strong_words = _any_of(self._strong, re.IGNORECASE)
        self._weak_words = _any_of(self._weak)

    def links(self, tick: PredictionTick) -> dict[str, Evidence]:
        """Return the best evidence by registered symbol."""
        best: dict[str, Evidence] = {}
        for coin, evidence in self._evidence(tick):
            symbol = self._symbols.get(coin)
            if symbol is None or (coin in MISLEADING_TICKERS and evidence.method is not LinkMethod.NAME):
                continue
            if symbol not in best or evidence.confidence_bps > best[symbol].confidence_bps:
                best[symbol] = evidence
        return best

    def _evidence(self, tick: PredictionTick) -> Iterator[tuple[str, Evidence]]:
        title = tick.event.title if tick.event else ""
        yield from _as(_feeds(tick.resolution_source), LinkMethod.RESOLUTION_SOURCE, RESOLUTION_BPS)
        quoted = set(_feeds(tick.description))
        if len(quoted) == 1:
            yield from _as(quoted, LinkMethod.RESOLUTION_SOURCE, QUOTED_RESOLUTION_BPS)
        yield from _as(self._series(tick), LinkMethod.SERIES, SERIES_BPS)
        yield from _as(self._named(tick.question), LinkMethod.NAME, NAME_BPS)
        yield from _as(self._named(title), LinkMethod.NAME, TITLE_BPS)
        yield from _as(_PAIR.findall(tick.question), LinkMethod.TICKER, PAIR_BPS)
        yield from _as(_DOLLAR.findall(tick.question), LinkMethod.TICKER, DOLLAR_BPS)
        plain = PLAIN_TICKERS.intersection(_WORD.findall(tick.question))
        yield from _as(plain, LinkMethod.TICKER, TICKER_BPS)
        if _MONEY_WORDS.search(tick.question):
            weak = (self._weak[match.group()] for match in self._weak_words.finditer(tick.question))
            yield from _as(weak, LinkMethod.NAME, WEAK_NAME_BPS)

    def _named(self, text: str) -> Iterator[str]:
        return (self._strong[match.group().casefold()] for match in self._strong_words.finditer(text))

    def _series(self, tick: PredictionTick) -> Iterator[str]:
        """The coin that a series, an event's slug or a market's slug begins with."""
        event = tick.event
        for slug in (*(event.series if event else ()), event.slug if event else "", tick.slug):
            match = _SERIES.match(slug)
            if match is None:
                continue
            head = match.group(1)
            coin = self._strong.get(head.replace("-", " ")) or self._weak.get(head.capitalize())
            if coin:
                yield coin
            elif head.upper() in PLAIN_TICKERS or "updown" in slug or "up-or-down" in slug:
                yield head.upper()


def _as(coins: Iterable[str], method: LinkMethod, bps: int) -> Iterator[tuple[str, Evidence]]:
    return ((coin, Evidence(method, bps)) for coin in coins)


def _feeds(text: str) -> list[str]:
    lowered = text.lower()
    return [coin.upper() for feed in _FEEDS for coin in feed.findall(lowered)]


def _any_of(names: Mapping[str, str], flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Whole names, the longest first, so that a longer one uses up the words of a shorter one."""
    choices = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<![\w$-])(?:{choices})(?!\w|-\w)", flags)
