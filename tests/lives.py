"""Running a stateful machine until its lives have seen all that can occur."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

STEPS, LONG_STEPS = 30, 50


def live(
    machine: type[RuleBasedStateMachine],
    *,
    lives: int,
    at_least: Mapping[str, int],
    seen: Callable[[], tuple[int, Mapping[str, int]]],
    is_long: bool,
    turns: int = 3,
    record: Callable[[str, Any], None],
) -> None:
    """Run so many lives; chance may pass something rare by, and then as many again, at most `turns` times.

    `seen` tells the steps so far and how often each thing occurred. Fails where something occurred less than `at_least`.
    """
    missed: dict[str, tuple[int, int]] = {}
    for turn in range(turns):
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=lives,
                stateful_step_count=LONG_STEPS if is_long else STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate, Phase.shrink],
                database=None,
                derandomize=not is_long and turn == 0,
            ),
        )
        steps, events = seen()
        missed = {
            what: (events.get(what, 0), least)
            for what, least in at_least.items()
            if events.get(what, 0) < least
        }
        if not missed:
            break
    told = dict(sorted(events.items()))
    record("steps", steps)
    record("seen", told)
    sys.stdout.write(f"{steps} steps: {told}\n")
    assert missed == {}
