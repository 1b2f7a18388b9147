"""The execution policy of an account: checked before it is pinned, and moved to another only on the record."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from apps.core.errors import Conflict, InvalidInput
from apps.exchange.types import Policy
from apps.operations import audit
from apps.operations.types import Actor
from apps.trading.models import PropAccount
from apps.trading.services.terms import pin_policy
from apps.trading.types import CLOSED_STATUSES


def policy_document(policy: Policy | Mapping[str, object]) -> dict[str, object]:
    """The whole policy as plain JSON, its defaults filled in; raises InvalidInput where it is not one."""
    try:
        given = policy.to_document() if isinstance(policy, Policy) else policy
        return Policy.from_document(given).to_document()
    except ValueError as error:
        raise InvalidInput(f"The execution policy is not valid: {error}.") from error


@transaction.atomic
def move_policy(
    *,
    account: PropAccount,
    policy: Policy | Mapping[str, object],
    from_sequence: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> PropAccount:
    """Give an account another policy from now on; every policy it had stays pinned under its number.

    Positions stay as they are: what the new policy would not let them become they may not grow to, and shrinking
    needs no policy. One that cannot be read is replaced like any other. `from_sequence` is the number of the policy
    that is replaced, so that nobody overwrites one that they have not seen. Raises InvalidInput for a bad policy or
    one that changes nothing, Conflict for a closed account or another `from_sequence`.
    """
    document = policy_document(policy)
    account = PropAccount.objects.select_for_update().get(pk=account.pk)
    if account.status in CLOSED_STATUSES:
        raise Conflict(f"The account is {account.status}: no policy rules it any more.")
    if account.policy_sequence != from_sequence:
        raise Conflict(
            "Somebody moved this account to another policy just now; look again.", code="STATE_CHANGED"
        )
    before = _readable(account.policy)
    changes = {
        name: [before.get(name), document.get(name)]
        for name in (before | document)
        if before.get(name) != document.get(name)
    }
    if not changes:
        raise InvalidInput("The account has this policy already.", code="POLICY_UNCHANGED")
    account.policy, account.policy_sequence = document, from_sequence + 1
    account.save(update_fields=["policy", "policy_sequence"])
    pin_policy(account=account, reason=reason, now=now)
    detail = {"sequence": account.policy_sequence, "changes": changes}
    audit.record(
        verb="trading.account.policy-moved", by=by, subject=account, reason=reason, detail=detail, now=now
    )
    return account


def _readable(stored: object) -> dict[str, object]:
    """The stored policy with its defaults filled in, or just as it is stored where it is none."""
    if not isinstance(stored, dict):
        return {}
    try:
        return policy_document(stored)
    except InvalidInput:
        return stored
