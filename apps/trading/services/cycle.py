"""A decision cycle of an account: the account as a value, then one proposal per prompt and asset."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from apps.clones import queries as clones
from apps.clones.types import ENDED
from apps.core.errors import DomainError
from apps.decisions.engine.registry import is_paid
from apps.decisions.services.propose import propose_slots
from apps.decisions.types import DueSlot, RunHeld
from apps.market.queries import MarketBoard
from apps.operations import queue
from apps.operations.types import Actor, Report
from apps.trading.models import PropAccount
from apps.trading.services.account_state import read_standing
from apps.trading.services.schedule import hand_out
from apps.trading.types import TRADABLE_STATUSES

_ACTOR = Actor.system("trading.run-account-cycle")


class CycleIncomplete(DomainError):
    """Some proposals of a cycle failed; the queue tries the cycle again, and finished ones are kept."""

    status = 503
    code = "CYCLE_INCOMPLETE"
    retryable = True


def run_account_cycle(
    *,
    account_id: int,
    prompt_key: str,
    slot_at: datetime,
    now: datetime,
    symbol: str | None = None,
    asks_models: bool = True,
) -> Report:
    """Propose for one slot of a prompt, for `symbol` or for all its assets; as `decide_prompts` otherwise."""
    return decide_prompts(
        account_id=account_id,
        prompts={prompt_key: slot_at},
        board=MarketBoard(now),
        symbol=symbol,
        asks_models=asks_models,
    )


def decide_prompts(
    *,
    account_id: int,
    prompts: Mapping[str, datetime],
    board: MarketBoard,
    symbol: str | None = None,
    asks_models: bool = True,
) -> Report:
    """Propose for a slot of each of the prompts, from the board's moment on; no transaction is open meanwhile.

    The account is read anew whenever a model's thought has moved the moment on.

    Whoever must not wait (not `asks_models`) hands on what a paid engine is to decide by now, and decides the rest.

    An account that may not trade, one whose clone has ended, or prompts that the active version no longer has, are
    skipped. Raises `CycleIncomplete` when a proposal failed; repeating the call asks only for what is missing. Raises
    `queue.NotYet` where all that is missing is one decision whose model is left in peace for a while, or one that a
    worker holds which may have vanished while a model thought: until its lease ends.
    """
    account = PropAccount.objects.select_related("clone").get(pk=account_id)
    version = clones.active_version(account.clone)
    if account.status not in TRADABLE_STATUSES or account.clone.status in ENDED or version is None:
        return Report(seen=1, skipped=1)
    compiled = {prompt.key: prompt for prompt in clones.compiled(version).enabled_prompts}
    for key, slot_at in prompts.items():
        if not asks_models and key in compiled and is_paid(compiled[key].engine):
            hand_out(account_id=account.pk, prompt=compiled.pop(key), slot_at=slot_at, symbol=symbol)
    slots = [
        DueSlot(key, name, slot_at)
        for key, slot_at in prompts.items()
        if key in compiled
        for name in compiled[key].assets
        if symbol in (None, name)
    ]
    if not slots:
        return Report(seen=1, skipped=1)
    done = propose_slots(
        subject=account.public_id,
        version=version,
        slots=slots,
        standing=partial(read_standing, account_id),
        board=board,
        by=_ACTOR,
    )
    if done.errors:
        first, *others = done.errors.values()
        if not others:
            _raise_wait(first, asks_models=asks_models)
        told = (
            f"{slot.symbol}: {type(error).__name__}: {error}"[:300] for slot, error in done.errors.items()
        )
        raise CycleIncomplete("; ".join(told)[:1500])
    return Report(seen=len(slots), done=len(slots))


def _raise_wait(error: Exception, *, asks_models: bool) -> None:
    """Raise NotYet where the moment is known from which the one decision that is missing may be asked for again."""
    if isinstance(error, queue.NotYet):
        raise error
    if asks_models and isinstance(error, RunHeld) and error.until is not None:
        raise queue.NotYet(error.detail, not_before=error.until) from error
