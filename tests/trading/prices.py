"""Prices that arrive at the market's guard, and accounts that are marked at them."""

from datetime import datetime
from typing import Any

from apps.market import queries
from apps.market.services.guard import Guard
from apps.market.types import QuoteTick
from apps.operations.invariants import registered
from apps.trading.models import PropAccount
from apps.trading.services import execution, marking
from tests.trading import world


def arrive(symbol: str = "BTC", *, dollars: int, at: datetime, rate_e10: int = 0) -> bool:
    """A price as the source tells it: stored when the guard accepts it, held back otherwise."""
    asset, micros = world.make_asset(symbol), dollars * world.DOLLAR
    good = {symbol: quote.mark_micros for symbol, quote in queries.latest_quotes([symbol], at=at).items()}
    guard = Guard([asset], good)
    priced = guard.accept(symbol, QuoteTick(symbol, micros, micros, micros, rate_e10), at=at)
    if priced is not None:
        world.put_quote(symbol, dollars=dollars, at=at, rate_e10=rate_e10)
    guard.store()
    return priced is not None


def carry_out(account: PropAccount, kind: str = "open", *, now: datetime = world.NOW, **fields: Any) -> None:
    """An action of the account that must be executed."""
    verdict = execution.execute_action(action=world.propose_action(account, kind, now=now, **fields), now=now)
    assert verdict is not None and verdict.status == "executed", verdict and verdict.detail


def mark(account: PropAccount, **rest: Any) -> Any:
    """Mark everything at the given moment and read the account again."""
    report = marking.mark_open_accounts(**rest)
    assert report.failed == 0, report.errors
    account.refresh_from_db()
    return report


def broken() -> dict[str, list[str]]:
    """Every invariant of trading that does not hold, but for the seals of runs that tests make by hand."""
    ours = [check for check in registered() if check.check.__module__.startswith("apps.trading.")]
    return {check.key: wrong for check in ours if (wrong := check.check())}
