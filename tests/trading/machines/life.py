"""How the machine lives: accounts, operators, crashes, actions and marks, each held against the model."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import precondition

from apps.core.errors import DomainError
from apps.exchange import margin
from apps.market.queries import MarketBoard
from apps.operations import failpoints
from apps.trading.models import ActionVerdict, PropAccount, TradingHalt
from apps.trading.services import accounts, execution, halts, marking
from apps.trading.services.account_state import build_state, load_positions
from apps.trading.types import ACCOUNT_TRANSITIONS, CLOSED_STATUSES, VerdictStatus
from tests.trading import world
from tests.trading.machines import checks
from tests.trading.machines.model import TRADING, Ask, Model
from tests.trading.machines.tape import SYMBOLS, Tape

PLACES = st.integers(0, len(SYMBOLS) - 1)
SIDES = st.sampled_from([1, -1])
CALMLY = st.sampled_from([True, True, True, True, False])
"""Whether what stands in the way of trading is lifted first; most lives should trade."""
HOLDING = precondition(lambda self: self.is_holding())
"""For what asks for a position that is there; asking without one is among the nonsense."""
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
    """Ends the life's transaction."""


class Life(Tape):
    """Every rule takes at least a second; the model knows what must be denied and where every lot is."""

    clone: Any = None
    steps = 0
    seen: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.age = 0
        self.countdown: int | None = None
        self.account: PropAccount = PropAccount()
        self.watch = checks.Watch()

    def teardown(self) -> None:
        try:
            if self.account.pk:
                checks.check_everything()
                self.seen.update(checks.events())
        finally:
            self.transaction.__exit__(Undo, Undo(), None)

    # -- the account

    def begin_account(self, *, dollars: int, drawdown_bps: int) -> None:
        """Another account under the same prices and switches; the one before it has ended."""
        self.account = accounts.open_account(
            clone=self.clone,
            purpose="demonstration",
            policy=world.policy(
                allowed_symbols=SYMBOLS,
                max_actions_per_window=1_000,
                max_drawdown_bps=drawdown_bps,
                max_position_micros=400_000 * world.DOLLAR,
                max_exposure_micros=500_000 * world.DOLLAR,
                max_net_exposure_micros=500_000 * world.DOLLAR,
            ),
            starting_micros=dollars * world.DOLLAR,
            by=world.BY,
            now=self.now,
        )
        self.model = Model(self.model.markets, switches=self.model.switches)
        self.seen["accounts"] += 1

    def fresh(self) -> PropAccount:
        """The account as it is stored."""
        return checks.stored(self.account.pk)

    def likely(self, place: int) -> str:
        """An asset that is held, where one is."""
        symbols = sorted(self.model.held()) or SYMBOLS
        return symbols[place % len(symbols)]

    def free(self, place: int) -> str:
        """An asset that is not held, where one is."""
        symbols = [symbol for symbol in SYMBOLS if not self.model.sizes.get(symbol)] or SYMBOLS
        return symbols[place % len(symbols)]

    def is_holding(self) -> bool:
        """Whether there is anything to close, to protect or to flip."""
        return bool(self.model.held())

    # -- operators

    def move(self, to: str) -> None:
        """An operator moves the account to another state, which works exactly where the table says so."""
        allowed = to in ACCOUNT_TRANSITIONS[self.model.status]
        try:
            self.call(lambda: MOVES[to](account=self.fresh(), reason="test", by=world.BY, now=self.now))
            moved = True
        except DomainError:
            moved = False
        assert moved == allowed
        self.model.status = self.fresh().status

    def throw(self, scope: str, mode: str) -> None:
        """The kill switch over an asset, or over everything, is set to a mode or lifted."""
        standing = TradingHalt.objects.filter(symbol=scope, lifted_at__isnull=True).first()
        self.model.switches.pop(scope, None)
        if mode and (standing is None or standing.mode != mode):
            kind = "asset" if scope else "everything"
            halts.set_halt(scope=kind, symbol=scope, mode=mode, reason="test", by=world.BY, now=self.now)
        elif standing is not None and not mode:
            halts.lift_halt(halt=standing, reason="test", by=world.BY, now=self.now)
        if mode:
            self.model.switches[scope] = mode

    def calm_down(self) -> None:
        """Lift the switches, let an account trade again, another one where it has ended, and price everything anew."""
        for scope in list(self.model.switches):
            self.throw(scope, "")
        if self.model.is_closed:
            self.begin_account(dollars=15_000, drawdown_bps=9_000)
        elif self.model.status != "active":
            self.move("active")
        for symbol in SYMBOLS:
            if not self.model.markets[symbol].is_good(self.now + timedelta(seconds=10)):
                self.publish(symbol, 0)

    # -- what the product does

    def call(self, work: Callable[[], Any]) -> Any:
        """Do it, dying at the failpoint that is due if there is one; then do it again, as recovery does."""
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
            self.seen["crashes"] += 1
            after = self.fresh()
            if "commit" not in str(crash):
                assert (after.ledger_head, after.order_sequence) == (
                    before.ledger_head,
                    before.order_sequence,
                )
            return work()

    def act(self, ask: Ask, *, calmly: bool = False) -> None:
        """Propose the action and have it judged: what must not happen does not, and what must, does."""
        if calmly:
            self.calm_down()
        self.pass_time(1)
        fields = {"side": ask.side, "size_lots": ask.lots, "leverage": ask.leverage} | ask.exits
        action = world.propose_action(
            self.account, ask.kind, now=self.now, symbol=ask.symbol, is_isolated=ask.is_isolated, **fields
        )
        is_due, may_be_due = self.liquidation()
        must_execute = not may_be_due and self.model.must_execute(ask, self.now, self.fresh().cash_micros)
        why_not = self.model.must_deny(ask, self.now)
        if is_due and ask.kind in TRADING:
            why_not = why_not or "the cross side is about to be liquidated"
        self.call(lambda: execution.execute_pending(now=self.now, account_ids=[self.account.pk]))
        verdict = ActionVerdict.objects.get(action=action)
        executed = verdict.status == VerdictStatus.EXECUTED
        self.seen[f"{ask.kind} {'executed' if executed else verdict.reason_code}"] += 1
        assert not (why_not and executed), f"{ask}: executed, though {why_not}"
        assert executed or not must_execute, f"{ask}: {verdict.reason_code} {verdict.detail}"
        if executed and ask.kind in TRADING:
            self.model.sizes[ask.symbol] = self.model.after(ask)
            if ask.kind in ("open", "flip"):
                self.model.isolated[ask.symbol] = self.model.mode_of(ask)

    def liquidation(self) -> tuple[bool, bool]:
        """Whether the cross side has lost its maintenance margin, and whether any side has."""
        held = self.model.held()
        if not held or not self.model.is_valued(self.now):
            return False, False
        account, board = self.fresh(), MarketBoard(self.now)
        scene = (
            build_state(account, load_positions(account).values()),
            board.quotes(held),
            board.instruments(held),
        )
        margins = margin.measure(*scene)
        return margins.account_value_micros < margins.maintenance_micros, margin.is_liquidatable(*scene)

    def mark(self) -> None:
        """A mark may only take positions away, and nothing at all while a price is missing or all is halted."""
        before = {symbol: size for symbol, size in self.model.sizes.items() if size}
        frozen = not self.model.is_valued(self.now) or self.model.is_closed
        self.call(lambda: marking.mark_open_accounts(now=self.now, account_ids=[self.account.pk]))
        account, after = self.fresh(), checks.stored_sizes(self.account.pk)
        for symbol, size in before.items():
            left = after.get(symbol, 0)
            assert left * size >= 0 and abs(left) <= abs(size)
            if frozen or self.model.mode(symbol) == "halted" or self.model.status == "halted":
                assert left == size, f"{symbol} was sold at no good price or while halted"
        assert after.keys() <= before.keys()
        self.seen["marks that sold"] += after != before
        self.seen["marks that sold a part"] += any(
            after.get(key, size) not in (0, size) for key, size in before.items()
        )
        if account.status != self.model.status:
            assert account.status in ACCOUNT_TRANSITIONS[self.model.status]
            self.seen[f"became {account.status}"] += 1
            assert account.status in (*CLOSED_STATUSES, "locked") and after == {}
        self.model.status, self.model.sizes = account.status, after
