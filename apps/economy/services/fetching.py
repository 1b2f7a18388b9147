"""Whether what was signed is fetched, or can never be: told by the chain in blocks that are final, by every provider."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import transaction

from apps.core import states
from apps.core.errors import AdapterError, Conflict, IllegalTransition
from apps.economy.adapters.chain.port import ChainReader
from apps.economy.models import ChainCursor, JournalEntry, Refund
from apps.economy.queries.purchases import BOOK_OF
from apps.economy.services import ledger, signing, tips
from apps.economy.services.findings import close_findings, open_finding
from apps.economy.services.refunds import vault_of
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
    """The newest block that counts as final, the tip that it was told from, and all who may be asked about it."""

    block: Head
    tip: Tip
    readers: list[ChainReader]


@dataclass(frozen=True, slots=True)
class WalletCall:
    """The transaction that fetches a signed refund; anybody may send it, and the money goes to who paid. Wei."""

    to: str
    data: str
    value_wei: int
    chain_id: int
    deadline_at: datetime
    payee_address: str
    amount_wei: int


def call_to_fetch(refund: Refund) -> WalletCall:
    """What a wallet sends to fetch a refund. Conflict REFUND_NOT_SIGNED where it does not wait to be fetched."""
    if refund.status != RefundStatus.SIGNED or refund.deadline_at is None:
        raise Conflict("This refund does not wait to be fetched.", code="REFUND_NOT_SIGNED")
    data = signing.withdraw_calldata(
        vault_of(refund),
        payee=refund.payee_address,
        amount_wei=refund.amount_wei,
        nonce=refund.nonce,
        deadline=int(refund.deadline_at.timestamp()),
        signature=refund.signature,
    )
    return WalletCall(
        to=refund.vault,
        data=data,
        value_wei=0,
        chain_id=refund.chain_id,
        deadline_at=refund.deadline_at,
        payee_address=refund.payee_address,
        amount_wei=refund.amount_wei,
    )


def final_block(*, vault: Vault, readers: Sequence[ChainReader]) -> Final:
    """The newest final block of the vault's chain. A transient AdapterError where there is none yet, or nobody tells."""
    abreast = tips.abreast(vault, readers)
    tip = abreast[0]
    number = tip.head.number - vault.confirmations + 1
    if vault.finality != "depth":
        number = min(number, tip.reader.head(vault.finality).number)
    block = tip.reader.block(number) if number >= 0 else None
    if block is None:
        raise AdapterError(f"{tip.reader.name} has no final block yet.", transient=True)
    return Final(block, tip, [each.reader for each in abreast])


def watch(*, vault: Vault, readers: Sequence[ChainReader], now: datetime) -> Report:
    """Book what was fetched and let expire what no longer can be; one transaction for each piece of the chain.

    Withdrawals are read in order and once, in final blocks only: one in a block that may still go changes nothing. What
    nobody here signed is a finding. AdapterError where the chain cannot be asked: nothing is written then.
    """
    cursor = ChainCursor.objects.filter(chain_id=vault.chain_id, vault=vault.address).first()
    if cursor is None:
        return Report()
    final = final_block(vault=vault, readers=readers)
    report = read_withdrawals(vault=vault, cursor=cursor, final=final, now=now)
    if cursor.withdrawals_to < final.block.number:
        return report
    return report + _expire_due(vault, final, now)


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
    with transaction.atomic():
        moved = ChainCursor.objects.filter(pk=cursor.pk, withdrawals_to=cursor.withdrawals_to)
        if not moved.update(withdrawals_to=last):
            return Report(skipped=1)  # another has read this piece meanwhile, and its rows stand
        done = sum(bool(take(vault=vault, event=event, now=now)) for event in confirmed)
    cursor.withdrawals_to = last
    return Report(seen=len(events), done=done)


def take(*, vault: Vault, event: VaultLog, now: datetime) -> bool | None:
    """Book one final withdrawal for the refund that it fetches: True where that is new, False where it is booked.

    None where nobody here signed it, or not so: that is a finding.
    """
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


def _expire_due(vault: Vault, final: Final, now: datetime) -> Report:
    """The signed whose deadline the final block has passed: the contract takes their signature in no later block.

    All providers must say that it was not fetched: what is let expire may be signed anew, and would be paid twice.
    """
    passed = datetime.fromtimestamp(final.block.timestamp, UTC)
    signed = Refund.objects.filter(
        status=RefundStatus.SIGNED,
        chain_id=vault.chain_id,
        vault=vault.address,
        resolver=vault.resolver,
        deadline_at__lt=passed,
    )
    report = Report()
    for refund in signed.order_by("deadline_at")[:MOST_ASKED]:
        answers = fetched_for(refund, final)
        if not _is_one_answer(vault, refund.public_id, answers, final, now):
            report += Report(seen=1, failed=1)
            continue
        try:
            pay(refund=refund, tx_hash="", now=now) if answers[0] else expire(refund=refund, now=now)
        except IllegalTransition:
            report += Report(seen=1, skipped=1)  # another run was first
        else:
            report += Report(seen=1, done=1)
    return report


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
            "refund": refund.public_id if refund else "",
            "refundStatus": refund.status if refund else "",
        },
        now=now,
    )


def _record(refund: Refund, what: str, *, now: datetime, **detail: str) -> None:
    audit.record(verb=f"economy.refund.{what}", by=BY, subject=refund, detail=detail, now=now)
