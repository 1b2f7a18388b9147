"""Queued work of trading, one item each."""

from datetime import datetime, timedelta
from typing import Any

from apps.operations import clock, queue
from apps.trading.services import cycle

LONGEST_TALK = timedelta(seconds=120)
"""A model's patience, a minute at most, and what comes before and after it."""


@queue.task("trading.run-account-cycle")
def run_account_cycle(account_id: int, prompt_key: str, slot_at: str, symbol: str | None = None) -> None:
    """Decide one slot of one prompt of an account, for all of its assets or an early one for `symbol` alone."""
    _decide(slot_at, account_id=account_id, prompt_key=prompt_key, symbol=symbol, asks_models=False)


@queue.task("trading.decide-by-model", lease=LONGEST_TALK)
def decide_by_model(account_id: int, prompt_key: str, slot_at: str, symbol: str) -> None:
    """Decide about one asset by an engine that may think for long."""
    _decide(slot_at, account_id=account_id, prompt_key=prompt_key, symbol=symbol)


def _decide(slot_at: str, **ids: Any) -> None:
    cycle.run_account_cycle(slot_at=datetime.fromisoformat(slot_at), now=clock.now(), **ids)
