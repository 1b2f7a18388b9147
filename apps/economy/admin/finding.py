"""Findings in the console: what does not agree between the chain and the books."""

from datetime import datetime

from django.contrib import admin
from unfold.decorators import display

from apps.economy.models import Finding
from apps.economy.services.findings import close_findings
from apps.economy.types import FindingKind
from apps.operations import clock
from apps.operations.admin_kit import OperatorAdmin, operator_action
from apps.operations.audit import Actor


@admin.register(Finding)
class FindingAdmin(OperatorAdmin):
    """What was found, when it was last seen, and why it is over."""

    list_display = ("subject", "kind", "stands", "chain_id", "found_at", "seen_at", "closed_at")
    list_filter = ("kind", "chain_id", ("closed_at", admin.EmptyFieldListFilter))
    search_fields = ("public_id", "subject")
    actions_detail = ("close",)

    @display(description="State", label={"Open": "danger", "Closed": "success"})
    def stands(self, finding: Finding) -> str:
        """Whether it is so still."""
        return "Open" if finding.closed_at is None else "Closed"

    @operator_action(
        description="Close",
        permission="economy.change_finding",
        verb="economy.finding.closed",
        icon="task_alt",
    )
    def close(self, finding: Finding, *, reason: str, by: Actor, now: datetime) -> str:
        """For what was looked into and is settled. It opens again by itself where it is found once more."""
        closed = close_findings(
            kind=FindingKind(finding.kind),
            chain_id=finding.chain_id,
            subject=finding.subject,
            because=f"{by.label}: {reason}"[:200],
            now=clock.real_now(),
        )
        return "Closed." if closed else "It was closed already."
