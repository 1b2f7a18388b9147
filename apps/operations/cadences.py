"""What operations runs by itself."""

from apps.operations import clock
from apps.operations.cadence import Report, Tick, cadence, minutes, seconds
from apps.operations.services import held_acts, relay


@cadence("operations.relay-outbox", every=seconds(5), lease=seconds(60))
def relay_outbox(tick: Tick) -> Report:
    """Wake workers again for queued work whose wake-up was lost, failed or abandoned."""
    return relay.relay_outbox(real_now=clock.real_now(), limit=tick.limit)


@cadence("operations.expire-held-acts", every=minutes(1), lease=seconds(60))
def expire_held_acts(tick: Tick) -> Report:
    """End the acts for which no second person came within a day."""
    return held_acts.expire_due(now=tick.now, limit=tick.limit)
