"""What was seen of a deposit on its chain, look by look."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.economy.models import DepositSighting


@dataclass(frozen=True, slots=True)
class SightingView:
    """One look at the chain that changed what is known of a deposit."""

    kind: str
    tx_hash: str
    log_index: int
    block_number: int
    block_hash: str
    at: datetime
    detail: dict[str, Any]


def list_sightings(public_id: str) -> list[SightingView]:
    """Every look at the chain that changed what is known of a deposit, in their order."""
    return [
        SightingView(
            row.kind, row.tx_hash, row.log_index, row.block_number, row.block_hash, row.at, row.detail
        )
        for row in DepositSighting.objects.filter(deposit__public_id=public_id)
    ]
