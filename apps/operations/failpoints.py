"""Named points at which a test may have this very process killed, to show that nothing is lost or doubled."""

import os
import signal
from collections import Counter

VARIABLE = "PUMPPARTY_FAILPOINT"
_KILLED_AT = os.environ.get(VARIABLE)

reached: Counter[str] = Counter()
"""How often this process has come past each point."""

_armed: dict[str, int] = {}


def arm(name: str, *, hits: int = 1) -> None:
    """Have this process killed when it comes past the point for the `hits`-th time from now on."""
    _armed[name] = reached[name] + hits


def reach(name: str) -> None:
    """Kill this process without warning when the environment, or `arm`, names this point; do nothing otherwise."""
    reached[name] += 1
    if name == _KILLED_AT or _armed.get(name) == reached[name]:
        os.kill(os.getpid(), signal.SIGKILL)
