"""The Trading machine: one account lives through prices, actions, operators, kill switches, crashes and time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.apps import apps as registry
from django.db import transaction
from django.db.models import Sum
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from apps.core.errors import DomainError
from apps.operations import failpoints
from apps.operations.invariants import registered
from apps.operations.types import Actor
from apps.trading.models import ActionVerdict, Fill, LedgerEntry, Position, PropAccount, TradingHalt
from apps.trading.services import accounts, execution, halts, marking, rebuild
from apps.trading.types import ACCOUNT_TRANSITIONS, CLOSED_STATUSES, VerdictStatus
from tests.trading import world
from tests.trading.machines.model import TRADING, Ask, Market, Model

SYMBOLS = ("BTC", "ETH", "ISO")
START = 5_000 * world.DOLLAR
SECOND = Actor.system("tests.second-person")
EACH_STEP = ("I-10", "I-63", "I-64")
"""Beside the rebuild, which covers balances, chain, fills, positions and snapshots; all are asked at the end."""
MOVES = {
    "active": accounts.resume_account,
    "paused": accounts.pause_account,
    "locked": accounts.lock_account,
    "reduce_only": accounts.restrict_account,
    "halted": accounts.halt_account,
}


class Crash(BaseException):
    """The process is gone at this failpoint; nothing may catch it."""


class Undo(Exception):
    """Ends the example's transaction."""


