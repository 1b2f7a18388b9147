"""An account as it stood at an earlier moment, from its ledger, fills, policies and audit events alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from apps.operations import queries as operations
from apps.trading.models import Order, PolicySnapshot, PropAccount
from apps.trading.queries.replay import PositionAsOf, Replay, fill_rows, ledger_rows
from apps.trading.types import AccountStatus, OrderCause

_STATUS_OF_VERB = {
    "trading.account.opened": AccountStatus.ACTIVE,
    "trading.account.resumed": AccountStatus.ACTIVE,
    "trading.account.paused": AccountStatus.PAUSED,
    "trading.account.restricted": AccountStatus.REDUCE_ONLY,
    "trading.account.halted": AccountStatus.HALTED,
    "trading.account.locked": AccountStatus.LOCKED,
    "trading.account.forced-out": AccountStatus.LOCKED,
    "trading.account.completed": AccountStatus.COMPLETED,
    "trading.account.force-liquidated": AccountStatus.LIQUIDATED,
}


@dataclass(frozen=True, slots=True)
class AccountAsOf:
    """An account after the ledger row `ledger_sequence`; money in micro-dollars.

    `balances` are by ledger book, `positions` those that were open, `volume_micros` what was traded in the fourteen
    full days before that day. `status` is what its audit events and orders say, None before the first; `policy` the
    document in force, None before the first was pinned.
    """

    account_id: str
    at: datetime
    ledger_sequence: int
    ledger_group: int
    ledger_head: str
    balances: Mapping[str, int]
    positions: tuple[PositionAsOf, ...]
    order_sequence: int
    volume_micros: int
    status: str | None
    policy_sequence: int
    policy: Mapping[str, object] | None
    faults: tuple[str, ...]

    @property
    def cash_micros(self) -> int:
        """The balance of the cash book."""
        return self.balances["cash"]


def account_as_of(
    account: PropAccount, *, at: datetime | None = None, ledger_sequence: int | None = None
) -> AccountAsOf:
    """The account at a moment, or right after a ledger row; without either, after its last one.

    Of several ledger rows at the moment itself all count. Rows are streamed: memory does not grow with the history.
    """
    replay = Replay()
    keys = [account.pk]
    rows = ledger_rows(account_ids=keys, sequence=ledger_sequence, at=at)
    is_whole = at is None and ledger_sequence is None
    for _ in replay.run(rows, fill_rows(account_ids=keys, at=at), is_whole=is_whole):
        pass
    moment = at or replay.at or account.created_at
    policy = policy_at(account, moment)
    return AccountAsOf(
        account_id=account.public_id,
        at=moment,
        ledger_sequence=replay.sequence,
        ledger_group=replay.group,
        ledger_head=replay.head,
        balances=replay.balances,
        positions=tuple(replay.held()),
        order_sequence=replay.order_sequence,
        volume_micros=replay.volume_before(moment.astimezone(UTC).date()),
        status=status_at(account, moment),
        policy_sequence=policy.sequence if policy else 0,
        policy=policy.document if policy else None,
        faults=tuple(replay.faults),
    )


def policy_at(account: PropAccount, at: datetime) -> PolicySnapshot | None:
    """The policy that was in force at a moment, None before the first was pinned."""
    return PolicySnapshot.objects.filter(account=account, at__lte=at).order_by("-sequence").first()


def status_turns(account: PropAccount) -> list[datetime]:
    """The moments at which `status_at` may give another answer than before, ascending."""
    turns = {account.closed_at, *_acts(account).values_list("at", flat=True)}
    left = Order.objects.filter(account=account, cause=OrderCause.DRAWDOWN)
    return sorted(at for at in turns.union(left.values_list("placed_at", flat=True)) if at is not None)


def _acts(account: PropAccount) -> QuerySet[Any]:
    """The audit events that changed the account's status."""
    return operations.list_audit_events().filter(
        subject_type=account._meta.label_lower, subject_id=account.public_id, verb__in=_STATUS_OF_VERB
    )


def status_at(account: PropAccount, at: datetime) -> str | None:
    """The status at a moment: from the acts of operators, the orders of a drawdown, which locks, and the end, which is
    final.
    """
    if account.closed_at is not None and account.closed_at <= at:
        return account.status
    events = _acts(account).filter(at__lte=at)
    last = events.order_by("-id").first()
    left = Order.objects.filter(account=account, cause=OrderCause.DRAWDOWN, placed_at__lte=at)
    locked_at = left.order_by("-sequence").values_list("placed_at", flat=True).first()
    if locked_at is not None and (last is None or last.at < locked_at):
        return str(AccountStatus.LOCKED)
    return None if last is None else str(_STATUS_OF_VERB[last.verb])
