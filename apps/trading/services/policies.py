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


def policy_in_force(account: PropAccount) -> dict[str, object]:
    """The account's policy with its defaults filled in, or just as it is stored where it cannot be read."""
    return _read(account)[0]


def merged_policy(account: PropAccount, asked: Policy | Mapping[str, object]) -> dict[str, object]:
    """The policy in force with what is asked put into it; what is left out stays.

    Raises InvalidInput where that is no policy, where no allowed asset would be left (POLICY_WITHOUT_ASSETS), and
    where something is left out while the policy in force cannot be read (POLICY_INCOMPLETE).
    """
    given = asked.to_document() if isinstance(asked, Policy) else dict(asked)
    before, is_readable = _read(account)
    if is_readable:
        document = policy_document(before | given)
    else:
        document = policy_document(given)
        if missing := [name for name in policy_document({}) if name not in given]:
            raise InvalidInput(
                f"The policy in force cannot be read; send these too: {', '.join(missing)}.",
                code="POLICY_INCOMPLETE",
            )
    if before.get("allowed_symbols") and not document["allowed_symbols"]:
        raise InvalidInput("A policy must go on allowing some asset.", code="POLICY_WITHOUT_ASSETS")
    return document


def policy_changes(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, list[object]]:
    """The fields that differ, each with what it was and what it is; None where it is not there."""
    return {
        name: [before.get(name), after.get(name)]
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    }


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
    """Merge what is asked into an account's policy from now on; every policy it had stays pinned under its number.

    Positions stay as they are: what the new policy would not let them become they may not grow to, and shrinking
    needs no policy. One that cannot be read is replaced by a whole one. `from_sequence` is the number of the policy
    that is replaced, so that nobody overwrites one that they have not seen. Raises InvalidInput as
    `merged_policy` does and for one that changes nothing, Conflict for a closed account or another `from_sequence`.
    """
    account = PropAccount.objects.select_for_update().get(pk=account.pk)
    if account.status in CLOSED_STATUSES:
        raise Conflict(f"The account is {account.status}: no policy rules it any more.")
    if account.policy_sequence != from_sequence:
        raise Conflict(
            "Somebody moved this account to another policy just now; look again.", code="STATE_CHANGED"
        )
    document = merged_policy(account, policy)
    changes = policy_changes(policy_in_force(account), document)
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


def _read(account: PropAccount) -> tuple[dict[str, object], bool]:
    """The stored policy, and whether it is one; its defaults are filled in where it is."""
    stored: object = account.policy
    if not isinstance(stored, dict):
        return {}, False
    try:
        return policy_document(stored), True
    except InvalidInput:
        return stored, False
