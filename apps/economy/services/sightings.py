"""What is written when a deposit is seen in a block, or is no longer there; the chain was asked before."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.core import states
from apps.economy.models import Deposit, DepositSighting
from apps.economy.services.findings import close_findings, open_finding
from apps.economy.types import (
    DEPOSIT_TRANSITIONS,
    ETH,
    DepositStatus,
    FindingKind,
    SightingKind,
    Vault,
    VaultLog,
)

OFF_THE_CHAIN: dict[str, Any] = {"tx_hash": "", "log_index": 0, "block_number": 0, "block_hash": ""}
_ABSENT = (DepositStatus.DROPPED, DepositStatus.REVERSED)


@transaction.atomic
def learn(*, vault: Vault, log: VaultLog, now: datetime) -> Deposit | None:
    """Write down an event of the vault: a new deposit, or a known one that is on the chain again; else nothing changes.

    None for what is no deposit of the chain's own coin; one of another token is an open finding, for the books are
    in wei. A deposit that stands in another place already is left there: only who asked the chain whether it still
    does may move it (`gone`), or tell a double.
    """
    if log.name != "Deposit":
        return None
    if log.token != ETH:
        _tell_foreign(vault, log, now)
        return None
    row, is_new = Deposit.objects.select_for_update().get_or_create(
        **identity(vault, log),
        defaults={"amount_wei": log.amount_wei, "first_seen_at": now, **_place(log)},
    )
    if is_new:
        note(row, kind=SightingKind.SEEN, now=now, detail=_told(log))
    elif row.status in _ABSENT:
        # What came back may be another transaction under the same number: the amount is the one that stands now.
        states.advance(
            row,
            to=DepositStatus.PENDING,
            table=DEPOSIT_TRANSITIONS,
            amount_wei=log.amount_wei,
            **_place(log),
        )
        note(row, kind=SightingKind.SEEN, now=now, detail=_told(log))
    return row


def drop(*, deposit: Deposit, now: datetime) -> Deposit:
    """Take a pending deposit off the chain: nothing was booked for it yet. In the caller's transaction, row locked."""
    close_findings(
        kind=FindingKind.DISAGREEMENT,
        chain_id=deposit.chain_id,
        subject=deposit.public_id,
        because="It left the chain before it was confirmed.",
        now=now,
    )
    note(deposit, kind=SightingKind.GONE, now=now)
    return states.advance(deposit, to=DepositStatus.DROPPED, table=DEPOSIT_TRANSITIONS, **OFF_THE_CHAIN)


def note(
    deposit: Deposit, *, kind: SightingKind, now: datetime, detail: dict[str, Any] | None = None
) -> DepositSighting:
    """One look at the chain, at the deposit's present place."""
    return DepositSighting.objects.create(
        deposit=deposit,
        kind=kind,
        tx_hash=deposit.tx_hash,
        log_index=deposit.log_index,
        block_number=deposit.block_number,
        block_hash=deposit.block_hash,
        at=now,
        detail=detail or {},
    )


def confirmations_had(deposit: Deposit) -> int:
    """How often the deposit was confirmed; what is booked for it is named after the time."""
    return deposit.sightings.filter(kind=SightingKind.CONFIRMED).count()


def identity(vault: Vault, log: VaultLog) -> dict[str, Any]:
    """What names a payment for ever, whatever block it is in."""
    return {
        "chain_id": vault.chain_id,
        "vault": vault.address,
        "payer_address": log.user,
        "token": log.token,
        "resolver": log.resolver,
        "nonce": log.nonce,
    }


def _place(log: VaultLog) -> dict[str, Any]:
    return {
        "tx_hash": log.tx_hash,
        "log_index": log.log_index,
        "block_number": log.block_number,
        "block_hash": log.block_hash,
    }


def _told(log: VaultLog) -> dict[str, Any]:
    """The event in values of JSON: what outgrows its numbers as decimal text."""
    return {**log._asdict(), "nonce": str(log.nonce), "amount_wei": str(log.amount_wei)}


def _tell_foreign(vault: Vault, log: VaultLog, now: datetime) -> None:
    open_finding(
        kind=FindingKind.ORPHAN_DEPOSIT,
        chain_id=vault.chain_id,
        subject=f"{log.tx_hash}:{log.log_index}",
        detail={"why": "Paid in another token than the chain's own coin.", **_told(log)},
        now=now,
    )
