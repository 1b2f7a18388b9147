"""What is booked while a decision is asked again is no difference: all is read as of one moment."""

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from apps.decisions import queries as decisions
from apps.decisions.models import DecisionRun
from apps.trading.services import cycle, execution
from apps.trading.services import reexecution as service
from apps.trading.services.reexecution import StepStatus, reexecute
from tests.trading import world
from tests.trading.reexecution.test_identical import STEP, live

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="an in-memory SQLite shares its locks between threads"
    ),
    pytest.mark.django_db(transaction=True),
]


def test_an_action_that_is_executed_meanwhile_is_no_difference(monkeypatch: Any) -> None:
    account, at = live(5), world.NOW + 5 * STEP
    world.put_quote(dollars=100, at=at)
    world.put_candles(end=at, count=1, first=100)
    cycle.run_account_cycle(account_id=account.pk, prompt_key="prompt", slot_at=at, now=at)
    run = DecisionRun.objects.filter(subject=account.public_id).latest("sequence")
    assert run.actions.exclude(kind="hold").exists()
    real = service.rebuilt_steps

    def execute() -> None:
        execution.execute_pending(now=at + timedelta(seconds=1))
        connection.close()

    def racing(*arguments: Any) -> Any:
        other = Thread(target=execute)
        other.start()
        other.join()
        yield from real(*arguments)

    monkeypatch.setattr(service, "rebuilt_steps", racing)
    found = reexecute(decisions.get_run(run.public_id), now=at + timedelta(minutes=1))
    assert found.status == StepStatus.UNAVAILABLE, found.first_difference
    assert found.first_unavailable is not None and "waits for the gates" in found.first_unavailable.sentence
    monkeypatch.setattr(service, "rebuilt_steps", real)
    again = reexecute(decisions.get_run(run.public_id), now=at + timedelta(minutes=1))
    assert again.status == StepStatus.IDENTICAL, again.first_difference
