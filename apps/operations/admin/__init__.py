"""The operator's pages of operations: workers, leases, queued work, audit record, clock."""

from apps.operations.admin.audit import AuditEventAdmin
from apps.operations.admin.clock import ClockAnchorAdmin
from apps.operations.admin.held_act import HeldActAdmin
from apps.operations.admin.outbox import OutboxRowAdmin
from apps.operations.admin.requests import ExternalEventAdmin, IdempotencyKeyAdmin
from apps.operations.admin.worker import LeaseAdmin, WorkerHeartbeatAdmin

__all__ = [
    "AuditEventAdmin",
    "ClockAnchorAdmin",
    "ExternalEventAdmin",
    "HeldActAdmin",
    "IdempotencyKeyAdmin",
    "LeaseAdmin",
    "OutboxRowAdmin",
    "WorkerHeartbeatAdmin",
]
