"""Time and prices: what the market says to the machine, kept in the model and stored as quotes."""

from datetime import timedelta

from django.apps import apps as registry
from hypothesis.stateful import RuleBasedStateMachine

from tests.trading import world
from tests.trading.machines.model import Model

SYMBOLS = ("BTC", "ETH", "ISO")


class Tape(RuleBasedStateMachine):
    """The clock of a life and the prices it publishes; a price takes a second."""

    asset_ids: dict[str, int] = {}

    def __init__(self) -> None:
        super().__init__()
        self.now = world.NOW
        self.model = Model({})

    def pass_time(self, seconds: int) -> None:
        """Nothing but time goes by."""
        self.now += timedelta(seconds=seconds)

    def away(self, symbol: str, bps: int) -> int:
        """The price so far from the mark, in micro-dollars."""
        return self.model.markets[symbol].mark * (10_000 + bps) // 10_000

    def publish(self, symbol: str, bps: int) -> None:
        """A second later there is another price, which settles whether one was held back."""
        self.pass_time(1)
        market = self.model.markets[symbol]
        if market.is_delisted:
            return
        market.mark = min(max(self.away(symbol, bps), world.DOLLAR), 10_000 * world.DOLLAR)
        if market.is_held_back:
            rejections = registry.get_model("market.PriceRejection").objects
            rejections.filter(asset__symbol=symbol, resolved_at=None).update(resolved_at=self.now)
        self.quote(symbol)

    def quote(self, symbol: str) -> None:
        """Store the model's price of the asset as one of now."""
        market = self.model.markets[symbol]
        market.quoted_at, market.is_held_back = self.now, False
        registry.get_model("market.Quote").objects.create(
            asset_id=self.asset_ids[symbol],
            at=self.now,
            mark_micros=market.mark,
            oracle_micros=market.mark,
            mid_micros=market.mark,
            funding_rate_e10=125_000,
            source="synthetic",
            knowable_at=self.now,
        )
