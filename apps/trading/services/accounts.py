"""Opening, holding back, adjusting and ending prop accounts; each act has an actor, a reason and an audit row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.core import states
from apps.core.errors import Conflict, InvalidInput
from apps.exchange.types import DenyReason, Policy
from apps.market.queries import MarketBoard
from apps.operations import audit, second_person
from apps.operations.types import Actor
from apps.trading.models import PropAccount
from apps.trading.services import funding, ledger
from apps.trading.services.account_state import load_positions, policy_of
from apps.trading.services.adjusting import require_adjustable, require_amount
from apps.trading.services.closing import close_positions
from apps.trading.services.ledger import LEDGER_FIELDS
from apps.trading.services.policies import policy_document
from apps.trading.services.terms import pin_marks, pin_policy
from apps.trading.services.valuation import MARK_FIELDS, measure, record_mark
from apps.trading.services.volumes import VOLUME_FIELDS
from apps.trading.types import (
    ACCOUNT_TRANSITIONS,
    CLOSED_STATUSES,
    OPEN_STATUSES,
    AccountStatus,
    OrderCause,
    Posting,
    Purpose,
)

_CLOSING_FIELDS = (
    *LEDGER_FIELDS,
    *MARK_FIELDS,
    *VOLUME_FIELDS,
    "order_sequence",
    "exit_sequence",
    "funded_through_at",
    "partial_liquidation_at",
)


@transaction.atomic
def open_account(
    *,
    clone: Any,
    purpose: str,
    policy: Policy | Mapping[str, object],
    starting_micros: int,
    by: Actor,
    now: datetime,
    reference: str | None = None,
) -> PropAccount:
    """Open and fund an account with `starting_micros` micro-dollars under a pinned policy; it is active at
    once.

    With a `reference` the call is idempotent: the account that was opened under it is returned unchanged.
    Raises `InvalidInput` for a bad policy, purpose or amount.
    """
    document = policy_document(policy)
    if purpose not in Purpose.values:
        raise InvalidInput(f"Unknown purpose {purpose!r}; use one of {', '.join(Purpose.values)}.")
    if (
        isinstance(starting_micros, bool)
        or not isinstance(starting_micros, int)
        or not 0 < starting_micros < 10**15
    ):
        raise InvalidInput(
            "The starting balance must be a whole number of micro-dollars between 1 and 10^15."
        )
    if reference is not None:
        present = PropAccount.objects.filter(reference=reference).first()
        if present is not None:
            return present
    # Whoever opens takes turns at the first account's row, which never changes; then the last number is read anew.
    PropAccount.objects.select_for_update(no_key=True).order_by("ordinal").first()
    last = PropAccount.objects.aggregate(last=Max("ordinal"))["last"] or 0
    account = PropAccount.objects.create(
        ordinal=last + 1,
        reference=reference,
        clone=clone,
        purpose=purpose,
        policy=document,
        starting_micros=starting_micros,
        equity_micros=starting_micros,
        peak_micros=starting_micros,
        low_micros=starting_micros,
        drawdown_base_micros=starting_micros,
        created_at=now,
        opened_at=now,
        funded_through_at=funding.floor_hour(now),
    )
    pin_policy(account=account, reason="Opened", now=now)
    ledger.post(account=account, postings=[Posting("deposit", starting_micros, "deposit:opening")], now=now)
    account.save(update_fields=LEDGER_FIELDS)
    states.advance(account, to=AccountStatus.ACTIVE, table=ACCOUNT_TRANSITIONS)
    audit.record(verb="trading.account.opened", by=by, subject=account, detail={"purpose": purpose}, now=now)
    return account


@transaction.atomic
def close_account(*, account: PropAccount, reason: str, by: Actor, now: datetime) -> PropAccount:
    """Close the positions at the market, take a last snapshot and complete the account; repeating it does
    nothing.

    Raises `Conflict`, retryable, while a position has no believable price (PRICE_UNUSABLE) or trading is halted; and
    while it holds something under a policy that cannot be read (POLICY_UNREADABLE).
    """
    account = PropAccount.objects.select_for_update().get(pk=account.pk)
    if account.status in CLOSED_STATUSES:
        return account
    if account.status in OPEN_STATUSES:
        _leave_market(account, OrderCause.CLOSE, now)
    states.advance(
        account,
        to=AccountStatus.COMPLETED,
        table=ACCOUNT_TRANSITIONS,
        closed_at=now,
        closed_reason=reason[:200],
        status_reason=reason[:200],
    )
    audit.record(verb="trading.account.completed", by=by, subject=account, reason=reason, now=now)
    return account


@transaction.atomic
def pause_account(*, account: PropAccount, reason: str, by: Actor, now: datetime) -> PropAccount:
    """Stop new decisions and orders of the clone; standing exits, liquidation and the drawdown limit go on (only a
    halt stops those). Raises `IllegalTransition`, where the account is halted too.
    """
    return _move(account, AccountStatus.PAUSED, "trading.account.paused", reason=reason, by=by, now=now)


@transaction.atomic
def restrict_account(*, account: PropAccount, reason: str, by: Actor, now: datetime) -> PropAccount:
    """Let an account only shrink its positions: no growth, but exits of every kind. Raises as `pause_account`."""
    return _move(
        account, AccountStatus.REDUCE_ONLY, "trading.account.restricted", reason=reason, by=by, now=now
    )


@transaction.atomic
def halt_account(*, account: PropAccount, reason: str, by: Actor, now: datetime) -> PropAccount:
    """The account's kill switch: no fill of any kind, forced ones included, until resumed; marks and funding go on."""
    return _move(account, AccountStatus.HALTED, "trading.account.halted", reason=reason, by=by, now=now)


