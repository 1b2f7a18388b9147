"""The supervisor: starts every programme of the arena, restarts what dies, reports it, stops them all."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType

from pumpparty.runtime.children import Child, stop_all
from pumpparty.runtime.reaper import Reaper

LOOK_EVERY = 0.2


class Stopped(BaseException):
    """Somebody asked the supervisor to stop; like KeyboardInterrupt nothing on the way may take it for a failure."""


class Supervisor:
    """Owns the children of one arena. `report` takes each line for the person in front of the terminal."""

    def __init__(self, *, report: Callable[[str], None]) -> None:
        self.report = report
        self.children: list[Child] = []
        self._reaper = Reaper()

    def start(self, child: Child) -> None:
        """Start a programme and watch it from now on."""
        self._reaper.cover(child.start())
        self.children.append(child)

    def look(self) -> None:
        """Look at every child once: report deaths, restart what is due."""
        for child in self.children:
            group = child.watch(report=self.report)
            if group is not None:
                self._reaper.cover(group)

    def run(self, *, tick: Callable[[], bool], every: float = 1.0) -> None:
        """Watch the children and call `tick` about every `every` seconds until it returns False."""
        due = time.monotonic()
        while True:
            self.look()
            if time.monotonic() >= due:
                due = time.monotonic() + every
                if not tick():
                    return
            time.sleep(LOOK_EVERY)

    def stop(self) -> None:
        """Stop every programme, the broker last, within seconds; further signals do not disturb it."""
        with _undisturbed():
            last = [child for child in self.children if child.name == "broker"]
            stop_all([child for child in self.children if child not in last])
            stop_all(last)
            self._reaper.dismiss()


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and a closed terminal into `Stopped` inside the block."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(signal.Signals(number).name)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
