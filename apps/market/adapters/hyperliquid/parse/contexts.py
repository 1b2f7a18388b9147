"""The contexts beside the universe: prices, funding and positioning of every contract, joined by position."""

from collections.abc import Container
from dataclasses import dataclass
from dataclasses import field as attribute

from apps.core.errors import AdapterError
from apps.market.adapters.hyperliquid.parse.reading import (
    as_dict,
    as_list,
    drift,
    field,
    readable,
    refusal,
    report,
)
from apps.market.adapters.hyperliquid.parse.registry import names
from apps.market.adapters.numbers import positive, within
from apps.market.types import ContextTick, PriceFault, QuoteTick

HIGHEST_RATE_E10 = 400_000_000
"""4 % an hour: the venue's cap (documentation of August 2026)."""
HIGHEST_PREMIUM_E10 = 10**10
PRICES = ("markPx", "oraclePx", "midPx")


@dataclass(frozen=True, slots=True)
class Universe:
    """One answer to `metaAndAssetCtxs`: `meta` is its undigested first half, `contexts` the second by name."""

    meta: object
    contexts: dict[str, object] = attribute(default_factory=dict)

    def quotes(self, symbols: Container[str], *, rejected: list[str] | None = None) -> list[QuoteTick]:
        """Return the prices of the wanted contracts.

        A null price stays None. An unreadable one is None too and the tick says so, for the guard to record; when no
        wanted context is built as it always was, everything is refused.
        """
        wanted = [(name, entry) for name, entry in self.contexts.items() if name in symbols]
        ticks, failures = [], []
        for name, entry in wanted:
            try:
                ticks.append(_quote(name, entry))
            except AdapterError as error:
                failures.append(error)
                ticks.append(_unreadable(name))
        if failures and len(failures) == len(wanted):
            raise drift(f"no price of {len(wanted)} is where it was: {failures[0].detail}")
        report(failures, total=len(wanted), what="prices", rejected=rejected)
        return ticks

    def positioning(self, symbols: Container[str], *, rejected: list[str] | None = None) -> list[ContextTick]:
        """Return open interest, volumes, premium and impact prices of the wanted contracts that can be read."""
        wanted = [(name, entry) for name, entry in self.contexts.items() if name in symbols]
        return readable(wanted, lambda pair: _positioning(*pair), what="contexts", rejected=rejected)


def universe(body: object) -> Universe:
    """Return the contexts joined to their names by position; unequal lengths refuse everything."""
    pair = as_list(body, "metaAndAssetCtxs")
    if len(pair) != 2:
        raise drift("metaAndAssetCtxs is not a pair")
    found, contexts = names(pair[0]), as_list(pair[1], "contexts")
    if len(found) != len(contexts):
        raise refusal(f"{len(found)} assets but {len(contexts)} contexts")
    joined = {name: entry for name, entry in zip(found, contexts, strict=True) if name is not None}
    return Universe(pair[0], joined)


def context(symbol: str, value: object) -> tuple[QuoteTick, ContextTick]:
    """Return the prices and the positioning of one contract; raises AdapterError when either cannot be read."""
    return _quote(symbol, value), _positioning(symbol, value)


def all_mids(body: object) -> dict[str, int]:
    """Return the readable mids in micro-dollars by symbol."""
    mids = list(as_dict(body, "allMids").items())
    return dict(readable(mids, lambda pair: (pair[0], positive(pair[1], 6)), what="mids", rejected=None))


def _quote(symbol: str, value: object) -> QuoteTick:
    row = as_dict(value, "a context")
    numbers = [field(row, key) for key in PRICES]
    funding = field(row, "funding")
    if any(number is not None and not isinstance(number, str) for number in (*numbers, funding)):
        raise drift("a price is not a text")
    try:
        mark, oracle, mid = (None if number is None else _price(number) for number in numbers)
        rate = 0 if funding is None else within(funding, 10, low=-HIGHEST_RATE_E10, high=HIGHEST_RATE_E10)
    except AdapterError:
        return _unreadable(symbol)
    return QuoteTick(symbol, mark, oracle, mid, rate)


def _price(text: object) -> int:
    """Zero and below pass here: the guard has a name of its own for them."""
    return within(text, 6, low=-(10**15))


def _unreadable(symbol: str) -> QuoteTick:
    return QuoteTick(symbol, None, None, None, 0, PriceFault.NOT_A_NUMBER.value)


def _positioning(symbol: str, value: object) -> ContextTick:
    row = as_dict(value, "a context")
    premium, impact = field(row, "premium"), field(row, "impactPxs")
    bid, ask = (None, None) if impact is None else _impact(impact)
    yesterday = within(field(row, "prevDayPx"), 6)
    return ContextTick(
        symbol=symbol,
        open_interest_micros=within(field(row, "openInterest"), 6),
        day_notional_micros=within(field(row, "dayNtlVlm"), 6),
        day_base_micros=within(field(row, "dayBaseVlm"), 6),
        previous_day_micros=yesterday or None,
        premium_e10=(
            None
            if premium is None
            else within(premium, 10, low=-HIGHEST_PREMIUM_E10, high=HIGHEST_PREMIUM_E10)
        ),
        impact_bid_micros=bid,
        impact_ask_micros=ask,
    )


def _impact(value: object) -> tuple[int, int]:
    pair = as_list(value, "impactPxs")
    if len(pair) != 2:
        raise drift("impactPxs is not a pair")
    bid, ask = positive(pair[0], 6), positive(pair[1], 6)
    if bid > ask:
        raise refusal("the impact prices are crossed")
    return bid, ask
