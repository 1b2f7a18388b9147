"""The Lifecycle machine, run: 30 lives of 30 steps, with `--long` 800 of 50; all that a career can meet must occur."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings

from apps.operations.types import Actor
from tests.competition import trials
from tests.competition.machines.lifecycle import CLONES, PEOPLE, SLOTS, Lifecycle
from tests.lives import live
from tests.trading import world

AT_LEAST = {
    "passed": 10,
    "failed": 3,
    "voided": 10,
    "entered": 5,
    "passed over": 3,
    "left": 1,
    "authorised": 3,
    "denied": 3,
    "crashes": 5,
    "FOUR_EYES_REQUIRED": 3,
    "REFUND_EXISTS": 2,
    "REFUND_NOT_POSSIBLE": 2,
    "AUDITION_EXISTS": 2,
    "STATE_CHANGED": 5,
}
"""How often the lives must have seen each of these."""


@pytest.mark.django_db
def test_machine_lifecycle(
    request: pytest.FixtureRequest, record_property: Callable[[str, Any], None]
) -> None:
    is_long = request.config.getoption("--long")
    Lifecycle.clones = tuple(world.make_clone(f"Contender {one}{one}") for one in range(CLONES))
    Lifecycle.people = {name: Actor.user(trials.person(name)) for name in PEOPLE}
    Lifecycle.digest = trials.rulebook().digest
    Lifecycle.seen, Lifecycle.steps_done = Counter(), 0
    with override_settings(ARENA_SLOTS=SLOTS):
        live(
            Lifecycle,
            lives=800 if is_long else 30,
            at_least=AT_LEAST,
            seen=lambda: (Lifecycle.steps_done, Lifecycle.seen),
            is_long=is_long,
            turns=4,
            record=record_property,
        )
