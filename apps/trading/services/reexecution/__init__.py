"""Executes a recorded decision again, from what it saw to what was booked, and names the first place that differs."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from apps.decisions import queries as decisions
from apps.operations.invariants import one_snapshot
from apps.trading.models import ActionVerdict, PropAccount
from apps.trading.services.reexecution import decision, execution
from apps.trading.services.reexecution.booking import booking_steps
from apps.trading.services.reexecution.case import Case
from apps.trading.services.reexecution.executed import opened
from apps.trading.services.reexecution.exits import exits_steps
from apps.trading.services.reexecution.guard import asked
from apps.trading.services.reexecution.past import Past
from apps.trading.services.reexecution.rebuilding import Boards, boards, rebuilt_steps
from apps.trading.services.reexecution.steps import Asking, Part, Reexecution, Step, StepStatus
from apps.trading.services.reexecution.unrecorded import unrecorded

__all__ = ["Part", "Reexecution", "Step", "StepStatus", "reexecute", "reexecute_account"]


def reexecute(run: Any, *, now: datetime) -> Reexecution:
    """Ask everything about one decision run again, in the order of its life; nothing is written.

    All is read as of one moment of the database, so nothing that is booked meanwhile looks like a difference. `now` is
    the market time by which memory may have forgotten. Reads a fixed number of times, and the account's ledger up to
    the decision once.
    """
    with one_snapshot():
        account = PropAccount.objects.filter(public_id=run.subject).select_related("clone").first()
        bare = decisions.get_bare_run(run.public_id)
        if bare.sequence is None:
            return _under_way(bare)
        return _reexecuted(Case(bare, account, now), boards())


def reexecute_account(account: PropAccount, *, now: datetime) -> Iterator[Reexecution]:
    """Every sealed decision of an account asked again, oldest first; its ledger is read once for all.

    Of each chain only the link behind a decision is hashed with it: `chains.chain_differences` walks the chains whole.
    """
    past, board_at = Past(account), boards()
    runs = decisions.list_runs(subjects=[account.public_id]).filter(sequence__isnull=False)
    for run in runs.order_by("sequence").select_related("version").iterator(chunk_size=200):
        yield _reexecuted(Case(run, account, now, past, ahead=1), board_at)


def _under_way(run: Any) -> Reexecution:
    asking = Asking("record", Part.SEALED)
    asking.lacks("It is not sealed yet: the decision is under way.")
    return Reexecution(run.public_id, "", (asking.done("", ""),))


def _reexecuted(case: Case, board_at: Boards) -> Reexecution:
    steps = (*_decision_steps(case, board_at), *_action_steps(case))
    return Reexecution(case.run.public_id, case.run.record_digest, steps)


def _decision_steps(case: Case, board_at: Boards) -> Iterator[Step]:
    run, key = case.run, case.key
    yield from asked("record", Part.SEALED, key, lambda: [decision.record_step(case)])
    yield from asked("chain", Part.SEALED, key, lambda: [decision.chain_step(case)])
    if run.context_digest:
        seen = f"{key}.context"
        yield from asked("context", Part.SAW, seen, lambda: [decision.context_step(case)])
        yield from asked("market", Part.SAW, seen, lambda: rebuilt_steps(case, board_at))
        yield from asked("strategy", Part.SAW, seen, lambda: [decision.strategy_step(case)])
    if run.prompt_digest or case.prompt.value or case.prompt.fault:
        yield from asked("prompt", Part.SAW, f"{key}.prompt", lambda: [decision.prompt_step(case)])
    if run.answer_digest or case.answer.value or case.answer.fault:
        said = f"{key}.raw_answer"
        yield from asked("answer", Part.SAID, said, lambda: [decision.answer_step(case)])
        yield from asked("actions", Part.WANTED, said, lambda: [decision.actions_step(case)])


def _action_steps(case: Case) -> Iterator[Step]:
    account, actions = case.account, list(case.run.actions.all())
    if account is None or not actions:
        return
    rows = ActionVerdict.objects.filter(action__in=actions).select_related("record")
    verdicts = {verdict.action_id: verdict for verdict in rows}
    for action in actions:
        verdict = verdicts.get(action.pk)
        if verdict is None:
            yield execution.waiting_step(action)
        elif execution.is_hold(action):
            yield execution.held_step(action, verdict)
        else:
            yield from _judged(case, account, action, verdict)


def _judged(case: Case, account: PropAccount, action: Any, verdict: ActionVerdict) -> Iterator[Step]:
    """What an action got: by its record, or by what was booked where it has none."""
    if hasattr(verdict, "record"):
        one = opened(case, account, action, verdict)
        yield from execution.execution_steps(one)
    else:
        one, step = unrecorded(case, account, action, verdict)
        yield step
    place = f"{one.key}.document"
    yield from asked("ledger", Part.GOT, place, lambda: booking_steps(one), one.index)
    yield from asked("exits", Part.GOT, place, lambda: exits_steps(one), one.index)
