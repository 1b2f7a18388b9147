"""What economy does by itself: deposits in, refunds out, books held to the chain. In real time: a chain knows no other."""

from apps.economy.services import quotes, watching
from apps.operations import clock
from apps.operations.cadence import Report, Tick, cadence, minutes, seconds


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


@cadence("economy.pay-refunds", every=seconds(30), lease=seconds(300))
def pay_refunds(tick: Tick) -> Report:
    """Sign what competition let go, and see what was fetched or ran out."""
    return watching.fetch_all(now=clock.real_now(), limit=tick.limit)


@cadence("economy.reconcile-chain", every=minutes(60), lease=minutes(6))
def reconcile_chain(tick: Tick) -> Report:
    """Hold the books against the vaults' chains, and heal what was missed."""
    return watching.reconcile_all(now=clock.real_now())
