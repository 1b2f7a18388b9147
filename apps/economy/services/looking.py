"""Asking one range of blocks what became of deposits; nothing is written but findings, and no transaction is open."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from apps.core.errors import AdapterError
from apps.economy.adapters.chain.port import ChainReader, TxReverted
from apps.economy.models import Deposit
from apps.economy.services import tips
from apps.economy.services.findings import close_findings, open_finding
from apps.economy.services.tips import Tip
from apps.economy.types import DepositStatus, FindingKind, Vault, VaultLog

ON_THE_CHAIN = (DepositStatus.PENDING, DepositStatus.CONFIRMED)
Place = tuple[str, int, str]


class Seen(NamedTuple):
    """What one range showed: how many deposits, those that are new there, known ones that have left, and doubles."""

    last: int
    told: int
    new: list[VaultLog]
    gone: list[Deposit]
    doubles: list[VaultLog]


def look(
    vault: Vault, tip: Tip, readers: Sequence[ChainReader], *, blocks: tuple[int, int], now: datetime
) -> Seen:
    """What the tip's provider tells of these blocks, both included, set against what is known.

    A transient AdapterError where it fails or contradicts itself, as the nodes behind one balancer do.
    """
    rows = Deposit.objects.filter(**vault.where, status__in=ON_THE_CHAIN)
    # Read before the chain is asked: what another scan writes meanwhile is not missing from the answer.
    here = {place_of(row): row for row in rows.filter(block_number__range=blocks)}
    told = [log for log in tip.reader.logs(*blocks) if log.name == "Deposit"]
    places = {(log.tx_hash, log.log_index, log.block_hash) for log in told}
    payments = {(log.user, log.token, log.nonce) for log in told}
    named = rows.filter(nonce__in=sorted({log.nonce for log in told}))
    known = here | {place_of(row): row for row in named if _payment(row) in payments}
    missing = [
        row
        for place, row in known.items()
        if place not in places and (place in here or not blocks[0] <= row.block_number <= blocks[1])
    ]
    gone = [row for row in missing if _has_left(row, tip, blocks=blocks)]
    if gone:
        tips.refuse_moved(tip)
    _close_in_place(vault, [row for place, row in known.items() if place in places], now)
    standing = {_payment(row) for row in known.values() if row not in gone}
    new = [log for log in told if (log.tx_hash, log.log_index, log.block_hash) not in known]
    return Seen(
        last=blocks[1],
        told=len(told),
        new=[log for log in new if (log.user, log.token, log.nonce) not in standing],
        gone=[row for row in gone if _others_agree(vault, row, tip, readers, now)],
        doubles=[log for log in new if (log.user, log.token, log.nonce) in standing],
    )


def place_of(deposit: Deposit) -> Place:
    """Where the deposit's event stands: transaction, index, block."""
    return deposit.tx_hash, deposit.log_index, deposit.block_hash


def _payment(deposit: Deposit) -> tuple[str, str, int]:
    return deposit.payer_address, deposit.token, deposit.nonce


def _has_left(deposit: Deposit, tip: Tip, *, blocks: tuple[int, int]) -> bool:
    """Whether the deposit's block is another now and its transaction is not in it: two answers that must agree."""
    reader, number = tip.reader, deposit.block_number
    block = reader.block(number)
    if block is None:
        raise AdapterError(f"{reader.name} has no block {number}.", transient=True)
    if block.hash == deposit.block_hash:
        if blocks[0] <= number <= blocks[1]:
            raise AdapterError(f"{reader.name} left out an event of block {number}.", transient=True)
        return False
    try:
        events = reader.receipt(deposit.tx_hash) or []
    except TxReverted:
        events = []
    if any(event.block_hash == deposit.block_hash for event in events):
        raise AdapterError(f"{reader.name} tells of two blocks {number}.", transient=True)
    return True


def _close_in_place(vault: Vault, rows: Sequence[Deposit], now: datetime) -> None:
    """Close that providers differed about confirmed deposits that stand where they stood."""
    close_findings(
        kind=FindingKind.DISAGREEMENT,
        chain_id=vault.chain_id,
        subject=[row.public_id for row in rows if row.status == DepositStatus.CONFIRMED],
        because="It is told of in its place again.",
        now=now,
    )


def _others_agree(
    vault: Vault, deposit: Deposit, tip: Tip, readers: Sequence[ChainReader], now: datetime
) -> bool:
    """Whether what was confirmed is gone for every provider that answers; where not, it stays and a finding says so.

    Above `agree_above_wei` every configured one must say so, as when it was confirmed: one that is silent, or has not
    come as far as its block, has not said it.
    """
    if deposit.status != DepositStatus.CONFIRMED:
        return True
    words = {reader.name: _has(reader, deposit) for reader in readers if reader is not tip.reader}
    gone = [tip.reader.name, *(name for name, has in words.items() if has is False)]
    needed = len(vault.rpc_urls) if deposit.amount_wei > vault.agree_above_wei else 1
    if True not in words.values() and len(gone) >= needed:
        close_findings(
            kind=FindingKind.DISAGREEMENT,
            chain_id=deposit.chain_id,
            subject=deposit.public_id,
            because="All providers tell that it is gone.",
            now=now,
        )
        return True
    open_finding(
        kind=FindingKind.DISAGREEMENT,
        chain_id=deposit.chain_id,
        subject=deposit.public_id,
        detail={
            "gone": gone,
            "there": [name for name, has in words.items() if has],
            "configured": len(vault.rpc_urls),
            "block": deposit.block_hash,
        },
        now=now,
    )
    return False


def _has(reader: ChainReader, deposit: Deposit) -> bool | None:
    """Whether the deposit's block is the provider's; None while it does not answer, or is not so far."""
    try:
        block = reader.block(deposit.block_number)
    except AdapterError:
        return None
    return None if block is None else block.hash == deposit.block_hash
