"""Walks every chain of one account from its first link: decisions with what they followed, executions, ledger, roots."""

from __future__ import annotations

from collections.abc import Iterator

from apps.clones import queries as clones
from apps.core.errors import DomainError
from apps.core.json_strict import loads, sha256_hex
from apps.decisions import queries as decisions
from apps.decisions.services.verify import broken_chains, wrong_heads
from apps.trading.invariants.chain import chain_is_intact
from apps.trading.models import DayRoot, ExecutionRecord, PropAccount
from apps.trading.queries import proofs
from apps.trading.services.day_roots import CHAINS

MAX_DOCUMENT = 16 * 1024 * 1024


def chain_differences(account: PropAccount) -> Iterator[str]:
    """What is not as it was sealed, oldest link first in each chain; nothing when all is whole.

    Raises ArtifactStoreDown where archived payloads of its decisions cannot be read now.
    """
    yield from broken_chains(subject=account.public_id, reads_archive=True)
    yield from wrong_heads(subject=account.public_id)
    yield from _strategy_faults(account)
    yield from record_faults(account)
    yield from chain_is_intact(account.pk)
    yield from _root_faults(account)


def _strategy_faults(account: PropAccount) -> Iterator[str]:
    """Versions that decided for the account and are not what was published: a record seals the digest alone."""
    runs = decisions.list_runs(subjects=[account.public_id]).order_by("version_id")
    yield from clones.altered_versions(runs.values_list("version_id", flat=True).distinct())


def record_faults(account: PropAccount) -> Iterator[str]:
    """Execution records that are altered or do not follow the one before."""
    sequence, digest = 0, ""
    for record in ExecutionRecord.objects.filter(account=account).order_by("sequence").iterator():
        where = f"{account.public_id} execution {record.sequence}"
        if (record.sequence, record.previous_digest) != (sequence + 1, digest):
            yield f"{where}: does not follow link {sequence}"
        if sha256_hex(record.document.encode()) != record.digest:
            yield f"{where}: the record does not match its digest"
        elif _named(record) != (account.public_id, record.sequence, record.previous_digest):
            yield f"{where}: the record names another place in the chain"
        sequence, digest = record.sequence, record.digest
    if (account.record_sequence, account.record_head) != (sequence, digest):
        yield f"{account.public_id}: the account's head is not the last execution's digest"


def _named(record: ExecutionRecord) -> tuple[object, ...] | None:
    try:
        document = loads(record.document, max_bytes=MAX_DOCUMENT)
    except DomainError:
        return None
    if not isinstance(document, dict):
        return None
    return tuple(document.get(name) for name in ("account", "sequence", "previous"))


def _root_faults(account: PropAccount) -> Iterator[str]:
    """Heads that were sealed under a day's root and are no longer links of the chains."""
    for day in DayRoot.objects.order_by("date").iterator(chunk_size=10):
        try:
            leaf = next((leaf for leaf in proofs.leaves_of(day) if leaf.account == account.public_id), None)
        except proofs.DayDamaged as damaged:
            yield damaged.detail
            continue
        if leaf is None:
            continue
        for chain, head in zip(CHAINS, leaf[1:], strict=True):
            if head.sequence and proofs.digest_at(leaf.account, chain, head.sequence) != head.digest:
                yield f"{day.date} {leaf.account} {chain}: link {head.sequence} is not what was sealed"
