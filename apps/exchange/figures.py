"""The kernel's values as bare integers: what every rule is written over, interpreted or compiled.

Named tuples hold integers (flags are 0 or 1) and sequences of integers: tuples where Python runs them, arrays where
they are compiled. Units are those of `types`: micro-dollars, lots, 1e-10 rates, milliseconds.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Terms(NamedTuple):
    """An instrument; `bounds`, `leverages` and `cuts` are its margin tiers with their maintenance deductions.

    `scale` is lots per unit, 10**size_decimals.
    """

    size_decimals: int
    scale: int
    max_leverage: int
    is_delisted: int
    only_isolated: int
    bounds: Sequence[int]
    leverages: Sequence[int]
    cuts: Sequence[int]


class Price(NamedTuple):
    """Prices of one asset and their age; `rate` is hourly funding in 1e-10, `fault` a gate's number or 0."""

    mark: int
    oracle: int
    mid: int
    rate: int
    age_ms: int
    fault: int


class Depth(NamedTuple):
    """One side of a book, best first, and the best price of the other side; empty where there is no book."""

    prices: Sequence[int]
    sizes: Sequence[int]
    other_best: int


class Held(NamedTuple):
    """A position, flat when `size` is 0; `margin` backs an isolated one."""

    size: int
    cost: int
    leverage: int
    is_isolated: int
    margin: int


class Totals(NamedTuple):
    """Sums over the positions, of which `held` counts them.

    `cross_unrealized`, `initial` and `maintenance` are those of cross positions alone.
    """

    held: int
    unrealized: int
    exposure: int
    net: int
    cross_unrealized: int
    initial: int
    maintenance: int
    isolated_margin: int
    isolated_maintenance: int


class Account(NamedTuple):
    """An account; `status` and `mode` are one of ACTIVE, REDUCING, STOPPED, `idle_ms` is since the last action.

    `others` are the totals of its positions in other assets than the order's, NOTHING while they have no believable
    price; `crossed` says how many of these are cross positions, `earmarked` what isolated margin backs the others.
    """

    status: int
    mode: int
    cash: int
    actions: int
    idle_ms: int
    others: Totals
    crossed: int
    earmarked: int


class Order(NamedTuple):
    """What is asked for; `kind` is one of the numbers below, a number that is not given is 0."""

    kind: int
    side: int
    size: int
    notional: int
    leverage: int
    reduce_only: int
    is_isolated: int
    stop: int
    trail_bps: int
    target: int
    hold_ms: int


class Facts(NamedTuple):
    """What the figures cannot tell: that all names agree, that the policy names the asset, that every other open
    position has a believable price, that the book is in order; and how many standing exits the asset has.
    """

    is_consistent: int
    is_allowed: int
    is_marked: int
    is_book_sane: int
    standing: int


class Plan(NamedTuple):
    """An order in lots, valued at the mark: lots to close first, lots to open then; `value` is that of both."""

    grows: int
    close: int
    open: int
    value: int
    open_value: int


class Priced(NamedTuple):
    """An order's price and its receipt, before fees: side * (notional - mid * size) = half_spread + walk."""

    price: int
    notional: int
    mid: int
    half_spread: int
    walk: int
    uses_book: int


class Leg(NamedTuple):
    """One fill, none when `lots` is 0; `closes` says that it shrank the position.

    `margin` is the signed change of isolated margin, `taken` what the walk passed over, `after` the position behind
    the fill; `leverage` and `is_isolated` are those of the position after it, before it where it closes.
    """

    side: int
    lots: int
    priced: Priced
    fee: int
    realized: int
    closes: int
    leverage: int
    is_isolated: int
    margin: int
    taken: int
    after: Held


class Rules(NamedTuple):
    """The numbers of a policy."""

    taker_fee_rate: int
    has_fee_tiers: int
    max_leverage: int
    max_position: int
    max_exposure: int
    max_net_exposure: int
    max_account_leverage: int
    max_open_positions: int
    min_notional: int
    max_price_age_ms: int
    max_price_deviation_bps: int
    max_slippage_bps: int
    max_actions: int
    cooldown_ms: int
    half_spread_rate: int
    impact_rate: int
    impact_depth: int


class Market(NamedTuple):
    """Where one order fills: prices and book of its asset, the asset, the policy, the fee rate of the account.

    `taken` is how many lots the account took before from the side of the book that the order walks.
    """

    price: Price
    depth: Depth
    terms: Terms
    rules: Rules
    fee_rate: int
    taken: int


class Traded(NamedTuple):
    """What became of an order: the failing gate's row (its number is 0 when none failed), or legs and what they left.

    `held` and `cash` are the position and all cash after it, the cash with `lifted`: an account cannot owe.
    """

    row: tuple[int, int, int, int]
    close: Leg
    open: Leg
    held: Held
    cash: int
    lifted: int


HOLD, OPEN, CLOSE, REDUCE, FLIP, SET_STOP, SET_TARGET, SET_EXIT, CANCEL = range(9)
"""Kinds of orders, in the order of `words.ActionKind`."""
ACTIVE, REDUCING, STOPPED = range(3)
"""Everything is possible, only what shrinks a position, nothing."""
NEVER_MS = 2**62
"""Time since an action that never was."""
FLAT = Held(0, 0, 1, 0, 0)
NO_LEG = Leg(0, 0, Priced(0, 0, 0, 0, 0, 0), 0, 0, 0, 1, 0, 0, 0, FLAT)
NO_DEPTH = Depth((), (), 0)
NOTHING = Totals(0, 0, 0, 0, 0, 0, 0, 0, 0)
