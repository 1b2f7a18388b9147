"""One range of blocks against the rows: what was missed is scanned in, what left is taken back, the rest is told."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from apps.core.errors import IllegalTransition
from apps.economy.models import Deposit, Finding
from apps.economy.services import fetching, looking, scanning, sightings
from apps.economy.services.fetching import Final
from apps.economy.services.findings import close_findings, open_finding
from apps.economy.services.looking import ON_THE_CHAIN, place_of
from apps.economy.types import FindingKind, Vault, VaultLog
from apps.operations.types import Report

_READ_AGAIN = (FindingKind.MISSING_EVENT, FindingKind.UNKNOWN_WITHDRAWAL)


def compare(*, vault: Vault, final: Final, blocks: tuple[int, int], now: datetime) -> Report:
    """Set the vault's events of these final blocks, both ends included, against the rows; `done` counts what was healed.

    AdapterError where the chain cannot be asked, or is another than a moment ago.
    """
    # Read before the chain is asked: what a scan writes meanwhile is not missing from the answer.
    rows = list(_rows(vault).filter(block_number__range=blocks))
    events = final.tip.reader.logs(*blocks)
    told = [event for event in events if event.name == "Deposit"]
    untold = _untold(vault, final, rows, told, now)
    healed = _heal(vault, final, rows, told, untold=untold, blocks=blocks, now=now)
    drawn = [event for event in events if event.name == "Withdrawal"]
    unknown, booked = _take(vault, final, drawn, now)
    _close_agreed(vault, blocks, still={*untold, *unknown}, now=now)
    return Report(seen=len(events), done=healed + booked)


def _rows(vault: Vault) -> QuerySet[Deposit]:
    return Deposit.objects.filter(**vault.where, status__in=ON_THE_CHAIN)


def _untold(
    vault: Vault, final: Final, rows: Iterable[Deposit], told: Iterable[VaultLog], now: datetime
) -> set[str]:
    """The rows that the chain denies while their very block stands, or tells otherwise: each is a finding."""
    by_place = {(log.tx_hash, log.log_index, log.block_hash): log for log in told}
    denied: set[str] = set()
    for row in rows:
        log = by_place.get(place_of(row))
        if log is not None and _is_same(row, log):
            continue
        if log is None and not _block_stands(final, row):
            continue  # the block is another: it left the chain, which is no contradiction
        denied.add(row.public_id)
        open_finding(
            kind=FindingKind.MISSING_EVENT,
            chain_id=vault.chain_id,
            subject=row.public_id,
            detail={
                "block": row.block_number,
                "resolver": row.resolver,
                "tx": row.tx_hash,
                "rowWei": str(row.amount_wei),
                "chainWei": str(log.amount_wei) if log else "",
            },
            now=now,
        )
    return denied


def _is_same(row: Deposit, log: VaultLog) -> bool:
    return (row.payer_address, row.token, row.resolver, row.nonce, row.amount_wei) == (
        log.user,
        log.token,
        log.resolver,
        log.nonce,
        log.amount_wei,
    )


def _block_stands(final: Final, row: Deposit) -> bool:
    block = final.tip.reader.block(row.block_number)
    return block is not None and block.hash == row.block_hash


def _heal(
    vault: Vault,
    final: Final,
    rows: Iterable[Deposit],
    told: list[VaultLog],
    *,
    untold: Collection[str],
    blocks: tuple[int, int],
    now: datetime,
) -> int:
    """Scan in what has no row and take back what has no block; how many of them."""
    known = {place_of(row) for row in rows}
    places = {(log.tx_hash, log.log_index, log.block_hash) for log in told}
    if known == places:
        return 0
    if untold:
        # A provider that contradicts the rows here is not believed about what is gone; what is new is taken in.
        fresh = [log for log in told if (log.tx_hash, log.log_index, log.block_hash) not in known]
        known_payments = _rows(vault).filter(nonce__in=[log.nonce for log in fresh])
        standing = set(known_payments.values_list("payer_address", "token", "nonce"))
        return _learn(vault, [log for log in fresh if (log.user, log.token, log.nonce) not in standing], now)
    seen = looking.look(vault, final.tip, final.readers, blocks=blocks, now=now)
    for row in seen.gone:
        scanning.take_off(row, now)
    for log in seen.doubles:
        scanning.tell_double(vault, log, now)
    return len(seen.gone) + _learn(vault, seen.new, now)


def _learn(vault: Vault, logs: Iterable[VaultLog], now: datetime) -> int:
    """Scan events in that the scan should have seen; a finding, closed at once, keeps that it was so."""
    count = 0
    for log in logs:
        with transaction.atomic():
            row = sightings.learn(vault=vault, log=log, now=now)
            if row is None:
                continue
            count += 1
            _tell_missed(vault, row, log, now)
    return count


def _tell_missed(vault: Vault, row: Deposit, log: VaultLog, now: datetime) -> None:
    open_finding(
        kind=FindingKind.MISSING_DEPOSIT,
        chain_id=vault.chain_id,
        subject=row.public_id,
        detail={"block": log.block_number, "tx": log.tx_hash, "amountWei": str(log.amount_wei)},
        now=now,
    )
    close_findings(
        kind=FindingKind.MISSING_DEPOSIT,
        chain_id=vault.chain_id,
        subject=row.public_id,
        because="It was scanned in by reconciling.",
        now=now,
    )


def _take(vault: Vault, final: Final, drawn: Iterable[VaultLog], now: datetime) -> tuple[set[str], int]:
    """Book withdrawals that were not; those that nobody signed, and how many were new."""
    unknown: set[str] = set()
    booked = 0
    for event in drawn:
        if not fetching.all_agree(vault, event, final, now):
            continue
        try:
            taken = fetching.take(vault=vault, event=event, now=now)
        except IllegalTransition:
            continue  # another run has booked it meanwhile, or let it expire: the next round tells which
        booked += taken is True
        if taken is None:
            unknown.add(f"{event.tx_hash}:{event.log_index}")
    return unknown, booked


def _close_agreed(vault: Vault, blocks: tuple[int, int], *, still: Collection[str], now: datetime) -> None:
    """Close what was found in these blocks once and is not so any more."""
    open_ones = Finding.objects.filter(
        kind__in=_READ_AGAIN, chain_id=vault.chain_id, closed_at__isnull=True
    ).exclude(subject__in=still)
    for finding in open_ones:
        is_ours = finding.detail.get("resolver", vault.resolver) == vault.resolver
        if is_ours and blocks[0] <= finding.detail.get("block", -1) <= blocks[1]:
            close_findings(
                kind=FindingKind(finding.kind),
                chain_id=vault.chain_id,
                subject=finding.subject,
                because="It agrees again.",
                now=now,
            )
