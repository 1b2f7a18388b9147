"""A version is sealed by its document and followed by its compilation: one that was altered is named, even when followed."""

import json
from typing import Any

import pytest

from apps.clones.models import StrategyVersion
from apps.clones.queries import strategies
from apps.decisions import queries as decisions
from apps.trading.models import PropAccount
from apps.trading.services import cycle, execution
from apps.trading.services.chains import chain_differences
from apps.trading.services.reexecution import Reexecution, StepStatus, reexecute
from tests.trading import world
from tests.trading.reexecution.test_corruptions import inside, write
from tests.trading.reexecution.test_identical import STEP, live

pytestmark = pytest.mark.django_db
SLOTS = 3
VERSION = "clones_strategyversion"


def version_of(account: PropAccount) -> StrategyVersion:
    return StrategyVersion.objects.get(clone=account.clone, is_active=True)


def decided(account: PropAccount) -> Reexecution:
    """The next decision of the account, by a process that has just begun, asked again by another."""
    strategies._compiled.clear()
    at = world.NOW + SLOTS * STEP
    world.put_quote(dollars=171, at=at)
    world.put_candles(end=at, count=1, first=171)
    cycle.run_account_cycle(account_id=account.pk, prompt_key="prompt", slot_at=at, now=at)
    execution.execute_pending(now=at)
    run = decisions.list_runs(subjects=[account.public_id]).order_by("-sequence").first()
    assert run is not None
    strategies._compiled.clear()
    return reexecute(decisions.get_bare_run(run.public_id), now=at)


def test_a_decision_by_a_compilation_that_was_altered_is_no_sound_one() -> None:
    account = live(SLOTS)
    assert decided(account).status == StepStatus.IDENTICAL
    version = version_of(account)
    write(VERSION, "compiled", version.pk, inside('"strategy": "trend"', '"strategy": "mean_reversion"'))
    account = PropAccount.objects.get(pk=account.pk)
    run = decisions.list_runs(subjects=[account.public_id]).order_by("-sequence").first()
    assert run is not None
    first = reexecute(decisions.get_bare_run(run.public_id), now=world.NOW + SLOTS * STEP).first_difference
    assert first is not None and first.name == "strategy" and first.is_private
    assert first.where.endswith("version.compiled.prompts[0].strategy")
    assert (first.expected, first.found) == ("trend", "mean_reversion")
    assert list(chain_differences(account)) == [
        f"version {version.public_id} does not compile to what was stored"
    ]


def test_a_decision_that_followed_it_is_told_from_what_was_published() -> None:
    account = live(SLOTS)
    write(
        VERSION,
        "compiled",
        version_of(account).pk,
        inside('"strategy": "trend"', '"strategy": "mean_reversion"'),
    )
    found = decided(account)
    differing = [(step.name, step.expected, step.found) for step in found.steps if step.status == "different"]
    assert differing == [("strategy", "trend", "mean_reversion")]


def test_of_a_compiler_that_is_gone_nobody_can_say(monkeypatch: Any) -> None:
    account = live(SLOTS)
    monkeypatch.setattr("apps.clones.graph.COMPILER_VERSION", "graph-9")
    found = decided(account)
    assert found.first_unavailable is not None and found.first_unavailable.name == "strategy"
    assert "graph-2" in found.first_unavailable.sentence and found.first_difference is None
    assert list(chain_differences(PropAccount.objects.get(pk=account.pk))) == []


@pytest.mark.parametrize("compiled", [{}, [], {"compiler": "graph-2"}, {"compiler": "graph-1"}])
def test_a_compilation_of_another_kind_is_a_difference(compiled: Any) -> None:
    account = live(SLOTS)
    version = version_of(account)
    run = decisions.list_runs(subjects=[account.public_id]).order_by("-sequence").first()
    assert run is not None
    write(VERSION, "compiled", version.pk, lambda _: json.dumps(compiled))
    found = reexecute(decisions.get_bare_run(run.public_id), now=world.NOW + SLOTS * STEP)
    assert found.status == StepStatus.DIFFERENT
    (told,) = chain_differences(PropAccount.objects.get(pk=account.pk))
    assert version.public_id in told
