"""Deposits as operators and programs read them: where each stands, what it bought, how often it was seen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from apps.core.errors import NotFound
from apps.economy.models import ChainCursor, Deposit, DepositSighting
from apps.economy.types import DepositStatus


@dataclass(frozen=True, slots=True)
class DepositView:
    """One deposit; money in wei. `depth` counts the blocks from its own to the newest known, 0 while off the chain.

    `purchase_id` is empty where it has bought nothing, and `unmatched_reason` then says why once it is confirmed.
    """

    public_id: str
    chain_id: int
    vault: str
    payer_address: str
    token: str
    resolver: str
    nonce: int
    amount_wei: int
    tx_hash: str
    log_index: int
    block_number: int
    block_hash: str
    depth: int
    status: DepositStatus
    unmatched_reason: str
    purchase_id: str
    claimed_by: str
    first_seen_at: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class SightingView:
    """One look at the chain that changed what is known of a deposit."""

    kind: str
    tx_hash: str
    log_index: int
    block_number: int
    block_hash: str
    at: datetime
    detail: dict[str, Any]


def get_deposit(public_id: str) -> DepositView:
    """One deposit; NotFound where there is none."""
    row = _rows().filter(public_id=public_id).first()
    if row is None:
        raise NotFound("There is no such deposit.", code="DEPOSIT_NOT_FOUND")
    return _views([row])[0]


def list_deposits_under(*, chain_id: int, resolver: str, nonce: int) -> list[DepositView]:
    """All deposits under one number, oldest first: anybody may pay under the number of another's offer."""
    rows = _rows().filter(chain_id=chain_id, resolver=resolver, nonce=nonce)
    return _views(rows.order_by("id"))


def list_deposits_of_transaction(*, chain_id: int, tx_hash: str) -> list[DepositView]:
    """The deposits that stand in one transaction now, in the order of its events."""
    return _views(_rows().filter(chain_id=chain_id, tx_hash=tx_hash.lower()).order_by("log_index"))


def list_deposits(
    *, chain_id: int | None = None, status: str = "", payer_address: str = "", limit: int = 50
) -> list[DepositView]:
    """Deposits, newest first; of one chain, state or payer where given."""
    asked = {"chain_id": chain_id, "status": status, "payer_address": payer_address.lower()}
    return _views(_rows().filter(**{name: value for name, value in asked.items() if value})[:limit])


def list_unmatched(*, chain_id: int | None = None, limit: int = 50) -> list[DepositView]:
    """Confirmed deposits that have bought nothing, those that wait longest first."""
    rows = _rows().filter(status=DepositStatus.CONFIRMED).exclude(unmatched_reason="")
    if chain_id is not None:
        rows = rows.filter(chain_id=chain_id)
    return _views(rows.order_by("confirmed_at", "id")[:limit])


def count_deposits() -> dict[str, int]:
    """How many deposits there are in each state, and of the confirmed how many are "unmatched"."""
    rows = Deposit.objects.order_by()
    found = dict(rows.values_list("status").annotate(number=Count("id")))
    unmatched = rows.filter(status=DepositStatus.CONFIRMED).exclude(unmatched_reason="").count()
    return {status: found.get(status, 0) for status in DepositStatus.values} | {"unmatched": unmatched}


def list_sightings(public_id: str) -> list[SightingView]:
    """Every look at the chain that changed what is known of a deposit, in their order."""
    return [
        SightingView(
            row.kind, row.tx_hash, row.log_index, row.block_number, row.block_hash, row.at, row.detail
        )
        for row in DepositSighting.objects.filter(deposit__public_id=public_id)
    ]


def _rows() -> Any:
    return Deposit.objects.select_related("purchase", "claimed_by")


def _views(rows: Iterable[Deposit]) -> list[DepositView]:
    listed = list(rows)
    cursors = ChainCursor.objects.filter(vault__in={row.vault for row in listed}).order_by("head_number")
    heads = {(one.chain_id, one.vault): one.head_number for one in cursors}
    return [_view(row, heads.get((row.chain_id, row.vault), 0)) for row in listed]


def _view(row: Deposit, head: int) -> DepositView:
    purchase = getattr(row, "purchase", None)
    return DepositView(
        public_id=row.public_id,
        chain_id=row.chain_id,
        vault=row.vault,
        payer_address=row.payer_address,
        token=row.token,
        resolver=row.resolver,
        nonce=row.nonce,
        amount_wei=row.amount_wei,
        tx_hash=row.tx_hash,
        log_index=row.log_index,
        block_number=row.block_number,
        block_hash=row.block_hash,
        depth=max(0, head - row.block_number + 1) if row.tx_hash else 0,
        status=DepositStatus(row.status),
        unmatched_reason=row.unmatched_reason,
        purchase_id=purchase.public_id if purchase else "",
        claimed_by=str(row.claimed_by) if row.claimed_by else "",
        first_seen_at=row.first_seen_at,
        confirmed_at=row.confirmed_at,
    )
