"""Workers that run by themselves: declared once with @cadence, run by beat, by command or by the tests."""

from apps.operations.cadence.declare import cadence
from apps.operations.cadence.registry import Cadence, all_cadences, get_cadence, minutes, seconds
from apps.operations.cadence.runner import real_interval, run_once
from apps.operations.types import Report, RunOutcome, Tick

__all__ = [
    "Cadence",
    "Report",
    "RunOutcome",
    "Tick",
    "all_cadences",
    "cadence",
    "get_cadence",
    "minutes",
    "real_interval",
    "run_once",
    "seconds",
]
