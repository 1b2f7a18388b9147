"""Executing a decision again for whoever may read its account: seldom, and without what is the owner's."""

from dataclasses import replace
from datetime import datetime

from apps.trading.queries import Reader, reads_words
from apps.trading.services.reexecution import reexecute
from apps.trading.services.reexecution.bundle import get_readable_run, hides_exits
from apps.trading.services.reexecution.sharing import Verified, verified
from apps.trading.services.reexecution.steps import Step

_OF_THE_MARKET = frozenset({"market", "limits"})
_OF_PAYLOADS = frozenset({"context", "strategy", "prompt", "answer"})
"""Steps whose digests are those of what the owner alone may see: a digest tells it to whoever tries all it can be."""


def verify(run_id: str, *, reader: Reader, network: str | None, now: datetime) -> Verified:
    """The run executed again as this reader may see it, and when; raises NotFound, and RateLimited for too many at once
    or of one network.
    """
    run, account = get_readable_run(run_id, reader)
    made = verified(run, account=account, now=now, network=network, ask=reexecute)
    if reads_words(account, reader):
        return made
    hidden = hides_exits(account, reader)
    steps = tuple(_for_all(step, hidden) for step in made.found.steps)
    return Verified(replace(made.found, steps=steps), made.at)


def _for_all(step: Step, hidden: bool) -> Step:
    """A step without the values and digests that are the owner's; whether and where it differs is everybody's."""
    if step.name in _OF_PAYLOADS:
        step = replace(step, digests=())
    if step.is_private or (hidden and step.name not in _OF_THE_MARKET):
        return replace(step, expected="", found="")
    return step
