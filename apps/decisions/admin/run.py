"""Decision runs and their proposed actions in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.decorators import action, display

from apps.decisions.models import DecisionRun, ProposedAction
from apps.operations.admin_kit import ReadOnlyAdmin


class ProposedActionInline(TabularInline):
    """The actions of one run."""

    model = ProposedAction
    extra = 0
    can_delete = False
    fields = readonly_fields = (
        "index",
        "kind",
        "side",
        "notional_micros",
        "leverage",
        "reduce_only",
        "reason",
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Actions come from engines alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was proposed stays proposed."""
        return False


@admin.register(DecisionRun)
class DecisionRunAdmin(ReadOnlyAdmin):
    """Decisions: queued, running, completed, failed and skipped.

    The context, the prompt and the raw answer hold the words of the clone's prompt, which are its owner's alone.
    """

    list_display = (
        "opened_page",
        "symbol",
        "status",
        "subject",
        "error_code",
        "slot_at",
        "decided_at",
    )
    list_filter = ("status", "engine", "symbol", "error_code")
    search_fields = ("public_id", "subject", "symbol")
    date_hierarchy = "slot_at"
    list_display_links = None
    exclude = ("context", "prompt", "raw_answer")
    inlines = [ProposedActionInline]
    actions_detail = ("open_page",)

    @display(description="Run", ordering="public_id")
    def opened_page(self, run: DecisionRun) -> str:
        """The run, leading to the page that takes it apart."""
        address = reverse("console-decision", args=[run.public_id])
        return format_html('<a href="{}" class="pp-link">{}</a>', address, run.public_id)

    @action(description="Decision page", icon="troubleshoot")
    def open_page(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """What it saw, wanted, was allowed and got, on one page."""
        run = self.get_object(request, object_id)
        if run is None:
            return redirect("admin:decisions_decisionrun_changelist")
        return redirect("console-decision", run.public_id)


@admin.register(ProposedAction)
class ProposedActionAdmin(ReadOnlyAdmin):
    """Every action that an engine asked for, whatever became of it."""

    list_display = ("id", "symbol", "kind", "side", "notional_micros", "leverage", "reason", "run")
    list_filter = ("kind", "symbol")
    search_fields = ("run__public_id", "run__subject", "symbol")
    list_select_related = ("run",)
