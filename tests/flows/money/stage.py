"""Acts of a flow, each done by a process of its own that is killed at a random point first and then done again."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from apps.operations import failpoints
from tests.trading.kills import forks
from tests.trading.kills.forks import Ended, Tell

Act = Callable[[Tell], None]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Stage:
    """One database; `act` does a piece of work in a forked child and, where the stage is rough, kills it once first."""

    def __init__(self, database: str, *, rough: random.Random | None) -> None:
        self.database = database
        self.kills: Counter[str] = Counter()
        self.moment = EPOCH
        """The market time that is under way: who takes over after a kill goes on there."""
        self._rough = rough
        self._met: dict[str, Counter[str]] = {}

    def act(self, name: str, work: Act) -> Ended:
        """Do the work and return how it ended. It must be such that doing it again after a kill finishes it."""
        if self._rough is not None:
            self._kill_once(name, work)
        return self._whole(name, work)

    def learn(self, other: "Stage") -> None:
        """Take over which points each act of an undisturbed stage came past, and how often."""
        self._met = other._met

    def _whole(self, name: str, work: Act) -> Ended:
        ended = self._note(forks.run(self.database, _counted(work)))
        assert not ended.killed
        self._met.setdefault(name, Counter(ended.last("met", {})))
        return ended

    def _kill_once(self, name: str, work: Act) -> None:
        assert self._rough is not None
        met = self._met.get(name)
        if not met:
            return
        point = self._rough.choice(sorted(met))
        hits = self._rough.randint(1, met[point])
        if self._note(forks.run(self.database, _armed(work, point, hits))).killed:
            self.kills[point] += 1

    def _note(self, ended: Ended) -> Ended:
        if moment := ended.last("moment"):
            self.moment = datetime.fromisoformat(moment)
        return ended


def _counted(work: Act) -> Act:
    def run(tell: Tell) -> None:
        before = Counter(failpoints.reached)
        work(tell)
        tell(met=dict(failpoints.reached - before))

    return run


def _armed(work: Act, point: str, hits: int) -> Act:
    def run(tell: Tell) -> None:
        failpoints.arm(point, hits=hits)
        work(tell)

    return run


def told(ended: Ended, key: str) -> Any:
    """What an act said under a key."""
    found = ended.last(key)
    assert found is not None, f"nothing was said of {key}"
    return found
