"""Reading the vault's deposits from the chain, range by range, without a gap and with an overlap."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from apps.core.errors import AdapterError
from apps.core.retries import retry_busy
from apps.economy.adapters.chain.port import ChainReader
from apps.economy.models import ChainCursor, Deposit
from apps.economy.services import sightings, tips
from apps.economy.services.findings import open_finding
from apps.economy.services.looking import Seen, look, place_of
from apps.economy.services.reversing import reverse
from apps.economy.services.tips import Tip
from apps.economy.types import DepositStatus, FindingKind, Vault, VaultLog
from apps.operations import failpoints
from apps.operations.audit import Actor
from apps.operations.cadence import Report

RANGES_A_SCAN = 50
"""New ranges of one scan: hours of silence are made up for over several, and none of them outlives its lease."""
BY = Actor.system("economy.scan-deposits")


def scan(
    *, vault: Vault, readers: Sequence[ChainReader], now: datetime, ranges: int = RANGES_A_SCAN
) -> Report:
    """Read from where the cursor stands, less the overlap, to the head, at most so many new ranges, and write it down.

    Each range is one transaction with the move of the cursor, after what has left it was taken off. Where a provider
    fails or contradicts itself the next one goes on from there; where all do, the report says so, the cursor keeps
    their words and has not moved.
    """
    cursor, _ = ChainCursor.objects.get_or_create(**vault.where, defaults={"scanned_to": 0})
    errors: list[str] = []
    try:
        for tip in tips.abreast(vault, readers, now=now):
            if errors and tip.head.number < vault.start_block:
                continue  # it has nothing to read: what went wrong before is not made good
            try:
                return _read(vault, cursor, tip, readers, now, ranges=ranges)
            except AdapterError as error:
                errors.append(error.detail)
                cursor.refresh_from_db()
    except AdapterError as error:
        errors.append(error.detail)
    return failed(vault=vault, words=" ".join(errors))


def failed(*, vault: Vault, words: str) -> Report:
    """Keep on the cursor why the chain was not read, and report it; where the cursor stands is not touched."""
    rows = ChainCursor.objects.filter(**vault.where)
    rows.update(last_error=words[:300])
    return Report(failed=1, errors=(f"chain {vault.chain_id}: {words}",))


def _read(
    vault: Vault,
    cursor: ChainCursor,
    tip: Tip,
    readers: Sequence[ChainReader],
    now: datetime,
    *,
    ranges: int,
) -> Report:
    if tip.head.number < cursor.head_number:
        # Another provider had come further before it failed in this very scan.
        raise AdapterError(f"{tip.reader.name} is behind block {cursor.head_number}.", transient=True)
    reached = max(vault.start_block, cursor.scanned_to)
    first = max(vault.start_block, reached - vault.overlap + 1)
    # Counted from where the cursor stands: however long the overlap is, every scan comes forward.
    last = min(tip.head.number, reached + ranges * vault.most_blocks)
    report = Report()
    for begin in range(first, last + 1, vault.most_blocks):
        blocks = (begin, min(begin + vault.most_blocks - 1, last))
        seen = look(vault, tip, readers, blocks=blocks, now=now)
        if not _written(vault, cursor, tip, seen, now):
            return report + Report(skipped=1)
        report += Report(seen=seen.told, done=len(seen.new) + len(seen.gone))
    return report


def _written(vault: Vault, cursor: ChainCursor, tip: Tip, seen: Seen, now: datetime) -> bool:
    """Write what one range showed; False where another scan has moved the cursor: its rows stand.

    What has left is taken off first, each in a transaction of its own: a reversal ends with the head of the ledger, and
    whoever holds that must not wait for the next deposit, which others hold while they wait for the head.
    """
    if not ChainCursor.objects.filter(pk=cursor.pk, version=cursor.version).exists():
        return False
    for deposit in seen.gone:
        take_off(deposit, now)
    if not retry_busy(lambda: _write(vault, cursor, tip, seen, now)):
        return False
    cursor.scanned_to, cursor.version = max(cursor.scanned_to, seen.last), cursor.version + 1
    return True


@transaction.atomic
def _write(vault: Vault, cursor: ChainCursor, tip: Tip, seen: Seen, now: datetime) -> bool:
    if not _moved(cursor, tip, seen.last, now):
        return False
    failpoints.reach("economy.after-cursor")
    for log in seen.new:
        sightings.learn(vault=vault, log=log, now=now)
    for log in seen.doubles:
        tell_double(vault, log, now)
    failpoints.reach("economy.before-scan-commit")
    return True


def _moved(cursor: ChainCursor, tip: Tip, last: int, now: datetime) -> bool:
    rows = ChainCursor.objects.filter(pk=cursor.pk, version=cursor.version)
    rises = cursor.head_at is None or tip.head.number > cursor.head_number
    return bool(
        rows.update(
            version=F("version") + 1,
            scanned_to=max(cursor.scanned_to, last),
            head_number=tip.head.number,
            head_hash=tip.head.hash,
            head_at=now if rises else cursor.head_at,
            succeeded_at=now,
            last_error="",
        )
    )


def take_off(deposit: Deposit, now: datetime) -> None:
    """Write that a deposit has left its block, unless it stands otherwise by now; a transaction of its own."""
    retry_busy(lambda: _take_off(deposit, now))


@transaction.atomic
def _take_off(deposit: Deposit, now: datetime) -> None:
    row = Deposit.objects.select_for_update().get(pk=deposit.pk)
    if (row.status, place_of(row)) != (deposit.status, place_of(deposit)):
        return  # confirmed, or seen again, meanwhile: the next scan asks about what stands now
    if row.status == DepositStatus.PENDING:
        sightings.drop(deposit=row, now=now)
    else:
        reverse(deposit=row, because="Its block is no longer part of the chain.", by=BY, now=now)


def tell_double(vault: Vault, log: VaultLog, now: datetime) -> None:
    """A finding for an event whose payment stands in another block as well."""
    open_finding(
        kind=FindingKind.DOUBLE,
        chain_id=vault.chain_id,
        subject=f"{log.tx_hash}:{log.log_index}",
        detail={"block": log.block_hash, "payer": log.user, "nonce": str(log.nonce)},
        now=now,
    )
