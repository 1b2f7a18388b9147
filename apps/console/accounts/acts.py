"""Which acts upon an account its state allows: the buttons of its page."""

from typing import Any

from django.http import HttpRequest

from apps.console.acts import acts_upon
from apps.trading.types import ACCOUNT_TRANSITIONS, CLOSED_STATUSES, AccountStatus

LEADS_TO = {
    "pause": AccountStatus.PAUSED,
    "resume": AccountStatus.ACTIVE,
    "restrict": AccountStatus.REDUCE_ONLY,
    "halt": AccountStatus.HALTED,
    "lock": AccountStatus.LOCKED,
    "complete": AccountStatus.COMPLETED,
    "force_liquidate": AccountStatus.LIQUIDATED,
}
TONES = {"resume": "good", "halt": "bad", "force_out": "bad", "complete": "bad", "force_liquidate": "bad"}
NEEDS_TWO = ("adjust", "force_liquidate")


def account_acts(account: Any, request: HttpRequest) -> list[dict[str, Any]]:
    """What this operator may do about the account now, in the order of its own admin page."""
    if account.status in CLOSED_STATUSES:
        return []
    allowed = ACCOUNT_TRANSITIONS[account.status]
    never = [name for name, to in LEADS_TO.items() if to not in allowed]
    return [
        {**act, "tone": TONES.get(act["name"], ""), "needs_two": act["name"] in NEEDS_TWO}
        for act in acts_upon(account, request, without=never)
    ]
