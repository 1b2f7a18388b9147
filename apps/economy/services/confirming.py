"""Letting deposits count that are final in one consistent chain, and of which every provider that must tells the same."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from django.db.models import QuerySet

from apps.core.errors import AdapterError, IllegalTransition
from apps.core.retries import retry_busy
from apps.economy.adapters.chain.port import ChainReader
from apps.economy.models import Deposit
from apps.economy.services import settling, tips
from apps.economy.services.findings import close_findings, open_finding
from apps.economy.services.tips import Tip
from apps.economy.types import DepositStatus, FindingKind, Head, Vault
from apps.operations import failpoints
from apps.operations.audit import Actor
from apps.operations.cadence import Report

BY = Actor.system("economy.confirm-deposits")


class Word(Enum):
    """What one provider tells of a deposit."""

    SAME = "same"
    WAITS = "waits"
    OTHER_BLOCK = "other block"
    DIFFERS = "differs"


def count_pending(vault: Vault) -> int:
    """How many deposits of the vault wait for confirmations."""
    return _pending(vault).count()


def confirm(
    *,
    vault: Vault,
    readers: Sequence[ChainReader],
    now: datetime,
    limit: int,
    only: Deposit | None = None,
) -> Report:
    """Settle the pending deposits that are final, each in a transaction of its own, or one alone.

    At most `limit` of those that one provider's word is enough for, and as many of those that need all: these may
    wait for one that is silent, and hold up nobody else.

    All that one run concludes rests on one head, which must still stand when everything was asked. A deposit above
    `agree_above_wei` counts only where all configured providers tell the same of it; where one tells something
    else, a finding says so.
    """
    errors: list[str] = []
    try:
        for tip in tips.abreast(vault, readers, now=now):
            others = [each for each in readers if each is not tip.reader]
            try:
                proofs, report = _proofs(vault, tip, others, now=now, limit=limit, only=only)
            except AdapterError as error:
                errors.append(error.detail)
                continue
            failpoints.reach("economy.after-proof")
            return sum((_settle(deposit, block, now) for deposit, block in proofs), report)
    except AdapterError as error:
        errors.append(error.detail)
    return Report(failed=1, errors=(f"chain {vault.chain_id}: {' '.join(errors)}",))


def _pending(vault: Vault) -> QuerySet[Deposit]:
    return Deposit.objects.filter(**vault.where, status=DepositStatus.PENDING)


def _proofs(
    vault: Vault,
    tip: Tip,
    others: Sequence[ChainReader],
    *,
    now: datetime,
    limit: int,
    only: Deposit | None,
) -> tuple[list[tuple[Deposit, Head]], Report]:
    """The final deposits of which enough is known, each with its block, and a report of the rest."""
    final = tips.final_number(vault, tip)
    pending = _pending(vault) if only is None else _pending(vault).filter(pk=only.pk)
    due = _oldest(vault, pending.filter(block_number__lte=final), limit)
    proofs: list[tuple[Deposit, Head]] = []
    for deposit in due:
        word, block = _word(tip, final, deposit)
        words = [(tip.reader.name, word)]
        if word == Word.SAME and deposit.amount_wei > vault.agree_above_wei:
            words += [(other.name, _word_of(vault, other, deposit)) for other in others]
        if block is not None and _is_enough(vault, deposit, words, now):
            proofs.append((deposit, block))
    if proofs:
        tips.refuse_moved(tip)
    return proofs, Report(seen=len(due), skipped=len(due) - len(proofs))


def _oldest(vault: Vault, final: QuerySet[Deposit], limit: int) -> list[Deposit]:
    """The oldest of both kinds, at most `limit` of each; wei are compared here, for rows hold them as text."""
    chosen: list[int] = []
    room = {True: limit, False: limit}
    for key, amount in final.order_by("block_number", "id").values_list("pk", "amount_wei"):
        needs_all = amount > vault.agree_above_wei
        if room[needs_all]:
            room[needs_all] -= 1
            chosen.append(key)
    rows = final.in_bulk(chosen)
    return [rows[key] for key in chosen if key in rows]


def _word(tip: Tip, final: int, deposit: Deposit) -> tuple[Word, Head | None]:
    """What a provider tells of a deposit at its head, and the deposit's block."""
    if deposit.block_number > final:
        return Word.WAITS, None
    block = tip.reader.block(deposit.block_number)
    if block is None:
        return Word.WAITS, None
    if block.hash != deposit.block_hash:
        return Word.OTHER_BLOCK, block
    told = [
        (log.tx_hash, log.log_index, log.block_hash, log.user, log.token, log.nonce, log.amount_wei)
        for log in tip.reader.logs(block.number, block.number)
        if log.name == "Deposit"
    ]
    amount = tip.reader.deposit_of(deposit.payer_address, deposit.nonce, block_hash=tip.head.hash)
    same = amount == deposit.amount_wei and _as_told(deposit) in told
    return (Word.SAME if same else Word.DIFFERS), block


def _word_of(vault: Vault, reader: ChainReader, deposit: Deposit) -> Word:
    """As `_word`, of a provider beside the first one: where it does not answer, there is no word yet."""
    try:
        tip = Tip(reader, reader.head())
        return _word(tip, tips.final_number(vault, tip), deposit)[0]
    except AdapterError:
        return Word.WAITS


def _as_told(deposit: Deposit) -> tuple[str, int, str, str, str, int, int]:
    return (
        deposit.tx_hash,
        deposit.log_index,
        deposit.block_hash,
        deposit.payer_address,
        deposit.token,
        deposit.nonce,
        deposit.amount_wei,
    )


def _is_enough(vault: Vault, deposit: Deposit, told: list[tuple[str, Word]], now: datetime) -> bool:
    """Whether the deposit may count; opens a finding where providers contradict each other, or one itself."""
    words = [word for _, word in told]
    if words[0] in (Word.WAITS, Word.OTHER_BLOCK):
        return False  # not deep enough, or moved: the scan will learn where it stands
    if Word.DIFFERS in words or Word.OTHER_BLOCK in words:
        open_finding(
            kind=FindingKind.DISAGREEMENT,
            chain_id=deposit.chain_id,
            subject=deposit.public_id,
            detail={
                "providers": [f"{name}: {word.value}" for name, word in told],
                "amountWei": str(deposit.amount_wei),
            },
            now=now,
        )
        return False
    needed = len(vault.rpc_urls) if deposit.amount_wei > vault.agree_above_wei else 1
    if words.count(Word.SAME) < needed:
        return False  # a provider that must be heard does not answer
    close_findings(
        kind=FindingKind.DISAGREEMENT,
        chain_id=deposit.chain_id,
        subject=deposit.public_id,
        because="All providers tell the same.",
        now=now,
    )
    return True


def _settle(deposit: Deposit, block: Head, now: datetime) -> Report:
    try:
        retry_busy(lambda: settling.settle(deposit=deposit, block=block, by=BY, now=now))
    except IllegalTransition:
        return Report(skipped=1)  # another run was first, or the deposit has moved: nothing was done
    except (
        Exception
    ) as error:  # one deposit must never hold up the others; it is reported and looked at again
        return Report(failed=1, errors=(f"{deposit.public_id}: {error}",))
    return Report(done=1)
