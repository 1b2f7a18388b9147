"""Reading a chain anew from an earlier block, on somebody's word: where a provider told of a head that never was."""

from datetime import datetime

from django.db import transaction

from apps.core.errors import InvalidInput, NotFound
from apps.economy.models import ChainCursor
from apps.operations import audit
from apps.operations.audit import Actor


@transaction.atomic
def read_anew(*, chain_id: int, from_block: int, reason: str, by: Actor, now: datetime) -> list[ChainCursor]:
    """Take every cursor of the chain back to before `from_block`, and forget which head was the highest.

    Nothing is booked twice by it: what is known is found again where it stands. Raises NotFound where the chain was
    never read, InvalidInput without a reason, and for a block that was not read yet: what lies before it would be
    left out.
    """
    if not reason.strip():
        raise InvalidInput("Say why the chain is read anew.", code="REASON_REQUIRED")
    cursors = list(ChainCursor.objects.select_for_update().filter(chain_id=chain_id).order_by("pk"))
    if not cursors:
        raise NotFound("That chain was never read.", code="CHAIN_NOT_READ")
    read_to = min(cursor.scanned_to for cursor in cursors)
    if not 0 <= from_block <= read_to + 1:
        raise InvalidInput(f"Name a block from 0 to {read_to + 1}.", code="BLOCK_NOT_READ")
    for cursor in cursors:
        was = {"head": cursor.head_number, "scannedTo": cursor.scanned_to, "fromBlock": from_block}
        before = max(0, from_block - 1)
        cursor.scanned_to = cursor.head_number = before
        cursor.head_hash, cursor.head_at = "", None
        cursor.withdrawals_to = min(cursor.withdrawals_to, before)
        cursor.reconciled_to = 0
        cursor.version += 1  # a scan that is under way finds itself overtaken
        cursor.save()
        audit.record(
            verb="economy.chain.read-anew", by=by, subject=cursor, reason=reason.strip(), detail=was, now=now
        )
    return cursors
