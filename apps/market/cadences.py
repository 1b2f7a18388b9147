"""What market does by itself: ingest, and keep the log of it short."""

from apps.market.services import capital, ingest, retention
from apps.market.services.predictions import ingest as predictions
from apps.operations import clock
from apps.operations.cadence import Report, Tick, cadence, minutes, seconds

LEAD_REAL_SECONDS = 5


@cadence("market.ingest", every=seconds(5), lease=seconds(60))
def ingest_market(tick: Tick) -> Report:
    """Write the candles, prices and books that became known; ahead of a clock that runs fast or late."""
    speed = clock.speed()
    lead = seconds(LEAD_REAL_SECONDS * speed if speed > 1 else 0)
    return ingest.ingest_all(now=tick.now, lead=lead, real_now=clock.real_now(), clock=clock.real_now)


@cadence("market.ingest-predictions", every=seconds(60), lease=minutes(10))
def ingest_predictions(tick: Tick) -> Report:
    """Read the prediction markets about crypto and keep what changed."""
    return predictions.ingest_predictions(now=tick.now, real_now=clock.real_now)


@cadence("market.ingest-capital", every=minutes(15), lease=minutes(10))
def ingest_capital(tick: Tick) -> Report:
    """Read capital on chain: value locked, stablecoins, volumes, fees and open interest."""
    return capital.ingest_capital(now=tick.now, real_now=clock.real_now)


@cadence("market.roll-up", every=minutes(60), lease=minutes(10))
def roll_up(tick: Tick) -> Report:
    """Pack closed days of candles into blocks, and delete what nobody cites and memory need not keep."""
    return retention.keep_memory_short(now=tick.now)
