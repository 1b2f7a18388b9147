"""Whether what was signed is fetched, or can never be: told by the chain in blocks that are final, by every provider."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from apps.core import states
from apps.core.errors import AdapterError, IllegalTransition
from apps.core.retries import retry_busy
from apps.economy.adapters.chain.port import ChainReader
from apps.economy.models import ChainCursor, JournalEntry, Refund
from apps.economy.queries.purchases import BOOK_OF
from apps.economy.services import ledger, tips
from apps.economy.services.findings import close_findings, open_finding
from apps.economy.services.tips import Tip
from apps.economy.types import (
    ETH,
    REFUND_TRANSITIONS,
    Book,
    FindingKind,
    Head,
    RefundStatus,
    Vault,
    VaultLog,
)
from apps.operations import audit
from apps.operations.audit import Actor
from apps.operations.types import Report

RANGES_A_TICK = 50
MOST_ASKED = 200
BY = Actor.system("economy.pay-refunds")


class Final(NamedTuple):
    """The newest block that counts as final, the tip that it was told from, and all who tell that very block."""

    block: Head
    tip: Tip
    readers: list[ChainReader]


def final_block(*, vault: Vault, readers: Sequence[ChainReader], now: datetime) -> Final:
    """The newest final block of the vault's chain. A transient AdapterError where there is none yet, or nobody tells."""
    tip = tips.abreast(vault, readers, now=now)[0]
    number = tips.final_number(vault, tip)
    block = tip.reader.block(number) if number >= 0 else None
    if block is None:
        raise AdapterError(f"{tip.reader.name} has no final block yet.", transient=True)
    others = [reader for reader in readers if reader is not tip.reader and _tells(reader, block)]
    return Final(block, tip, [tip.reader, *others])


def final_for_all(*, vault: Vault, readers: Sequence[ChainReader]) -> Final:
    """The newest block that every configured provider, each at its own head, counts as final and tells the same.

    What is owed again after it may be paid a second time: one provider's word for a block, or for its time, is not
    enough. A transient AdapterError where one is missing or tells another block.
    """
    if len(readers) < len(vault.rpc_urls):
        raise AdapterError("A provider that must be heard about refunds does not answer.", transient=True)
    heard = [Tip(reader, reader.head()) for reader in readers]
    lowest = min(heard, key=lambda tip: tips.final_number(vault, tip))
    number = tips.final_number(vault, lowest)
    block = lowest.reader.block(number) if number >= 0 else None
    if block is None:
        raise AdapterError(f"{lowest.reader.name} has no final block yet.", transient=True)
    if not all(_tells(reader, block) for reader in readers):
        raise AdapterError(f"Not every provider tells of block {number}.", transient=True)
    return Final(block, lowest, list(readers))


def _tells(reader: ChainReader, block: Head) -> bool:
    """Whether the provider tells of this block, its hash and its time; an AdapterError where it tells another."""
    try:
        own = reader.block(block.number)
    except AdapterError:
        return False
    if own is not None and own != block:
        raise AdapterError(f"{reader.name} tells another block {block.number}.", transient=True)
    return own is not None


def watch(*, vault: Vault, readers: Sequence[ChainReader], now: datetime) -> Report:
    """Book what was fetched and let expire what no longer can be; one transaction for each piece of the chain.

    Withdrawals are read in order and once, in final blocks only: one in a block that may still go changes nothing. What
    nobody here signed is a finding. AdapterError where the chain cannot be asked: nothing is written then.
    """
    cursor = ChainCursor.objects.filter(**vault.where).first()
    if cursor is None:
        return Report()
    final = final_block(vault=vault, readers=readers, now=now)
    report = read_withdrawals(vault=vault, cursor=cursor, final=final, now=now)
    if cursor.withdrawals_to < final.block.number:
        return report
    return report + _expire_due(vault, readers, cursor.withdrawals_to, now)


