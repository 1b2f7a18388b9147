"""What the prices of one moment say about every open account at once: who waits, who needs an event, what is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from apps.core.moments import to_micros, to_ms
from apps.exchange import performance, triggers
from apps.exchange.prices import quote_problem
from apps.exchange.rounding import BPS_SCALE
from apps.exchange.types import DenyReason, Instrument, Quote, TradingMode, TriggerKind
from apps.exchange.valuation import MarketColumns, Valued, market_columns, value_accounts
from apps.market.queries import MarketBoard
from apps.trading.models import TriggerOrder
from apps.trading.queries.halts import effective_modes
from apps.trading.services.columns import STATUSES, Columns
from apps.trading.services.funding import floor_hour
from apps.trading.types import AccountStatus, TriggerStatus

Mask = NDArray[np.bool_]
_HALTED = STATUSES.index(AccountStatus.HALTED)
_LOCKED = STATUSES.index(AccountStatus.LOCKED)
_TRIGGER = (
    "pk",
    "account_id",
    "symbol",
    "kind",
    "side",
    "price_micros",
    "trail_bps",
    "best_micros",
    "expires_at",
)
_SLACK = 1e-6
"""Of a ratio in floating point: who may have reached a limit is looked at again in whole numbers."""


@dataclass(frozen=True, slots=True)
class Exits:
    """What the standing exits say: which accounts one of theirs is hit in, and the new best marks by exit."""

    hit: Mask
    moved: dict[int, tuple[int, int]]
    """(row of the account, best mark) by the exit's key."""


