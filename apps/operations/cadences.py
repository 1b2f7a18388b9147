"""What operations runs by itself."""

from apps.operations import clock
from apps.operations.cadence import Report, Tick, cadence, seconds
from apps.operations.services import relay


@cadence("operations.relay-outbox", every=seconds(5), lease=seconds(60))
def relay_outbox(tick: Tick) -> Report:
    """Wake workers again for queued work whose wake-up was lost, failed or abandoned."""
    return relay.relay_outbox(real_now=clock.real_now(), limit=tick.limit)