@transaction.atomic
def lock_account(*, account: PropAccount, reason: str, by: Actor, now: datetime) -> PropAccount:
    """Lock an account after a breach or by an operator, until resumed: no orders of the clone, while standing exits and
    liquidation go on as in a pause. Raises as `pause_account`.
    """
    return _move(account, AccountStatus.LOCKED, "trading.account.locked", reason=reason, by=by, now=now)


@transaction.atomic
def resume_account(*, account: PropAccount, reason: str, by: Actor, now: datetime) -> PropAccount:
    """Let an account that was held back trade again, however it was; its drawdown is measured from today's equity."""
    account = PropAccount.objects.select_for_update().get(pk=account.pk)
    base = account.equity_micros
    return _move(
        account,
        AccountStatus.ACTIVE,
        "trading.account.resumed",
        reason=reason,
        by=by,
        now=now,
        drawdown_base_micros=base,
    )


@transaction.atomic
def force_exit(*, account: PropAccount, reason: str, by: Actor, now: datetime) -> PropAccount:
    """Close every position at the market and lock the account, on an operator's word.

    Raises `Conflict` while a position has no believable price, while trading is halted or when the account is closed,
    `IllegalTransition` for a halted account without positions: resume it first.
    """
    account = PropAccount.objects.select_for_update().get(pk=account.pk)
    if account.status not in OPEN_STATUSES:
        raise Conflict(f"The account is {account.status}: there is nothing to close.")
    _leave_market(account, OrderCause.CLOSE, now)
    verb = "trading.account.forced-out"
    if account.status == AccountStatus.LOCKED:
        audit.record(verb=verb, by=by, subject=account, reason=reason, now=now)
        return account
    return _move(account, AccountStatus.LOCKED, verb, reason=reason, by=by, now=now)