class Survey:
    """One look at the columns; every mask has a place for each account. Reads, and changes nothing."""

    def __init__(
        self, columns: Columns, board: MarketBoard, *, now: datetime, snapshots_every: timedelta | None
    ) -> None:
        self.columns, self.board, self.now, self.now_ms = columns, board, now, to_ms(now)
        self._every = snapshots_every
        self._assets = columns.figures.asset
        self._counts, self._owner = columns.counts, columns.owner
        self.symbols = [columns.symbols[place] for place in sorted({asset for _, asset in columns.pairs})]
        self.quotes: dict[str, Quote] = board.quotes(self.symbols)
        self.instruments: dict[str, Instrument] = board.instruments(self.symbols)
        self.eligible: Mask = columns.accounts["marked_us"] <= to_micros(now)

    @cached_property
    def faults(self) -> dict[tuple[int, int], str]:
        """Codes of the prices that may not be used, by policy and asset, both by their places; only what is held."""
        found: dict[tuple[int, int], str] = {}
        for place, asset in self.columns.pairs:
            policy, symbol = self.columns.policies[place] if place >= 0 else None, self.columns.symbols[asset]
            if policy is None:
                continue
            if symbol not in self.instruments:
                found[place, asset] = DenyReason.MARKS_MISSING.value
                continue
            problem = quote_problem(self.quotes.get(symbol), policy, self.board.at_ms)
            if problem is not None:
                found[place, asset] = problem.reason.value
        return found

    @cached_property
    def waiting(self) -> Mask:
        """Accounts with a position whose price may not be used: nothing at all happens to them."""
        return self._have(
            self._table(self.faults)[self.columns.accounts["policy"][self._owner], self._assets]
        )

    @cached_property
    def unknown(self) -> Mask:
        """Accounts without a policy that could be read: they are handled singly, where that is reported."""
        bad = np.array([policy is None for policy in self.columns.policies] + [True])
        return bad[self.columns.accounts["policy"]]

    @cached_property
    def valued(self) -> Valued:
        """Equity, open profit, maintenance and breach of every account; of no meaning where it waits."""
        return self.value()

    def value(self, *, compiled: bool | None = None) -> Valued:
        """Value every account, in the given form of the exchange's rules or in the one that pays."""
        return value_accounts(self.columns.figures, self._market(), compiled=compiled)

    @cached_property
    def urgent(self) -> Mask:
        """Accounts with an event that may not be left to a set: a forced exit, or a policy nobody can read."""
        events = self.valued.is_breached.astype(bool) | self._is_drawn_down() | self._is_delisted()
        return self._open_to_events & (self.unknown | (events & ~self._is_halted) | self.exits.hit)

    @cached_property
    def funding(self) -> Mask:
        """Accounts that hold something over an hour that has not been settled."""
        owed = self.columns.accounts["funded_ms"] < to_ms(floor_hour(self.now))
        return self._open_to_events & owed & (self._counts > 0)

    @cached_property
    def worst_bps(self) -> NDArray[np.int64]:
        """Each account's deepest fall from its peak, this mark included."""
        accounts, equity = self.columns.accounts, self.valued.equity
        worst = accounts["worst_bps"].copy()
        peak = np.maximum(accounts["peak"], equity)
        fall = (peak - equity) / np.maximum(peak, 1) * BPS_SCALE
        for row in np.flatnonzero(fall + 0.5 + _SLACK >= worst + 1).tolist():
            worst[row] = max(worst[row], performance.drawdown_bps(int(peak[row]), int(equity[row])))
        return worst

    @cached_property
    def due(self) -> Mask:
        """Accounts whose mark is written down: the first, by time, after a wait, and at a new peak, low or drawdown.

        An account without positions is worth its cash: it is written when that changed, and else seldom.
        """
        accounts, equity = self.columns.accounts, self.valued.equity
        since, flat = self.now_ms - accounts["snapshot_ms"], self._counts == 0
        every = 1 if self._every is None else self._every // timedelta(milliseconds=1)
        rarely = every if self._every is None else max(every, _ms(settings.TRADING_MARKS["flat_snapshots"]))
        elapsed = (accounts["snapshot_ms"] < 0) | (since >= np.where(flat, rarely, every))
        extreme = (equity > accounts["peak"]) | (equity < accounts["low"])
        extreme |= self.worst_bps > accounts["worst_bps"]
        changed = extreme | (accounts["wait"] > 0) | (flat & (equity != accounts["equity"]))
        return self._open_to_events & ~self.unknown & (since > 0) & (elapsed | changed)

    @cached_property
    def exits(self) -> Exits:
        """The standing exits held against the marks; those of a waiting account or a halted asset are left alone."""
        hit = np.zeros(len(self.columns.accounts), bool)
        moved: dict[int, tuple[int, int]] = {}
        standing = TriggerOrder.objects.filter(status=TriggerStatus.STANDING).order_by("pk")
        keys = self.columns.accounts["account"]
        for key, account, symbol, kind, side, price, trail_bps, best, expires_at in standing.values_list(
            *_TRIGGER
        ):
            row = int(np.searchsorted(keys, account))
            if row == len(keys) or keys[row] != account or not self._open_to_events[row]:
                continue
            if symbol not in self.quotes or symbol not in self.instruments:
                continue
            mark, level = self.quotes[symbol].mark_micros, price
            if kind == TriggerKind.TRAILING:
                ahead = triggers.best_mark(side, best, mark)
                level = triggers.trailing_level(
                    side, ahead, trail_bps, self.instruments[symbol].size_decimals
                )
                if ahead != best:
                    moved[key] = row, ahead
            number, expires = triggers.KINDS[TriggerKind(kind)], to_ms(expires_at) if expires_at else 0
            if triggers.is_hit(number, side, mark, level, expires, self.now_ms) and self._may_exit(
                row, symbol
            ):
                hit[row] = True
        return Exits(hit, moved)

    def waits(self) -> dict[str, list[int]]:
        """Rows of the accounts that wait for another reason than is written on them, by reason."""
        found: dict[str, list[int]] = {}
        known: dict[tuple[int, bytes], str] = {}
        before, starts = self.columns.accounts["wait"], self.columns.starts
        for row in np.flatnonzero(self.waiting & self.eligible).tolist():
            policy = int(self.columns.accounts["policy"][row])
            assets = self._assets[starts[row] : starts[row + 1]]
            key = policy, assets.tobytes()
            if key not in known:
                codes = {self.columns.symbols[at]: self.faults.get((policy, at)) for at in assets.tolist()}
                told = (f"{symbol}: {code}" for symbol, code in sorted(codes.items()) if code)
                known[key] = "; ".join(told)[:200]
            if self.columns.reasons[before[row]] != known[key]:
                found.setdefault(known[key], []).append(row)
        return found

    def outages(self) -> tuple[dict[str, str], list[str]]:
        """Codes of the held assets whose price no holder may use, by symbol; and the rest of those held.

        That one account's policy allows less age than the others' is a matter of that account alone.
        """
        usable = {asset for place, asset in self.columns.pairs if self._may_use(place, asset)}
        faults: dict[str, str] = {}
        for (_, asset), code in sorted(self.faults.items()):
            if asset not in usable:
                faults.setdefault(self.columns.symbols[asset], code)
        return faults, [symbol for symbol in self.symbols if symbol not in faults]

    def good(self) -> tuple[dict[str, Quote], dict[str, Instrument]]:
        """Quotes and instruments of what the accounts hold that do not wait."""
        held = {asset for place, asset in self.columns.pairs if (place, asset) not in self.faults}
        symbols = [
            self.columns.symbols[place] for place in held if self.columns.symbols[place] in self.quotes
        ]
        return {symbol: self.quotes[symbol] for symbol in symbols}, self.instruments

    @cached_property
    def _open_to_events(self) -> Mask:
        return self.eligible & ~self.waiting

    @cached_property
    def _modes(self) -> dict[str, TradingMode]:
        return effective_modes(self.symbols)

    @cached_property
    def _is_halted(self) -> Mask:
        """Accounts that nothing may be closed in: halted themselves, or holding something that is."""
        halted = [self._modes.get(symbol) == TradingMode.HALTED for symbol in self.columns.symbols]
        return (self.columns.accounts["status"] == _HALTED) | self._have(
            np.array([*halted, False])[self._assets]
        )

    def _may_use(self, place: int, asset: int) -> bool:
        known = place >= 0 and self.columns.policies[place] is not None
        return known and (place, asset) not in self.faults

    def _may_exit(self, row: int, symbol: str) -> bool:
        return self.columns.accounts["status"][row] != _HALTED and self._modes[symbol] != TradingMode.HALTED

    def _is_drawn_down(self) -> Mask:
        accounts, equity = self.columns.accounts, self.valued.equity
        limits = np.array(
            [policy.max_drawdown_bps if policy else 0 for policy in self.columns.policies] + [0]
        )
        limit = limits[accounts["policy"]]
        base = np.maximum(accounts["base"], equity)
        fallen = (base - equity) / np.maximum(base, 1) * BPS_SCALE >= limit - _SLACK
        return fallen & (limit > 0) & (base > 0) & (accounts["status"] != _LOCKED)

    def _is_delisted(self) -> Mask:
        over = [is_delisting_due(self.board, symbol, self.now) for symbol in self.columns.symbols]
        return self._have(np.array([*over, False])[self._assets])

    def _market(self) -> MarketColumns:
        """The assets in the columns' order; one that nobody holds now, or without a price, has no mark."""
        instruments, marks = [], []
        for symbol in self.columns.symbols:
            quote = self.quotes.get(symbol)
            instruments.append(self.instruments.get(symbol, Instrument(symbol, 0, 1)))
            marks.append(quote.mark_micros if quote is not None and symbol in self.instruments else 0)
        return market_columns(instruments, marks)

    def _table(self, faults: dict[tuple[int, int], str]) -> Mask:
        table = np.zeros((len(self.columns.policies) + 1, max(len(self.columns.symbols), 1)), bool)
        for place in faults:
            table[place] = True
        return table

    def _have(self, marked: Mask) -> Mask:
        """Accounts with at least one marked position."""
        counted = np.bincount(self._owner, weights=marked, minlength=len(self.columns.accounts))
        return np.asarray(counted > 0)


def is_delisting_due(board: MarketBoard, symbol: str, now: datetime) -> bool:
    """Whether the asset was delisted so long ago that what is still held of it is closed."""
    delisted_at = board.delisted_at(symbol)
    grace: timedelta = settings.TRADING_MARKS["delisting_grace"]
    return delisted_at is not None and delisted_at + grace <= now


def _ms(span: Any) -> int:
    return int(span // timedelta(milliseconds=1))
