"""What the features are: frozen values in scaled integers, None where there is not enough to compute them from.

`_micros` are micro-dollars, `_nanos` 1e-9 dollars (a difference of averages is small beside the price), `_e6` 1e-6
of the thing named, `_bps` 1e-4, `_e10` rates in 1e-10, `_e4` 1e-4.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Indicators:
    """Indicators of the closes of one window, at its newest candle; RSI is in 1e-6 of a point, 0 to 100 points."""

    rsi_14_e6: int | None = None
    sma_20_micros: int | None = None
    ema_20_micros: int | None = None
    bollinger_upper_micros: int | None = None
    bollinger_lower_micros: int | None = None
    macd_nanos: int | None = None
    macd_signal_nanos: int | None = None
    macd_histogram_nanos: int | None = None


@dataclass(frozen=True, slots=True)
class Volatility:
    """How much the price moves in one candle, at the newest of the window; `annualised_20_bps` in a year of 365 days.

    Realised and Parkinson are deviations of log prices in 1e-6, over the last 20 or 100 candles.
    """

    realised_20_e6: int | None = None
    realised_100_e6: int | None = None
    annualised_20_bps: int | None = None
    parkinson_20_e6: int | None = None
    atr_14_nanos: int | None = None


@dataclass(frozen=True, slots=True)
class Depth:
    """What rests within `bps` of the mid; a lower bound where the snapshot ends before that (`is_whole` False)."""

    bps: int
    bid_micros: int
    ask_micros: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Cost:
    """What a market order of a size pays beyond the mid, in money; None where the snapshot is not deep enough."""

    notional_micros: int
    buy_micros: int | None
    sell_micros: int | None


@dataclass(frozen=True, slots=True)
class Liquidity:
    """How deep a book is; `imbalance_bps` is (bids - asks) / (bids + asks) of the narrowest depth that has any."""

    mid_micros: int
    spread_e6: int
    depths: tuple[Depth, ...]
    imbalance_bps: int | None
    costs: tuple[Cost, ...]
    knowable_at: datetime


@dataclass(frozen=True, slots=True)
class Positioning:
    """Open interest (1e-6 base units) and funding (hourly, 1e-10) now and against what they were.

    `turnover_bps` is the day's volume by the open interest; `funding_z_e4` counts deviations from the week's mean.
    """

    open_interest_micros: int | None
    open_interest_1h_bps: int | None
    open_interest_24h_bps: int | None
    turnover_bps: int | None
    premium_e10: int | None
    funding_e10: int | None
    funding_8h_e10: int | None
    funding_24h_e10: int | None
    funding_z_e4: int | None
    knowable_at: datetime
