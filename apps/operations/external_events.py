"""Messages of outside systems: stored first, handled once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.core.errors import Conflict
from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.operations.models import ExternalEvent


def store_once(
    *, source: str, external_id: str, kind: str, payload: dict[str, Any], now: datetime
) -> tuple[ExternalEvent, bool]:
    """Store the message unless the source's identifier is known; returns the row and whether it is new.

    Raises Conflict when the same identifier comes with another payload.
    """
    digest = sha256_hex(dumps_canonical(payload))
    row, created = ExternalEvent.objects.get_or_create(
        source=source,
        external_id=external_id,
        defaults={"kind": kind, "payload": payload, "payload_hash": digest, "received_at": now},
    )
    if row.payload_hash != digest:
        raise Conflict(f"{source} sent {external_id} twice with different content.", code="EVENT_CHANGED")
    return row, created


def handle_once(event: ExternalEvent, *, handler: Callable[[ExternalEvent], None], now: datetime) -> bool:
    """Run the handler and mark the event handled in one transaction; False when it was handled before."""
    with transaction.atomic():
        claimed = ExternalEvent.objects.filter(pk=event.pk, handled_at__isnull=True).update(handled_at=now)
        if claimed:
            handler(event)
            event.handled_at = now
    return bool(claimed)
