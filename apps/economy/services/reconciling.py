"""Holding the books against the chain: every event has its row, every row its event, and the vault what they say."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from apps.economy.adapters.chain.port import ChainReader
from apps.economy.models import ChainCursor
from apps.economy.services import comparing, confirming, fetching, standing
from apps.economy.types import Vault
from apps.operations.types import Report

MOST_RANGES = 100
RECENT_BLOCKS = 7_200
MOST_CONFIRMED = 200


class Piece(NamedTuple):
    """The blocks of one run: where the round goes on, and the newest ones, both ends included; either may be empty."""

    sweep: tuple[int, int]
    recent: tuple[int, int]
    is_last: bool
    """Whether the round has seen the whole chain with this."""


def reconcile(*, vault: Vault, readers: Sequence[ChainReader], now: datetime) -> Report:
    """Read the vault's events again, heal what can be healed, and open and close findings. Doing it twice changes nothing.

    Each run reads the newest blocks, and on from where the last one stopped in all the others: a long chain is gone
    through in rounds. What every run asks besides is whether the vault holds, at one final block, what the books say:
    nothing that is missing anywhere escapes that. `done` counts what was healed, `seen` what was looked at.
    AdapterError where the chain cannot be asked; what was healed until then stays.
    """
    cursor = ChainCursor.objects.filter(**vault.where).first()
    if cursor is None:
        return Report()
    report = fetching.watch(vault=vault, readers=readers, now=now)
    final = fetching.final_block(vault=vault, readers=readers, now=now)
    # Beyond where the scan has come nothing is missing yet.
    piece = piece_of(vault, cursor, min(final.block.number, cursor.scanned_to))
    for first, last in (piece.sweep, piece.recent):
        for begin in range(first, last + 1, vault.most_blocks):
            blocks = (begin, min(begin + vault.most_blocks - 1, last))
            report += comparing.compare(vault=vault, final=final, blocks=blocks, now=now)
    # The piece is done whatever becomes of what follows: the whole vault is asked about again by the next run.
    _remember(cursor, piece, now)
    report += confirming.confirm(vault=vault, readers=readers, now=now, limit=MOST_CONFIRMED)
    report += standing.take_back_payments(vault=vault, final=final, now=now)
    report += standing.give_grants_back(vault=vault, now=now)
    standing.tell_strays(vault=vault, now=now)
    standing.tell_bookings(vault=vault, now=now)
    standing.tell_balance(vault=vault, final=final, now=now)
    return report


def piece_of(vault: Vault, cursor: ChainCursor, newest: int) -> Piece:
    """Which blocks this run reads, up to the newest; a round that stands at nothing, or beyond, begins anew."""
    start = vault.start_block
    recent = max(start, newest - RECENT_BLOCKS + 1)
    first = cursor.reconciled_to + 1 if start <= cursor.reconciled_to < recent - 1 else start
    last = min(recent - 1, first + MOST_RANGES * vault.most_blocks - 1)
    return Piece((first, last), (recent, newest), last == recent - 1)


def _remember(cursor: ChainCursor, piece: Piece, now: datetime) -> None:
    rows = ChainCursor.objects.filter(pk=cursor.pk)
    if piece.is_last:
        rows.update(reconciled_to=0, reconciled_at=now)
    else:
        rows.update(reconciled_to=piece.sweep[1])
