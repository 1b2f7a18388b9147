"""One decision cycle of an account: the account as a value, then one proposal per asset of the prompt."""

from datetime import datetime

from apps.clones import queries as clones
from apps.core.errors import DomainError
from apps.decisions.services.propose import propose
from apps.operations.types import Actor, Report
from apps.trading.models import PropAccount
from apps.trading.services.account_state import policy_of, read_state
from apps.trading.types import AccountStatus

_ACTOR = Actor.system("trading.run-account-cycle")


class CycleIncomplete(DomainError):
    """Some proposals of a cycle failed; the queue tries the cycle again, and finished ones are kept."""

    status = 503
    code = "CYCLE_INCOMPLETE"
    retryable = True


def run_account_cycle(
    *, account_id: int, prompt_key: str, slot_at: datetime, now: datetime, symbol: str | None = None
) -> Report:
    """Propose for one slot of a prompt, for `symbol` or for all its assets; no transaction is open meanwhile.

    An account that is not active, or a prompt that the active version no longer has, is skipped. Raises
    `CycleIncomplete` when a proposal failed; repeating the call asks only for what is missing.
    """
    account = PropAccount.objects.select_related("clone").get(pk=account_id)
    version = clones.active_version(account.clone)
    if account.status != AccountStatus.ACTIVE or version is None:
        return Report(seen=1, skipped=1)
    prompts = [prompt for prompt in clones.compiled(version).enabled_prompts if prompt.key == prompt_key]
    symbols = [name for prompt in prompts for name in prompt.assets if symbol in (None, name)]
    if not symbols:
        return Report(seen=1, skipped=1)
    state = read_state(account, now=now)
    policy = policy_of(account)
    errors: list[str] = []
    for name in symbols:
        try:
            propose(
                subject=account.public_id,
                version=version,
                prompt_key=prompt_key,
                symbol=name,
                slot_at=slot_at,
                account=state,
                policy=policy,
                now=now,
                by=_ACTOR,
            )
        except Exception as error:  # one asset never stops the others
            errors.append(f"{name}: {type(error).__name__}: {error}"[:300])
    if errors:
        raise CycleIncomplete("; ".join(errors)[:1500])
    return Report(seen=len(symbols), done=len(symbols))
