"""What the clone asks for: positions of every kind, exits, and nonsense."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.trading import world
from tests.trading.machines.life import CALMLY, HOLDING, PLACES, SIDES, Life
from tests.trading.machines.model import Ask
from tests.trading.machines.tape import SYMBOLS

BPS = st.integers(1, 900)


class Trader(Life):
    """Rules of the clone."""

    @rule(
        place=PLACES,
        lots=st.integers(1_000, 60_000).flatmap(lambda lots: st.sampled_from([lots, -lots])),
        leverage=st.integers(1, 10),
        is_isolated=st.booleans(),
        calmly=CALMLY,
    )
    def opens(self, place: int, lots: int, leverage: int, is_isolated: bool, calmly: bool) -> None:
        side, lots = (1, lots) if lots > 0 else (-1, -lots)
        self.act(Ask("open", self.free(place), side, lots, leverage, is_isolated), calmly=calmly)

    @rule(place=PLACES, side=SIDES, thousands=st.integers(60, 280), is_isolated=st.booleans())
    def opens_all_in(self, place: int, side: int, thousands: int, is_isolated: bool) -> None:
        symbol = self.free(place)
        lots = self.lots_for(symbol, thousands * 1_000)
        self.act(Ask("open", symbol, side, lots, 20, is_isolated), calmly=True)

    @rule(
        place=PLACES,
        side=SIDES,
        away=st.tuples(BPS, BPS),
        kind=st.sampled_from(["stop", "stop", "trail", "hold"]),
        calmly=CALMLY,
    )
    def opens_with_exits(self, place: int, side: int, away: tuple[int, int], kind: str, calmly: bool) -> None:
        symbol = self.free(place)
        leaving = {
            "stop": {"stop_micros": self.away(symbol, -side * away[1])},
            "trail": {"trail_bps": away[1]},
            "hold": {"hold_ms": 60_000},
        }
        exits = {"target_micros": self.away(symbol, side * away[0])} | leaving[kind]
        self.act(Ask("open", symbol, side, 20_000, 5, exits=exits), calmly=calmly)

    @HOLDING
    @rule(place=PLACES, lots=st.integers(1_000, 60_000), is_against=st.integers(0, 5))
    def adds(self, place: int, lots: int, is_against: int) -> None:
        symbol = self.likely(place)
        side = 1 if self.model.sizes.get(symbol, 0) >= 0 else -1
        mode = self.model.isolated.get(symbol, False)
        self.act(Ask("open", symbol, side if is_against else -side, lots, 10, mode), calmly=True)

    @HOLDING
    @rule(place=PLACES, calmly=CALMLY)
    def closes(self, place: int, calmly: bool) -> None:
        self.act(Ask("close", self.likely(place)), calmly=calmly)

    @HOLDING
    @rule(place=PLACES, calmly=CALMLY)
    def cancels(self, place: int, calmly: bool) -> None:
        self.act(Ask("cancel", self.likely(place)), calmly=calmly)

    @HOLDING
    @rule(place=PLACES, lots=st.integers(500, 90_000), calmly=CALMLY)
    def reduces(self, place: int, lots: int, calmly: bool) -> None:
        self.act(Ask("reduce", self.likely(place), lots=lots), calmly=calmly)

    @HOLDING
    @rule(place=PLACES, lots=st.sampled_from([0, 15_000]), is_same=st.integers(0, 5), calmly=CALMLY)
    def flips(self, place: int, lots: int, is_same: int, calmly: bool) -> None:
        symbol = self.likely(place)
        side = -1 if self.model.sizes.get(symbol, 0) > 0 else 1
        self.act(Ask("flip", symbol, side if is_same else -side, lots, 5), calmly=calmly)

    @HOLDING
    @rule(
        place=PLACES,
        kind=st.sampled_from(["set_stop", "set_target", "set_exit", "trail"]),
        bps=BPS,
        is_wrong=st.integers(0, 5),
        calmly=CALMLY,
    )
    def sets_an_exit(self, place: int, kind: str, bps: int, is_wrong: int, calmly: bool) -> None:
        symbol = self.likely(place)
        side = 1 if self.model.sizes.get(symbol, 0) >= 0 else -1
        towards_profit = side * bps if is_wrong else -side * bps
        asked, exits = {
            "set_stop": ("set_stop", {"stop_micros": self.away(symbol, -towards_profit)}),
            "set_target": ("set_target", {"target_micros": self.away(symbol, towards_profit)}),
            "set_exit": ("set_exit", {"hold_ms": 60_000 + bps}),
            "trail": ("set_stop", {"trail_bps": bps}),
        }[kind]
        self.act(Ask(asked, symbol, exits=exits), calmly=calmly)

    @rule(
        symbol=st.sampled_from([*SYMBOLS, "XRP", "NOPE"]),
        kind=st.sampled_from(["open", "close", "reduce", "flip", "set_stop", "cancel"]),
        lots=st.sampled_from([0, 1, 10**17]),
        leverage=st.sampled_from([1, 21, 1_000]),
    )
    def asks_nonsense(self, symbol: str, kind: str, lots: int, leverage: int) -> None:
        self.act(Ask(kind, symbol, 1, lots, leverage))

    def lots_for(self, symbol: str, dollars: int) -> int:
        """Lots of the asset that are worth so many dollars at the mark."""
        return dollars * world.DOLLAR * 10_000 // self.model.markets[symbol].mark
