"""What the market does to the account: prices move, jump, run and fail, and hours pass."""

from datetime import timedelta

from django.apps import apps as registry
from django.conf import settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from apps.exchange import margin
from apps.market.queries import MarketBoard
from apps.trading.services.account_state import build_state, load_positions
from tests.trading.machines.life import HOLDING, PLACES, SIDES, Life
from tests.trading.machines.tape import SYMBOLS

GRACE: timedelta = settings.TRADING_MARKS["delisting_grace"]
DRIFT = st.integers(-150, 150)
JUMPS = st.sampled_from([-3000, -1200, -600, 600, 1200, 3000])
FAILURES = st.sampled_from(["junk", "junk", "late", "silent", "silent for long"])
SILENCES = {"late": 59, "silent": 61, "silent for long": 5_400}


class Prices(Life):
    """Rules of the market; most of them are followed by a mark, as in the real one."""

    @rule(bps=st.tuples(DRIFT, DRIFT, DRIFT))
    def all_prices_move(self, bps: tuple[int, int, int]) -> None:
        self.price_all(bps)
        self.mark()

    @rule(place=PLACES, bps=JUMPS)
    def a_price_jumps(self, place: int, bps: int) -> None:
        self.price_all((0, 0, 0))
        self.publish(self.likely(place), bps)
        self.mark()

    @rule(place=PLACES, side=SIDES, bps=st.integers(100, 400))
    def a_price_runs(self, place: int, side: int, bps: int) -> None:
        symbol = self.likely(place)
        self.price_all((0, 0, 0))
        for _ in range(3):
            self.publish(symbol, side * bps)
            self.mark()

    @rule(place=PLACES, side=SIDES, bps=st.integers(200, 600))
    def a_price_rises_and_falls_back(self, place: int, side: int, bps: int) -> None:
        symbol = self.likely(place)
        self.price_all((0, 0, 0))
        for way in (side, -side):
            self.publish(symbol, way * bps)
            self.mark()

    @HOLDING
    @rule(place=PLACES, beyond=st.integers(-20, 100), times=st.integers(1, 3))
    def a_margin_runs_out(self, place: int, beyond: int, times: int) -> None:
        symbol = self.likely(place)
        for _ in range(times):
            if not self.model.sizes.get(symbol):
                return
            self.price_all((0, 0, 0))
            level, side = self.liquidation_price(symbol), 1 if self.model.sizes[symbol] > 0 else -1
            if level and not self.model.markets[symbol].is_delisted:
                self.model.markets[symbol].mark = level
                self.publish(symbol, -side * beyond)
            self.mark()

    @rule(hours=st.sampled_from([1, 1, 2, 5, 30]), bps=DRIFT)
    def hours_pass(self, hours: int, bps: int) -> None:
        self.pass_time(hours * 3_600)
        self.price_all((bps, bps, bps))
        self.mark()

    @rule(seconds=st.integers(0, 40))
    def is_marked(self, seconds: int) -> None:
        self.pass_time(seconds)
        self.mark()

    @rule(how=FAILURES, place=PLACES)
    def prices_fail(self, how: str, place: int) -> None:
        self.pass_time(SILENCES.get(how, 1))
        if how == "junk":
            self.hold_back(self.likely(place))
        self.mark()

    @HOLDING
    @precondition(lambda self: not any(each.is_delisted for each in self.model.markets.values()))
    @rule(place=PLACES, is_late=st.booleans())
    def an_asset_is_delisted(self, place: int, is_late: bool) -> None:
        self.pass_time(1)
        self.delist(self.likely(place))
        self.mark()
        if is_late:
            self.pass_time(GRACE // timedelta(seconds=1))
            self.price_all((0, 0, 0))
            self.mark()

    def price_all(self, bps: tuple[int, int, int]) -> None:
        """A price of every asset."""
        for symbol, each in zip(SYMBOLS, bps, strict=True):
            self.publish(symbol, each)

    def liquidation_price(self, symbol: str) -> int | None:
        """The mark at which the asset's position would lose its maintenance margin, in micro-dollars."""
        account, board = self.fresh(), MarketBoard(self.now)
        state = build_state(account, load_positions(account).values())
        symbols = self.model.held()
        return margin.liquidation_price(state, symbol, board.quotes(symbols), board.instruments(symbols))

    def hold_back(self, symbol: str) -> None:
        """A price came that nobody believes, until the next one."""
        market = self.model.markets[symbol]
        if market.is_held_back or market.is_delisted:
            return
        registry.get_model("market.PriceRejection").objects.create(
            asset_id=self.asset_ids[symbol], at=self.now, reason="PRICE_JUMP", source="synthetic"
        )
        market.is_held_back = True

    def delist(self, symbol: str) -> None:
        """The venue takes the asset off its list; its last price is its last word."""
        assets = registry.get_model("market.Asset").objects
        assets.filter(symbol=symbol).update(is_delisted=True, delisted_at=self.now)
        self.model.markets[symbol].is_delisted = True