def read_withdrawals(*, vault: Vault, cursor: ChainCursor, final: Final, now: datetime) -> Report:
    """Read the withdrawals that follow the cursor, up to the final block or as many ranges as one tick may ask for."""
    first = max(vault.start_block, cursor.withdrawals_to + 1)
    last = min(final.block.number, first + RANGES_A_TICK * vault.most_blocks - 1)
    events: list[VaultLog] = []
    for begin in range(first, last + 1, vault.most_blocks):
        told = final.tip.reader.logs(begin, min(begin + vault.most_blocks - 1, last))
        events += [event for event in told if event.name == "Withdrawal"]
    tips.refuse_moved(final.tip)
    confirmed = [event for event in events if all_agree(vault, event, final, now)]
    if len(confirmed) < len(events) or last < first:
        return Report(seen=len(events), failed=len(events) - len(confirmed))
    try:
        done = sum(bool(take(vault=vault, event=event, now=now)) for event in confirmed)
    except IllegalTransition:
        return Report(seen=len(events), skipped=1)  # another run was first; the piece is read again
    moved = ChainCursor.objects.filter(pk=cursor.pk, withdrawals_to=cursor.withdrawals_to)
    if not moved.update(withdrawals_to=last):
        return Report(done=done, skipped=1)  # another has read this piece meanwhile, and its rows stand
    cursor.withdrawals_to = last
    return Report(seen=len(events), done=done)


def take(*, vault: Vault, event: VaultLog, now: datetime) -> bool | None:
    """Book one final withdrawal for the refund that it fetches: True where that is new, False where it is booked.

    None where nobody here signed it, or not so: that is a finding. A transaction of its own: it ends with the head of
    the ledger, and who holds that must not wait for another refund. Raises IllegalTransition where another run is first.
    """
    return retry_busy(lambda: _take(vault, event, now))


@transaction.atomic
def _take(vault: Vault, event: VaultLog, now: datetime) -> bool | None:
    refund = Refund.objects.filter(
        chain_id=vault.chain_id, resolver=event.resolver, nonce=event.nonce, vault=vault.address
    ).first()
    told = None if refund is None else (refund.payee_address, refund.amount_wei, ETH)
    if (
        refund is None
        or told != (event.user, event.amount_wei, event.token)
        or refund.status not in (RefundStatus.SIGNED, RefundStatus.PAID)
    ):
        _tell_unknown(vault, event, refund, now)
        return None
    if refund.status == RefundStatus.PAID:
        if not refund.paid_tx_hash:
            Refund.objects.filter(pk=refund.pk).update(paid_tx_hash=event.tx_hash)
        return False
    pay(refund=refund, tx_hash=event.tx_hash, now=now)
    return True


@transaction.atomic
def pay(*, refund: Refund, tx_hash: str, now: datetime) -> Refund:
    """Book that a signed refund was fetched. Raises IllegalTransition where it is not signed."""
    states.advance(
        refund, to=RefundStatus.PAID, table=REFUND_TRANSITIONS, settled_at=now, paid_tx_hash=tx_hash
    )
    # Counted, not named after the block: a withdrawal may leave the chain and come back into the same one.
    times = JournalEntry.objects.filter(subject=refund.public_id, kind="refund.paid").count()
    ledger.post(
        chain_id=refund.chain_id,
        kind="refund.paid",
        reference=f"{refund}:paid:{times + 1}",
        subject=refund.public_id,
        lines={Book.REFUNDS: refund.amount_wei, Book.VAULT: -refund.amount_wei},
        by=BY,
        now=now,
    )
    close_findings(
        kind=FindingKind.REORG,
        chain_id=refund.chain_id,
        subject=refund.public_id,
        because="It was fetched again.",
        now=now,
    )
    _record(refund, "paid", now=now, tx=tx_hash)
    return refund


@transaction.atomic
def unpay(*, refund: Refund, because: str, now: datetime) -> Refund:
    """Take back that a refund was fetched: its withdrawal is no longer on the chain, and its owner may fetch it again.

    Raises IllegalTransition where it is not paid.
    """
    states.advance(refund, to=RefundStatus.SIGNED, table=REFUND_TRANSITIONS, settled_at=None, paid_tx_hash="")
    entry = JournalEntry.objects.filter(subject=refund.public_id, kind="refund.paid").latest("sequence")
    reference = f"{entry.reference}:gone"
    ledger.mirror(entry=entry, kind="refund.unpaid", reference=reference, by=BY, reason=because, now=now)
    open_finding(
        kind=FindingKind.REORG,
        chain_id=refund.chain_id,
        subject=refund.public_id,
        detail={"why": because, "amountWei": str(refund.amount_wei), "payee": refund.payee_address},
        now=now,
    )
    _record(refund, "unpaid", now=now, why=because)
    return refund


@transaction.atomic
def expire(*, refund: Refund, now: datetime) -> Refund:
    """End a refund that was not fetched in time: what was owed is owed again. Raises IllegalTransition as above."""
    states.advance(refund, to=RefundStatus.EXPIRED, table=REFUND_TRANSITIONS, settled_at=now)
    ledger.post(
        chain_id=refund.chain_id,
        kind="refund.expired",
        reference=f"{refund}:expired",
        subject=refund.public_id,
        lines={BOOK_OF[refund.cause]: -refund.amount_wei, Book.REFUNDS: refund.amount_wei},
        by=BY,
        reason="Nobody fetched it in time",
        now=now,
    )
    _record(refund, "expired", now=now)
    return refund


