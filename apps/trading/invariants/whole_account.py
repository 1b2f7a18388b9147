"""The limits of a whole account, asked of it as it stood right after a fill.

Its worth is derived again: positions from the fills, cash from the ledger, the mark of the fill's own asset from the
quote that the fill cites. Which marks of the other assets the gate saw is on no record, so a limit counts as broken
only where every mark that it can have seen breaks it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from apps.exchange.figures import NOTHING, Held, Terms, Totals
from apps.exchange.totals import add_position, equity
from apps.exchange.types import Policy
from apps.market import queries as market
from apps.trading.queries.replay import PositionAsOf

Ranges = Mapping[str, tuple[int, int]]
"""The lowest and the highest mark by symbol."""
Pick = Callable[[int, int, int], int]
"""Of a signed size, the lowest and the highest mark: the mark to value at."""


class Stood(NamedTuple):
    """An account right after a fill that cites a mark; `cash` is None where no ledger row names the fill.

    `terms` are those of the last fill of each asset; positions from before terms were pinned have none.
    """

    fill: Any
    mark: int
    cash: int | None
    positions: Sequence[PositionAsOf]
    terms: Mapping[str, Terms]


class Seen:
    """Marks that gates can have seen: of all time, read once a symbol, and of the moments before one fill."""

    def __init__(self) -> None:
        self._ever: dict[str, tuple[int, int]] = {}
        self._whole_since = market.prices_whole_since()

    def ever(self, symbols: Collection[str]) -> Ranges:
        """Ranges over all that is kept; a symbol without any mark is left out."""
        unread = [symbol for symbol in symbols if symbol not in self._ever]
        if unread:
            self._ever.update(market.mark_ranges(unread))
        return self._ever

    def before(self, fill: Any, symbols: Collection[str], *, max_age_ms: int) -> Ranges:
        """Ranges over what was fresh at the fill; nothing where prices of then may be thinned: the one seen may be gone."""
        since = fill.at - timedelta(milliseconds=max_age_ms)
        if not symbols or self._whole_since is None or since < self._whole_since:
            return {}
        return market.mark_ranges(symbols, since=since, until=fill.at)


def beyond(stood: Stood, policy: Policy, seen: Seen) -> str:
    """The limit of the policy that the account is beyond at all marks that the gate can have seen, "" where none is."""
    others = [held.symbol for held in stood.positions if held.symbol != stood.fill.symbol]
    own = {stood.fill.symbol: (stood.mark, stood.mark)}
    # Most accounts are far from every limit at any price there ever was: no marks of that time are read for them.
    if _is_far(stood, {**seen.ever(others), **own}, policy):
        return ""
    fresh = seen.before(stood.fill, others, max_age_ms=policy.max_price_age_ms)
    return _broken(stood, {**fresh, **own}, policy)


def _is_far(stood: Stood, ranges: Ranges, policy: Policy) -> bool:
    most = _total(stood, ranges, lambda size, low, high: high).exposure
    if most > min(policy.max_exposure_micros, policy.max_net_exposure_micros):
        return False
    return stood.cash is None or _needed(most, policy) <= equity(stood.cash, _total(stood, ranges, _poor))


def _broken(stood: Stood, ranges: Ranges, policy: Policy) -> str:
    exposure = _total(stood, ranges, lambda size, low, high: low).exposure
    if exposure > policy.max_exposure_micros:
        return f"an exposure of {exposure} micro-dollars, allowed {policy.max_exposure_micros}"
    if any(held.symbol not in ranges or held.symbol not in stood.terms for held in stood.positions):
        return ""  # What has no mark may offset the rest, or carry it.
    poorest, richest = _total(stood, ranges, _poor), _total(stood, ranges, _rich)
    net = max(poorest.net, -richest.net)
    if net > policy.max_net_exposure_micros:
        return f"a net exposure of {net} micro-dollars, allowed {policy.max_net_exposure_micros}"
    # A mark that moves for a position adds more to equity than to what the exposure needs of it.
    needed = _needed(richest.exposure, policy)
    if stood.cash is not None and needed > equity(stood.cash, richest):
        return f"an exposure that needs an equity of {needed}, there are {equity(stood.cash, richest)}"
    return ""


def _needed(exposure: int, policy: Policy) -> int:
    return -(-exposure // policy.max_account_leverage)


def _rich(size: int, low: int, high: int) -> int:
    return high if size > 0 else low


def _poor(size: int, low: int, high: int) -> int:
    return low if size > 0 else high


def _total(stood: Stood, ranges: Ranges, pick: Pick) -> Totals:
    """The positions at the picked marks; those without marks or terms count nothing."""
    totals = NOTHING
    for held in stood.positions:
        if held.symbol in ranges and held.symbol in stood.terms:
            mark = pick(held.size_lots, *ranges[held.symbol])
            totals = add_position(totals, _figures(held), mark, stood.terms[held.symbol])
    return totals


def _figures(held: PositionAsOf) -> Held:
    return Held(
        held.size_lots, held.cost_micros, held.leverage or 1, int(held.is_isolated), held.margin_micros
    )