class Trading(RuleBasedStateMachine):
    """Every rule takes at least a second; the model knows what must be denied and where every lot is."""

    clone: Any = None
    steps = 0
    counts: dict[str, int] = {}

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now = world.NOW
        self.countdown: int | None = None
        self.changed = False
        self.account: PropAccount = PropAccount()

    def teardown(self) -> None:
        try:
            if self.account.pk:
                broken = {item.key: found for item in trading_invariants() if (found := item.check())}
                assert broken == {}
        finally:
            self.transaction.__exit__(Undo, Undo(), None)

    @initialize(isolated_only=st.booleans())
    def begin(self, isolated_only: bool) -> None:
        self.model = Model({symbol: Market(100 * world.DOLLAR, self.now) for symbol in SYMBOLS})
        for symbol in SYMBOLS:
            self.quote(symbol)
        self.account = accounts.open_account(
            clone=self.clone,
            purpose="demonstration",
            policy=world.policy(
                allowed_symbols=SYMBOLS, max_actions_per_window=1_000, max_drawdown_bps=9_000
            ),
            starting_micros=START,
            by=world.BY,
            now=self.now,
        )

    # -- what the world does

    @rule(symbol=st.sampled_from(SYMBOLS), bps=st.integers(-300, 300))
    def price_ticks(self, symbol: str, bps: int) -> None:
        self.publish(symbol, bps)

    @rule(symbol=st.sampled_from(SYMBOLS), bps=st.sampled_from([-3000, -1200, -600, 600, 1200, 3000]))
    def price_gaps(self, symbol: str, bps: int) -> None:
        self.publish(symbol, bps)
        self.mark()

    @rule(symbol=st.sampled_from(SYMBOLS))
    def junk_comes(self, symbol: str) -> None:
        self.pass_time(1)
        market = self.model.markets[symbol]
        if market.is_held_back or market.is_delisted:
            return
        rejections = registry.get_model("market.PriceRejection").objects
        rejections.create(
            asset=world.make_asset(symbol), at=self.now, reason="PRICE_JUMP", source="synthetic"
        )
        market.is_held_back = True

    @rule(seconds=st.sampled_from([5, 59, 61, 600]))
    def prices_fall_silent(self, seconds: int) -> None:
        self.pass_time(seconds)

    @rule(minutes=st.sampled_from([30, 61, 125, 60 * 30]), refreshed=st.booleans())
    def time_jumps(self, minutes: int, refreshed: bool) -> None:
        self.pass_time(minutes * 60)
        if refreshed:
            for symbol in SYMBOLS:
                self.publish(symbol, 10)

    @precondition(lambda self: sum(each.is_delisted for each in self.model.markets.values()) == 0)
    @rule(symbol=st.sampled_from(SYMBOLS))
    def asset_is_delisted(self, symbol: str) -> None:
        self.pass_time(1)
        asset = world.make_asset(symbol)
        asset.is_delisted, asset.delisted_at = True, self.now
        asset.save()
        self.model.markets[symbol].is_delisted = True

    @rule(calls=st.integers(0, 12))
    def will_crash(self, calls: int) -> None:
        self.countdown = calls

    # -- what the clone does

    @rule(
        symbol=st.sampled_from(SYMBOLS),
        side=st.sampled_from([1, -1]),
        lots=st.integers(1_000, 60_000),
        leverage=st.integers(1, 10),
        is_isolated=st.booleans(),
    )
    def opens(self, symbol: str, side: int, lots: int, leverage: int, is_isolated: bool) -> None:
        self.act(Ask("open", symbol, side, lots, leverage, is_isolated), calmly=lots % 4 > 0)

    @rule(symbol=st.sampled_from(SYMBOLS), side=st.sampled_from([1, -1]), dollars=st.integers(10_000, 45_000))
    def opens_all_in(self, symbol: str, side: int, dollars: int) -> None:
        lots = dollars * world.DOLLAR * 10_000 // self.model.markets[symbol].mark
        self.act(Ask("open", symbol, side, lots, 20), calmly=dollars % 4 > 0)

    @rule(
        symbol=st.sampled_from(SYMBOLS),
        side=st.sampled_from([1, -1]),
        away=st.tuples(st.integers(1, 900), st.integers(1, 900)),
        trail=st.sampled_from([0, 200]),
        hold=st.sampled_from([0, 600_000]),
    )
    def opens_with_exits(self, symbol: str, side: int, away: tuple[int, int], trail: int, hold: int) -> None:
        exits = {"target_micros": self.away(symbol, side * away[0]), "hold_ms": hold}
        exits |= {"trail_bps": trail} if trail else {"stop_micros": self.away(symbol, -side * away[1])}
        self.act(Ask("open", symbol, side, 20_000, 5, exits=exits), calmly=away[0] % 4 > 0)

    @rule(place=st.integers(0, 2), kind=st.sampled_from(["close", "cancel"]), calmly=st.booleans())
    def closes_or_cancels(self, place: int, kind: str, calmly: bool) -> None:
        self.act(Ask(kind, self.likely(place)), calmly=calmly)

    @rule(place=st.integers(0, 2), lots=st.integers(500, 90_000))
    def reduces(self, place: int, lots: int) -> None:
        self.act(Ask("reduce", self.likely(place), lots=lots), calmly=lots % 2 > 0)

    @rule(
        place=st.integers(0, 2),
        side=st.sampled_from([1, -1]),
        lots=st.sampled_from([0, 15_000]),
        calmly=st.booleans(),
    )
    def flips(self, place: int, side: int, lots: int, calmly: bool) -> None:
        self.act(Ask("flip", self.likely(place), side, lots, 5), calmly=calmly)

    @rule(
        place=st.integers(0, 2),
        kind=st.sampled_from(["set_stop", "set_target", "set_exit"]),
        bps=st.integers(-900, 900),
    )
    def sets_an_exit(self, place: int, kind: str, bps: int) -> None:
        symbol = self.likely(place)
        level = self.away(symbol, bps)
        exits = {"set_stop": {"stop_micros": level}, "set_target": {"target_micros": level}}
        self.act(Ask(kind, symbol, exits=exits.get(kind, {"hold_ms": 60_000 + abs(bps)})), calmly=bps % 2 > 0)

    @rule(
        symbol=st.sampled_from([*SYMBOLS, "XRP", "NOPE"]),
        kind=st.sampled_from(["open", "reduce", "flip", "set_stop"]),
        lots=st.sampled_from([0, 1, 10**17]),
        leverage=st.sampled_from([1, 21, 1_000]),
    )
    def asks_nonsense(self, symbol: str, kind: str, lots: int, leverage: int) -> None:
        self.act(Ask(kind, symbol, 1, lots, leverage))

    # -- what the machinery and the operators do

    @rule(seconds=st.integers(0, 40))
    def is_marked(self, seconds: int) -> None:
        self.pass_time(seconds)
        self.mark()

    @rule(to=st.sampled_from(sorted(MOVES)))
    def operator_moves_it(self, to: str) -> None:
        self.pass_time(1)
        self.move(to)

    def move(self, to: str) -> None:
        allowed = to in ACCOUNT_TRANSITIONS[self.model.status]
        try:
            self.call(lambda: MOVES[to](account=self.fresh(), reason="test", by=world.BY, now=self.now))
            moved = True
        except DomainError:
            moved = False
        assert moved == allowed
        self.model.status = self.fresh().status

    @rule(scope=st.sampled_from(["", *SYMBOLS]), mode=st.sampled_from(["", "reducing", "halted"]))
    def switch_is_thrown(self, scope: str, mode: str) -> None:
        self.pass_time(1)
        self.throw(scope, mode)

    def throw(self, scope: str, mode: str) -> None:
        standing = TradingHalt.objects.filter(symbol=scope, lifted_at__isnull=True).first()
        self.model.switches.pop(scope, None)
        if mode and (standing is None or standing.mode != mode):
            halts.set_halt(
                scope="asset" if scope else "everything",
                symbol=scope,
                mode=mode,
                reason="test",
                by=world.BY,
                now=self.now,
            )
        elif standing is not None and not mode:
            halts.lift_halt(halt=standing, reason="test", by=world.BY, now=self.now)
        if mode:
            self.model.switches[scope] = mode

    @rule(dollars=st.sampled_from([-500, -10, 10, 500]))
    def is_adjusted(self, dollars: int) -> None:
        self.pass_time(1)
        before = self.fresh().cash_micros
        try:
            self.call(
                lambda: accounts.adjust_cash(
                    account=self.fresh(),
                    amount_micros=dollars * world.DOLLAR,
                    reference=f"{self.now.isoformat()}",
                    reason="test",
                    by=world.BY,
                    approved_by=SECOND,
                    now=self.now,
                )
            )
        except DomainError:
            assert self.model.is_closed or dollars < 0
            assert self.fresh().cash_micros == before
            return
        assert self.fresh().cash_micros == before + dollars * world.DOLLAR

    @rule(odds=st.integers(0, 9))
    def is_completed(self, odds: int) -> None:
        self.pass_time(1)
        if odds:
            return
        try:
            self.call(
                lambda: accounts.close_account(account=self.fresh(), reason="void", by=world.BY, now=self.now)
            )
        except DomainError:
            assert not self.model.is_closed
            return
        self.model.status = self.fresh().status
        assert self.model.is_closed
        self.model.sizes.clear()

    # -- what must hold after each of them

    @invariant()
    def history_makes_the_rows_again(self) -> None:
        Trading.steps += 1
        if not self.account.pk or not self.changed:
            return
        self.changed = False
        assert [str(each) for each in rebuild.compare_accounts(account_ids=[self.account.pk])] == []
        broken = {item.key: found for item in registered(only=EACH_STEP) if (found := item.check())}
        assert broken == {}
        assert self.fresh().status == self.model.status
        assert stored_sizes(self.account) == {key: size for key, size in self.model.sizes.items() if size}
        fills = Fill.objects.filter(account=self.account)
        sums = fills.aggregate(fees=Sum("fee_micros"), realized=Sum("realized_micros"))
        cash = LedgerEntry.objects.filter(account=self.account, book="cash")
        others = cash.exclude(kind__in=["fee", "realized_pnl"]).aggregate(total=Sum("amount_micros"))
        expected = (others["total"] or 0) + (sums["realized"] or 0) - (sums["fees"] or 0)
        assert self.fresh().cash_micros == expected

    # -- how it is done

    def fresh(self) -> PropAccount:
        return PropAccount.objects.get(pk=self.account.pk)

    def pass_time(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def likely(self, place: int) -> str:
        """An asset that is held, where one is."""
        symbols = sorted(self.model.held()) or SYMBOLS
        return symbols[place % len(symbols)]

    def away(self, symbol: str, bps: int) -> int:
        return self.model.markets[symbol].mark * (10_000 + bps) // 10_000

    def publish(self, symbol: str, bps: int) -> None:
        self.pass_time(1)
        market = self.model.markets[symbol]
        if market.is_delisted:
            return
        market.mark = min(max(self.away(symbol, bps), world.DOLLAR), 10_000 * world.DOLLAR)
        rejections = registry.get_model("market.PriceRejection").objects
        rejections.filter(asset__symbol=symbol, resolved_at=None).update(resolved_at=self.now)
        self.quote(symbol)

    def quote(self, symbol: str) -> None:
        market = self.model.markets[symbol]
        market.quoted_at, market.is_held_back = self.now, False
        registry.get_model("market.Quote").objects.create(
            asset=world.make_asset(symbol),
            at=self.now,
            mark_micros=market.mark,
            oracle_micros=market.mark,
            mid_micros=market.mark,
            funding_rate_e10=125_000,
            source="synthetic",
            knowable_at=self.now,
        )

    def call(self, work: Callable[[], Any]) -> Any:
        """Do it, dying at the failpoint that is due if there is one; then do it again, as recovery does."""
        self.changed = True
        if self.countdown is None:
            return work()
        left, self.countdown = self.countdown, None

        def reach(name: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Crash(name)

        before = self.fresh()
        try:
            with patch.object(failpoints, "reach", reach):
                return work()
        except Crash as crash:
            self.count("crashes")
            after = self.fresh()
            if "commit" not in str(crash):
                assert (after.ledger_head, after.order_sequence) == (
                    before.ledger_head,
                    before.order_sequence,
                )
            return work()

    def calm_down(self) -> None:
        """Lift the switches, let the account trade again where that is possible, and price everything anew."""
        for scope in list(self.model.switches):
            self.throw(scope, "")
        if self.model.status not in ("active", *CLOSED_STATUSES):
            self.move("active")
        for symbol in SYMBOLS:
            if not self.model.markets[symbol].is_good(self.now + timedelta(seconds=10)):
                self.publish(symbol, 0)

    def act(self, ask: Ask, *, calmly: bool = False) -> None:
        if calmly:
            self.calm_down()
        self.pass_time(1)
        action = world.propose_action(
            self.account,
            ask.kind,
            now=self.now,
            symbol=ask.symbol,
            side=ask.side,
            size_lots=ask.lots,
            leverage=ask.leverage,
            is_isolated=ask.is_isolated,
            **ask.exits,
        )
        cash = self.fresh().cash_micros
        must_execute = self.model.must_execute(ask, self.now, cash)
        why_not = self.model.must_deny(ask, self.now)
        self.call(lambda: execution.execute_pending(now=self.now, account_ids=[self.account.pk]))
        verdict = ActionVerdict.objects.get(action=action)
        executed = verdict.status == VerdictStatus.EXECUTED
        self.count(f"{ask.kind} {'executed' if executed else verdict.reason_code}")
        assert not (why_not and executed), f"{ask}: executed, though {why_not}"
        assert executed or not must_execute, f"{ask}: {verdict.reason_code} {verdict.detail}"
        if executed and ask.kind in TRADING:
            self.model.sizes[ask.symbol] = self.model.after(ask)
            if ask.kind in ("open", "flip"):
                self.model.isolated[ask.symbol] = self.model.mode_of(ask)

    def mark(self) -> None:
        """A mark may only take positions away, and nothing at all while a price is missing or all is halted."""
        before = {key: size for key, size in self.model.sizes.items() if size}
        frozen = not self.model.is_valued(self.now) or self.model.is_closed
        self.call(lambda: marking.mark_open_accounts(now=self.now, account_ids=[self.account.pk]))
        account, after = self.fresh(), stored_sizes(self.account)
        for symbol, size in before.items():
            left = after.get(symbol, 0)
            assert left * size >= 0 and abs(left) <= abs(size)
            if frozen or self.model.mode(symbol) == "halted" or self.model.status == "halted":
                assert left == size, f"{symbol} was sold at no good price or while halted"
        assert after.keys() <= before.keys()
        if after != before:
            self.count("forced exits")
        if account.status != self.model.status:
            assert account.status in ACCOUNT_TRANSITIONS[self.model.status]
            self.count(f"became {account.status}")
            assert account.status in (*CLOSED_STATUSES, "locked") and after == {}
        self.model.status, self.model.sizes = account.status, after

    def count(self, what: str) -> None:
        Trading.counts[what] = Trading.counts.get(what, 0) + 1


def stored_sizes(account: PropAccount) -> dict[str, int]:
    """The open positions as they are stored."""
    rows = Position.objects.filter(account=account).exclude(size_lots=0)
    return dict(rows.values_list("symbol", "size_lots"))


def trading_invariants() -> list[Any]:
    """Every invariant that trading registers."""
    return [item for item in registered() if item.check.__module__.startswith("apps.trading.")]
