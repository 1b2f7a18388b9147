"""Executes a recorded decision again, from what it saw to what was booked, and names the first place that differs."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from apps.decisions import queries as decisions
from apps.trading.models import ActionVerdict, PropAccount
from apps.trading.services.reexecution import decision, execution
from apps.trading.services.reexecution.booking import booking_steps
from apps.trading.services.reexecution.case import Case
from apps.trading.services.reexecution.past import Past
from apps.trading.services.reexecution.rebuilding import Boards, boards, rebuilt_steps
from apps.trading.services.reexecution.steps import Asking, Part, Reexecution, Step, StepStatus

__all__ = ["Part", "Reexecution", "Step", "StepStatus", "reexecute", "reexecute_account"]


def reexecute(run: Any, *, now: datetime) -> Reexecution:
    """Ask everything about one decision run again, in the order of its life; nothing is written.

    `now` is the market time by which memory may have forgotten. Reads a fixed number of times, and the account's ledger
    up to the decision once.
    """
    account = PropAccount.objects.filter(public_id=run.subject).select_related("clone").first()
    return _reexecuted(run, account, now, None, boards())


def reexecute_account(
    account: PropAccount, *, now: datetime, limit: int | None = None
) -> Iterator[Reexecution]:
    """Every sealed decision of an account asked again, oldest first; its ledger is read once for all."""
    past, board_at = Past(account), boards()
    runs = (
        decisions.list_runs(subjects=[account.public_id]).filter(sequence__isnull=False).order_by("sequence")
    )
    for run in runs.defer(None).select_related("version")[:limit].iterator(chunk_size=200):
        yield _reexecuted(run, account, now, past, board_at)


def _reexecuted(
    run: Any, account: PropAccount | None, now: datetime, past: Past | None, board_at: Boards
) -> Reexecution:
    if run.sequence is None:
        asking = Asking("record", Part.SEALED)
        asking.lacks("It is not sealed yet: the decision is under way.")
        return Reexecution(run.public_id, "", (asking.done("", ""),))
    case = Case(run, account, now, past)
    steps = (*_decision_steps(case, board_at), *_action_steps(case))
    return Reexecution(run.public_id, run.record_digest, steps)


def _decision_steps(case: Case, board_at: Boards) -> Iterator[Step]:
    run = case.run
    yield decision.record_step(case)
    yield decision.chain_step(case)
    if run.context_digest:
        yield decision.context_step(case)
        yield from rebuilt_steps(case, board_at)
        yield decision.strategy_step(case)
    if run.prompt_digest:
        yield decision.prompt_step(case)
    if run.answer_digest or case.answer.value or case.answer.fault:
        yield decision.answer_step(case)
        yield decision.actions_step(case)


def _action_steps(case: Case) -> Iterator[Step]:
    account, actions = case.account, list(case.run.actions.all())
    if account is None or not actions:
        return
    rows = ActionVerdict.objects.filter(action__in=actions).select_related("record")
    verdicts = {verdict.action_id: verdict for verdict in rows}
    for action in actions:
        verdict = verdicts.get(action.pk)
        if verdict is not None and execution.is_hold(action):
            yield execution.held_step(action, verdict)
        elif verdict is None or not hasattr(verdict, "record"):
            yield execution.without_record(action, verdict)
        else:
            one = execution.opened(case.run, account, action, verdict)
            yield from execution.execution_steps(one)
            if one.document is not None:
                yield from booking_steps(one)