@transaction.atomic
def force_liquidate(
    *, account: PropAccount, reason: str, by: Actor, approved_by: Actor, now: datetime
) -> PropAccount:
    """Close every position at the market and end the account as liquidated, on the word of two persons.

    Raises `SecondPersonRequired` where they are one, `Conflict` while a position has no believable price, while
    trading is halted, or when the account is closed.
    """
    second_person.require_two(by, approved_by)
    account = PropAccount.objects.select_for_update().get(pk=account.pk)
    if account.status not in OPEN_STATUSES:
        raise Conflict(f"The account is {account.status}: there is nothing to liquidate.")
    _leave_market(account, OrderCause.CLOSE, now)
    fields = {"closed_at": now, "closed_reason": reason[:200]}
    verb, detail = "trading.account.force-liquidated", _approved(approved_by)
    return _move(
        account, AccountStatus.LIQUIDATED, verb, reason=reason, by=by, now=now, detail=detail, **fields
    )


@transaction.atomic
def adjust_cash(
    *,
    account: PropAccount,
    amount_micros: int,
    reference: str,
    reason: str,
    by: Actor,
    approved_by: Actor,
    now: datetime,
) -> PropAccount:
    """Book a correction of `amount_micros`, on the word of two persons, under a unique reference.

    A repeated reference books nothing. Raises `SecondPersonRequired` where the two are one, `InvalidInput` for an
    amount of nothing or out of range, `Conflict` for a closed account or one that would owe afterwards.
    """
    second_person.require_two(by, approved_by)
    require_amount(amount_micros)
    account = PropAccount.objects.select_for_update().get(pk=account.pk)
    if account.status not in OPEN_STATUSES:
        raise Conflict(f"The account is {account.status}: its books are closed.")
    source = f"adjustment:{reference}"
    if account.ledger.filter(reference=source).exists():
        return account
    require_adjustable(account, amount_micros)
    ledger.post(account=account, postings=[Posting("adjustment", amount_micros, source)], now=now)
    account.save(update_fields=LEDGER_FIELDS)
    detail = {"amount_micros": amount_micros, "reference": reference, **_approved(approved_by)}
    audit.record(
        verb="trading.account.adjusted", by=by, subject=account, reason=reason, detail=detail, now=now
    )
    return account


def _leave_market(account: PropAccount, cause: OrderCause, now: datetime) -> None:
    board = MarketBoard(now)
    positions = load_positions(account)
    held = [row for row in positions.values() if row.size_lots != 0]
    policy = _readable_policy(account) if held else None
    funding.settle_due(account=account, positions=held, board=board, now=now)
    if policy is not None:
        problem = close_positions(
            account=account, positions=positions, policy=policy, board=board, cause=cause, now=now
        )
        _require_closed(problem)
    margins = measure(account, positions.values(), {}, {})
    record_mark(account, margins, mark_set=pin_marks({}, {}, now=now), now=now, snapshots_every=None)
    account.save(update_fields=_CLOSING_FIELDS)


def _readable_policy(account: PropAccount) -> Policy:
    try:
        return policy_of(account)
    except ValueError as error:
        raise Conflict(
            f"The account's policy cannot be read ({error}); move it to another policy first.",
            code="POLICY_UNREADABLE",
        ) from error


def _require_closed(problem: str) -> None:
    """Both reasons pass by themselves: a halt is lifted, a price comes back."""
    code, _, why = problem.partition(": ")
    if code == DenyReason.TRADING_HALTED:
        raise Conflict(f"Trading is halted: {why}.", code="TRADING_HALTED", retryable=True)
    if problem:
        raise Conflict(
            f"The positions cannot be closed now: {problem}", code="PRICE_UNUSABLE", retryable=True
        )


def _approved(by: Actor) -> dict[str, str]:
    return {"approved_by": by.identifier, "approved_by_label": by.label}


def _move(
    account: PropAccount,
    to: AccountStatus,
    verb: str,
    *,
    reason: str,
    by: Actor,
    now: datetime,
    detail: dict[str, Any] | None = None,
    **fields: Any,
) -> PropAccount:
    states.advance(account, to=to, table=ACCOUNT_TRANSITIONS, status_reason=reason[:200], **fields)
    audit.record(verb=verb, by=by, subject=account, reason=reason, detail=detail, now=now)
    return account
