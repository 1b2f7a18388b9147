"""A record names the kernel that judged: another kernel's gates are not asked today, and old records name none."""

from datetime import timedelta

import pytest

from apps.core.json_strict import dumps_canonical
from apps.decisions import queries as decisions
from apps.exchange.types import KERNEL_VERSION
from apps.trading.services import recording
from apps.trading.services.reexecution import Step, StepStatus, reexecute
from tests.trading import world
from tests.trading.reexecution.test_identical import STEP, live

pytestmark = pytest.mark.django_db


def gates() -> Step:
    """How the gates of an account's first judged action come out when they are asked again."""
    account = live(3)
    run = decisions.list_runs(subjects=[account.public_id]).filter(actions__verdict__record__isnull=False)[0]
    found = reexecute(decisions.get_run(run.public_id), now=world.NOW + 3 * STEP + timedelta(minutes=1))
    return next(step for step in found.steps if step.name == "gates")


def test_a_record_of_this_kernel_says_so_and_is_asked_again() -> None:
    assert gates().status == StepStatus.IDENTICAL


def test_the_gates_of_another_kernel_are_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "KERNEL_VERSION", "exchange-1")
    step = gates()
    assert step.status == StepStatus.UNAVAILABLE and "rules have changed" in step.sentence


def test_a_record_that_names_no_kernel_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_before(document: dict[str, object]) -> bytes:
        assert document.pop("kernel", KERNEL_VERSION) == KERNEL_VERSION
        return dumps_canonical(document)

    monkeypatch.setattr(recording, "dumps_canonical", as_before)
    assert gates().status == StepStatus.IDENTICAL
