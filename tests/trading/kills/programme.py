"""Random schedules on copies of one seeded database: undisturbed first, then killed again and again."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.operations import failpoints
from tests.trading.kills import forks, steps
from tests.trading.kills.schedules import Step, schedule_of
from tests.trading.kills.stores import Stores

PASSES = 3
"""How often one undisturbed schedule is killed through, at other points each time."""


class Disagreement(Exception):
    """A killed and repaired schedule that is not what the undisturbed one is."""


@dataclass(frozen=True)
class Kill:
    """The end of one process: in a step, or in the repair of that step, at the n-th pass of a point."""

    place: int
    point: str
    hits: int
    while_repairing: bool = False

    def __str__(self) -> str:
        return f"step {self.place} {self.point}#{self.hits}{' in repair' if self.while_repairing else ''}"


class Programme:
    """What was killed where, and the databases that it happens on."""

    def __init__(self, stores: Stores, template: str) -> None:
        self.stores = stores
        self.template = template
        self.points: Counter[str] = Counter()
        self.kills = self.survivals = self.schedules = 0

    def play(self, seed: str) -> None:
        """One schedule undisturbed, then killed in every step, some times over; raises Disagreement."""
        schedule = schedule_of(seed)
        calm, passed = self.undisturbed(schedule)
        if calm["broken"]:
            raise Disagreement(f"undisturbed {[step.kind for step in schedule]}: {calm['broken']}")
        dice = random.Random(f"{seed}/kills")
        for _ in range(PASSES):
            kills = draw_kills(dice, passed)
            report = self.killed(schedule, kills)
            if report != calm:
                kinds = [f"{place} {step.kind}" for place, step in enumerate(schedule)]
                told = "; ".join(map(str, kills)), f"steps {kinds}", *differing(calm, report)
                raise Disagreement("\n".join(told))
        self.schedules += 1

    def undisturbed(self, schedule: Sequence[Step]) -> tuple[dict[str, Any], list[dict[str, int]]]:
        """The report of the schedule when nobody is killed, and how often each step comes past each point."""

        def work(tell: forks.Tell) -> None:
            for step in schedule:
                failpoints.reached.clear()
                steps.do(step)
                tell(passed=dict(failpoints.reached))
            tell(report=steps.report())

        name = self.stores.copy(self.template)
        ended = forks.run(name, work)
        self.stores.drop(name)
        return ended.last("report"), [one["passed"] for one in ended.told if "passed" in one]

    def killed(self, schedule: Sequence[Step], kills: Sequence[Kill]) -> dict[str, Any]:
        """The report of the schedule when process after process is killed and the next one repairs and goes on."""
        name = self.stores.copy(self.template)
        start, repairs = 0, False
        for generation, kill in enumerate([*kills, None]):
            ended = forks.run(name, _life(schedule, start, repairs, kill, generation))
            if kill is not None:
                self._count(kill, ended.killed)
            done = ended.last("done", -1)
            start = max(start, done + 1)
            repairs = ended.killed
        self.stores.drop(name)
        return ended.last("report")

    def _count(self, kill: Kill, was_killed: bool) -> None:
        self.kills += was_killed
        self.survivals += not was_killed
        self.points[kill.point] += was_killed


def differing(calm: Mapping[str, Any], report: Mapping[str, Any]) -> list[str]:
    """What is different, of lists only the rows that are not in both."""
    told = []
    for key, value in calm.items():
        mine, other = value, report[key]
        if isinstance(value, list):
            mine, other = [row for row in mine if row not in other], [row for row in other if row not in mine]
        if mine != other or value != report[key]:
            told.append(f"{key}: {mine}\n  not {other}")
    return told


def draw_kills(dice: random.Random, passed: Sequence[Mapping[str, int]]) -> list[Kill]:
    """One kill in most steps, at a point that the step is known to pass; some die while they repair it.

    The fewer steps of the schedule pass a point, the likelier it is taken: the rare ones are not to be missed.
    """
    spread = Counter(point for points in passed for point in points)
    kills = []
    for place, points in enumerate(passed):
        if not points or dice.random() < 0.1:
            continue
        names = sorted(points)
        weights = [1 / spread[name] ** 2 for name in names]
        point, again = dice.choices(names, weights, k=2)
        kills.append(Kill(place, point, dice.randint(1, points[point])))
        if dice.random() < 0.1:
            kills.append(Kill(place, again, 1, while_repairing=True))
    return kills


def _life(schedule: Sequence[Step], start: int, repairs: bool, kill: Kill | None, generation: int) -> Any:
    """What one process does: repair the step that the last one died in, then go on to its own end.

    One that was to die while it repairs and did not lets the next one go on.
    """

    def work(tell: forks.Tell) -> None:
        steps.live_in(generation)
        if kill is not None and kill.place < start:
            return
        for place in range(start, len(schedule)):
            if kill is not None and place == kill.place:
                failpoints.arm(kill.point, hits=kill.hits)
            (steps.recover if repairs and place == start else steps.do)(schedule[place])
            tell(done=place)
            if kill is not None and place == kill.place:
                return
        tell(report=steps.report())

    return work
