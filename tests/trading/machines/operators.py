"""What operators do to the account, and what happens to the process that serves it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from apps.core.errors import DomainError
from apps.operations.types import Actor
from apps.trading.services import accounts
from apps.trading.types import ACCOUNT_TRANSITIONS
from tests.trading import world
from tests.trading.machines.life import MOVES, Life
from tests.trading.machines.tape import SYMBOLS

SECOND = Actor.system("tests.second-person")
ENDINGS: dict[str, Callable[..., Any]] = {
    "completed": accounts.close_account,
    "locked": accounts.force_exit,
    "liquidated": partial(accounts.force_liquidate, approved_by=SECOND),
}
"""The state that each way of ending leaves an account in."""


class Operators(Life):
    """Rules of the people and of the machinery; the trader's rules undo most of them when they begin."""

    @rule(to=st.sampled_from(sorted(MOVES)), is_marked=st.booleans())
    def operator_moves_it(self, to: str, is_marked: bool) -> None:
        self.pass_time(1)
        self.move(to)
        if is_marked:
            self.mark()

    @rule(scope=st.sampled_from(["", *SYMBOLS]), mode=st.sampled_from(["", "reducing", "halted"]))
    def switch_is_thrown(self, scope: str, mode: str) -> None:
        self.pass_time(1)
        self.throw(scope, mode)

    @rule(calls=st.integers(0, 12))
    def will_crash(self, calls: int) -> None:
        self.countdown = calls

    @rule(dollars=st.sampled_from([-500, -10, 10, 500]))
    def is_adjusted(self, dollars: int) -> None:
        self.pass_time(1)
        before = self.fresh().cash_micros
        amount = dollars * world.DOLLAR
        try:
            self.call(
                lambda: accounts.adjust_cash(
                    account=self.fresh(),
                    amount_micros=amount,
                    reference=self.now.isoformat(),
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
        assert self.fresh().cash_micros == before + amount

    @precondition(lambda self: self.age > 10)
    @rule(how=st.sampled_from(sorted(ENDINGS)), calmly=st.booleans())
    def is_ended(self, how: str, calmly: bool) -> None:
        if calmly:
            self.calm_down()
        self.pass_time(1)
        held = self.model.held()
        modes = {self.model.mode(symbol) for symbol in held}
        is_stuck = bool(held) and (
            self.model.status == "halted" or "halted" in modes or not self.model.is_valued(self.now)
        )
        was_closed, before = self.model.is_closed, self.model.status
        is_illegal = how != before and how not in ACCOUNT_TRANSITIONS[before]
        try:
            self.call(lambda: ENDINGS[how](account=self.fresh(), reason="over", by=world.BY, now=self.now))
        except DomainError as error:
            assert is_stuck or is_illegal or was_closed, f"{how}: {error}"
            assert self.fresh().status == before
            return
        assert not is_stuck and (was_closed or not is_illegal)
        self.model.status = before if was_closed else how
        self.model.sizes.clear()
