"""What terminal does by itself: reading linked profiles again."""

from apps.operations import clock
from apps.operations.cadence import Report, Tick, cadence, minutes, seconds
from apps.terminal.services import syncing


@cadence("terminal.sync-profiles", every=minutes(5), lease=seconds(300), limit=50)
def sync_profiles(tick: Tick) -> Report:
    """Read rank and points of the linked Terminal profiles that are due."""
    return syncing.sync_due_profiles(now=clock.real_now(), limit=tick.limit)
