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
    """Sums over positions, of which there are `held`. `initial`, `maintenance` and `cross_unrealized` are those of cross positions alone."""

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
    """An account without its positions; `status` and `mode` are one of ACTIVE, REDUCING, STOPPED.

    `idle_ms` is the time since the last action, `volume` the fourteen-day volume that sets the fee tier.
    """

    status: int
    mode: int
    cash: int
    actions: int
    idle_ms: int
    volume: int


class Order(NamedTuple):
    """What is asked for; `kind` is one of the numbers below, `size` or `notional` is 0 when not given.

    `is_allowed` says that the policy names the asset, `standing` how many standing exits the asset has, `taken` how
    many lots the account took before from the side of the book that the order walks.
    """

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
    is_allowed: int
    standing: int
    taken: int


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


HOLD, OPEN, CLOSE, REDUCE, FLIP, SET_STOP, SET_TARGET, SET_EXIT, CANCEL = range(9)
"""Kinds of orders, in the order of `words.ActionKind`."""
ACTIVE, REDUCING, STOPPED = range(3)
"""Everything is possible, only what shrinks a position, nothing."""
NEVER_MS = 2**62
"""Time since an action that never was."""
FLAT = Held(0, 0, 1, 0, 0)
NO_DEPTH = Depth((), (), 0)
NOTHING = Totals(0, 0, 0, 0, 0, 0, 0, 0, 0)
