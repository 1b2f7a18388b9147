"""What economy does by itself: read deposits, let them count, end offers. In real time: a chain knows no other."""

from apps.economy.services import quotes, watching
from apps.operations import clock
from apps.operations.cadence import Report, Tick, cadence, seconds


@cadence("economy.scan-deposits", every=seconds(5), lease=seconds(300))
def scan_deposits(tick: Tick) -> Report:
    """Read the vaults' deposits from their chains."""
    return watching.scan_all(now=clock.real_now())


@cadence("economy.confirm-deposits", every=seconds(5), lease=seconds(300))
def confirm_deposits(tick: Tick) -> Report:
    """Let deposits count that are deep enough, and give what they bought."""
    return watching.confirm_all(now=clock.real_now(), limit=tick.limit)


@cadence("economy.expire-quotes", every=seconds(60))
def expire_quotes(tick: Tick) -> Report:
    """End the offers that ran out."""
    return quotes.expire_due(now=clock.real_now(), limit=tick.limit)
