"""Executing a decision again for whoever may read its account: seldom, and without what is the owner's."""

from dataclasses import replace
from datetime import datetime

from apps.trading.queries import Reader, reads_words
from apps.trading.services.reexecution import reexecute
from apps.trading.services.reexecution.bundle import get_readable_run, hides_exits, verification_of
from apps.trading.services.reexecution.steps import Reexecution, Step

_OF_THE_MARKET = frozenset({"market", "limits"})
_OF_PAYLOADS = frozenset({"context", "strategy", "prompt", "answer"})
"""Steps whose digests are those of what the owner alone may see: a digest tells it to whoever tries all it can be."""


def verify(run_id: str, *, reader: Reader, network: str | None, now: datetime) -> Reexecution:
    """The run executed again as this reader may see it; raises NotFound, and RateLimited for too many of one network."""
    run, account = get_readable_run(run_id, reader)
    found = verification_of(run, account=account, now=now, network=network, ask=reexecute)
    if reads_words(account, reader):
        return found
    hidden = hides_exits(account, reader)
    return replace(found, steps=tuple(_for_all(step, hidden) for step in found.steps))


def _for_all(step: Step, hidden: bool) -> Step:
    """A step without the values and digests that are the owner's; whether and where it differs is everybody's."""
    if step.name in _OF_PAYLOADS:
        step = replace(step, digests=())
    if step.is_private or (hidden and step.name not in _OF_THE_MARKET):
        return replace(step, expected="", found="")
    return step