def _expire_due(vault: Vault, readers: Sequence[ChainReader], read_to: int, now: datetime) -> Report:
    """The signed whose deadline a final block has passed, and our clock: the contract takes them in no later block.

    Every configured provider must tell that block and its time, and that it was not fetched there: what is let expire
    may be signed anew, and would be paid twice. Withdrawals must have been read as far.
    """
    late = Refund.objects.filter(**vault.where, status=RefundStatus.SIGNED, deadline_at__lt=now)
    if not late.exists():
        return Report()
    try:
        final = final_for_all(vault=vault, readers=readers)
        if final.block.number > read_to:
            return Report(skipped=1)
        return _expire_at(vault, final, late, now)
    except AdapterError as error:
        return Report(failed=1, errors=(f"chain {vault.chain_id}: {error.detail}",))


def _expire_at(vault: Vault, final: Final, late: QuerySet[Refund], now: datetime) -> Report:
    signed = late.filter(deadline_at__lt=datetime.fromtimestamp(final.block.timestamp, UTC))
    report = Report()
    for refund in signed.order_by("deadline_at")[:MOST_ASKED]:
        answers = fetched_for(refund, final)
        if not _is_one_answer(vault, refund.public_id, answers, final, now):
            report += Report(seen=1, failed=1)
            continue
        try:
            retry_busy(partial(_end, refund, is_paid=answers[0], now=now))
        except IllegalTransition:
            report += Report(seen=1, skipped=1)  # another run was first
        else:
            report += Report(seen=1, done=1)
    return report


def _end(refund: Refund, *, is_paid: bool, now: datetime) -> Refund:
    refund = Refund.objects.get(pk=refund.pk)  # as it is stored, however often this is tried
    return pay(refund=refund, tx_hash="", now=now) if is_paid else expire(refund=refund, now=now)


def fetched_for(refund: Refund, final: Final) -> list[bool]:
    """Whether the refund was fetched at the final block, as each provider tells."""
    return [reader.is_withdrawn(refund.nonce, block_hash=final.block.hash) for reader in final.readers]


def all_agree(vault: Vault, event: VaultLog, final: Final, now: datetime) -> bool:
    """Whether every provider tells of this withdrawal at the final block; a finding says where not."""
    others = [reader for reader in final.readers if reader is not final.tip.reader]
    answers = [reader.is_withdrawn(event.nonce, block_hash=final.block.hash) for reader in others]
    return _is_one_answer(vault, f"{event.tx_hash}:{event.log_index}", [True, *answers], final, now)


def _is_one_answer(vault: Vault, subject: str, answers: list[bool], final: Final, now: datetime) -> bool:
    """Whether all providers say the same; where not, a finding says who says what, until they do."""
    if len(set(answers)) == 1:
        close_findings(
            kind=FindingKind.DISAGREEMENT,
            chain_id=vault.chain_id,
            subject=subject,
            because="All providers tell the same.",
            now=now,
        )
        return True
    told = list(zip([reader.name for reader in final.readers], answers, strict=True))
    open_finding(
        kind=FindingKind.DISAGREEMENT,
        chain_id=vault.chain_id,
        subject=subject,
        detail={
            "fetched": [name for name, yes in told if yes],
            "not fetched": [name for name, yes in told if not yes],
            "block": final.block.hash,
        },
        now=now,
    )
    return False


def _tell_unknown(vault: Vault, event: VaultLog, refund: Refund | None, now: datetime) -> None:
    open_finding(
        kind=FindingKind.UNKNOWN_WITHDRAWAL,
        chain_id=vault.chain_id,
        subject=f"{event.tx_hash}:{event.log_index}",
        detail={
            "payee": event.user,
            "amountWei": str(event.amount_wei),
            "token": event.token,
            "nonce": str(event.nonce),
            "block": event.block_number,
            "resolver": vault.resolver,
            "refund": refund.public_id if refund else "",
            "refundStatus": refund.status if refund else "",
        },
        now=now,
    )


def _record(refund: Refund, what: str, *, now: datetime, **detail: str) -> None:
    audit.record(verb=f"economy.refund.{what}", by=BY, subject=refund, detail=detail, now=now)
