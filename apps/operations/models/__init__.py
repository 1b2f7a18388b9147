"""The tables of operations, one aggregate per module."""

from apps.operations.models.audit import AuditEvent
from apps.operations.models.clock import ClockAnchor
from apps.operations.models.external_event import ExternalEvent
from apps.operations.models.held_act import HeldAct
from apps.operations.models.idempotency import IdempotencyKey
from apps.operations.models.outbox import OutboxRow
from apps.operations.models.worker import Lease, WorkerHeartbeat

__all__ = [
    "AuditEvent",
    "ClockAnchor",
    "ExternalEvent",
    "HeldAct",
    "IdempotencyKey",
    "Lease",
    "OutboxRow",
    "WorkerHeartbeat",
]
