"""The Trading machine: accounts live through prices, actions, operators, kill switches, crashes and time."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from tests.trading import world
from tests.trading.machines.life import PLACES, SIDES, Life
from tests.trading.machines.model import Ask, Market, Model
from tests.trading.machines.operators import Operators
from tests.trading.machines.prices import Prices
from tests.trading.machines.tape import SYMBOLS
from tests.trading.machines.trader import Trader


class Trading(Prices, Trader, Operators):
    """A life begins with an account and, four times out of five, with a position; every step is checked."""

    @initialize(
        place=PLACES,
        side=SIDES,
        thousands=st.sampled_from([0, 2, 20, 80, 200]),
        is_isolated=st.booleans(),
        drawdown_bps=st.sampled_from([1_500, 9_000, 9_000]),
    )
    def begin(self, place: int, side: int, thousands: int, is_isolated: bool, drawdown_bps: int) -> None:
        self.model = Model({symbol: Market(100 * world.DOLLAR, self.now) for symbol in SYMBOLS})
        for symbol in SYMBOLS:
            self.quote(symbol)
        self.begin_account(dollars=15_000, drawdown_bps=drawdown_bps)
        if thousands:
            lots = self.lots_for(SYMBOLS[place], thousands * 1_000)
            self.act(Ask("open", SYMBOLS[place], side, lots, 20, is_isolated))

    @invariant()
    def history_makes_the_rows_again(self) -> None:
        if not self.account.pk:
            return
        Life.steps += self.age > 0
        self.age += 1
        self.watch.check(self.fresh(), self.model)
