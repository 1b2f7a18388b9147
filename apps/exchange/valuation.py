"""Every account valued at once from columns, by the same rules that value one: interpreted, or compiled where it pays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.exchange.figures import NOTHING, Held, Terms
from apps.exchange.margin import is_cross_breached, is_isolated_breached
from apps.exchange.rounding import MAX_MICROS
from apps.exchange.totals import add_position, equity
from apps.exchange.translate import terms_of
from apps.exchange.types import Instrument

Column = NDArray[np.int64]
TIERS = 8
"""Margin tiers that an asset may have; the venue's tables have two, its older ones three."""
COMPILED_ABOVE = 20_000
"""Positions from which the compiled form pays although loading the compiler takes most of a second once."""


@dataclass(frozen=True, slots=True)
class AccountColumns:
    """Accounts and their open positions, one number a row.

    The positions of account `i` are rows `first[i]` up to `first[i + 1]`; `first` is one longer than `cash`, and
    `asset` is the row in the market's columns.
    """

    cash: Column
    first: Column
    asset: Column
    size: Column
    cost: Column
    leverage: Column
    is_isolated: Column
    margin: Column


@dataclass(frozen=True, slots=True)
class MarketColumns:
    """Assets at one moment, one number a row; the margin tiers have `TIERS` numbers an asset, one asset after the other.

    `mark` is 0 without a good price, `scale` is lots per unit.
    """

    mark: Column
    scale: Column
    max_leverage: Column
    bounds: Column
    leverages: Column
    cuts: Column


@dataclass(frozen=True, slots=True)
class Valued:
    """One number an account. Where `is_priced` is 0 a held asset has no good price, and all others are 0.

    Maintenance is that of all positions; `is_breached` says that the cross side or an isolated position is due for
    liquidation.
    """

    equity: Column
    unrealized: Column
    maintenance: Column
    exposure: Column
    is_breached: Column
    is_priced: Column


def market_columns(instruments: Sequence[Instrument], marks: Sequence[int]) -> MarketColumns:
    """Return the columns of instruments and their marks, in the order given; a mark of 0 stands for none.

    Missing tiers are filled up with bounds that no position reaches. Raises ValueError beyond `TIERS` tiers.
    """
    terms = [terms_of(instrument) for instrument in instruments]
    if any(len(one.bounds) > TIERS for one in terms):
        raise ValueError(f"an instrument has more than {TIERS} margin tiers")

    def table(name: str, filler: int) -> Column:
        rows = [(*getattr(one, name), *(filler,) * (TIERS - len(one.bounds))) for one in terms]
        return np.array(rows, dtype=np.int64).reshape(TIERS * len(terms))

    return MarketColumns(
        mark=np.array(marks, dtype=np.int64),
        scale=np.array([one.scale for one in terms], dtype=np.int64),
        max_leverage=np.array([one.max_leverage for one in terms], dtype=np.int64),
        bounds=table("bounds", 2 * MAX_MICROS),
        leverages=table("leverages", 1),
        cuts=table("cuts", 0),
    )


def value_accounts(columns: AccountColumns, market: MarketColumns, *, compiled: bool | None = None) -> Valued:
    """Value every account at the market's marks; both forms give the same numbers.

    `compiled` left open takes the compiled form for more than `COMPILED_ABOVE` positions.
    """
    inputs: tuple[tuple[Column, ...], ...] = (
        (columns.cash, columns.first),
        (columns.asset, columns.size, columns.cost, columns.leverage, columns.is_isolated, columns.margin),
        (market.mark, market.scale, market.max_leverage),
        (market.bounds, market.leverages, market.cuts),
    )
    out = tuple(np.zeros(len(columns.cash), dtype=np.int64) for _ in range(6))
    if len(columns.size) > COMPILED_ABOVE if compiled is None else compiled:
        _compiled()(*inputs, out)
        return Valued(*out)
    accounts, positions, assets, tiers = (tuple(column.tolist() for column in group) for group in inputs)
    value_rows(accounts, positions, assets, tiers, out)
    return Valued(*out)


@cache
def _compiled() -> Callable[..., None]:
    from apps.exchange.compiled import compile_function  # the compiler: only for who wants the speed

    return compile_function(value_rows)


def tiers_at(table: Any, place: int) -> tuple[int, ...]:
    """Return an asset's row of a table of tiers, number by number: a slice would cost more than the rules themselves."""
    at = TIERS * place
    return (
        *(table[at], table[at + 1], table[at + 2], table[at + 3]),
        *(table[at + 4], table[at + 5], table[at + 6], table[at + 7]),
    )


def value_rows(accounts: Any, positions: Any, assets: Any, tiers: Any, out: Any) -> None:
    """Fill the columns of `out`, one account after the other; groups and order are those of `value_accounts`."""
    cash, first = accounts
    asset, size, cost, leverage, is_isolated, margin = positions
    mark, scale, max_leverage = assets
    bounds, leverages, cuts = tiers
    for account in range(len(cash)):
        totals, is_breached, is_priced = NOTHING, 0, 1
        for row in range(first[account], first[account + 1]):
            place = asset[row]
            held = Held(size[row], cost[row], leverage[row], is_isolated[row], margin[row])
            terms = Terms(
                0,
                scale[place],
                max_leverage[place],
                0,
                0,
                tiers_at(bounds, place),
                tiers_at(leverages, place),
                tiers_at(cuts, place),
            )
            if mark[place] <= 0:
                is_priced = 0
            totals = add_position(totals, held, mark[place], terms)
            is_breached |= is_isolated_breached(held, mark[place], terms)
        if is_priced:
            out[0][account] = equity(cash[account], totals)
            out[1][account] = totals.unrealized
            out[2][account] = totals.maintenance + totals.isolated_maintenance
            out[3][account] = totals.exposure
            out[4][account] = is_breached | is_cross_breached(cash[account], totals)
        out[5][account] = is_priced
