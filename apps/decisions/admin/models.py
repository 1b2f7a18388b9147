"""Calls of models, what they cost, and the kill switches over them."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.decisions.models import ModelCall, ModelHalt, ModelSpend
from apps.decisions.services import model_halts
from apps.decisions.types import HaltScope
from apps.operations.admin_kit import OperatorAdmin, ReadOnlyAdmin, ReasonForm, operator_action
from apps.operations.audit import Actor

EVERYTHING = "EVERYTHING"


@admin.register(ModelCall)
class ModelCallAdmin(ReadOnlyAdmin):
    """Every question to a model, whatever became of it.

    What was said may repeat the words of the clone's prompt, which are its owner's alone.
    """

    list_display = (
        "started_at",
        "provider",
        "model",
        "status",
        "fault",
        "cost_micros",
        "tokens_in_count",
        "tokens_cached_count",
        "tokens_out_count",
        "latency_ms",
        "run",
    )
    list_filter = ("status", "fault", "provider", "model", "is_repair")
    search_fields = ("run__public_id", "user", "provider_reference", "request_digest")
    list_select_related = ("run",)
    date_hierarchy = "started_at"
    exclude = ("response",)


@admin.register(ModelSpend)
class ModelSpendAdmin(ReadOnlyAdmin):
    """The money of models by day, by user's day and of all time."""

    list_display = ("date", "scope", "key", "spent_micros", "reserved_micros", "calls_count")
    list_filter = ("scope", "date")
    search_fields = ("key",)


class ModelHaltForm(ReasonForm):
    """What the kill switch is over, which must be typed."""

    over = forms.ChoiceField(label="Over", widget=UnfoldAdminSelectWidget)
    confirmation = forms.CharField(
        label="Type what it is over to confirm",
        max_length=40,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=f"{EVERYTHING}, or the provider's name.",
    )
    field_order = ("over", "reason", "confirmation")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        over: Any = self.fields["over"]
        over.choices = [
            (EVERYTHING, "Every model"),
            *((name, name) for name in model_halts.known_providers()),
        ]

    def clean(self) -> dict[str, Any]:
        """The scope typed must be the scope chosen."""
        cleaned = super().clean() or {}
        if cleaned.get("confirmation", "").strip() != cleaned.get("over"):
            self.add_error("confirmation", "This is not what the switch would be over.")
        return cleaned


@admin.register(ModelHalt)
class ModelHaltAdmin(OperatorAdmin):
    """What stands, what stood, who set and who lifted it."""

    list_display = ("over", "stands", "reason", "set_by", "set_at", "lifted_by", "lifted_at")
    list_filter = ("scope",)
    search_fields = ("name", "reason", "set_by", "lifted_by")
    actions_list = ("set_halt",)
    actions_detail = ("lift",)

    @display(description="Over", ordering="name")
    def over(self, halt: ModelHalt) -> str:
        """The provider, or every model."""
        return halt.name or "Every model"

    @display(description="State", label={"Stands": "danger", "Lifted": "info"})
    def stands(self, halt: ModelHalt) -> str:
        """Whether it stops models now."""
        return "Stands" if halt.lifted_at is None else "Lifted"

    @operator_action(
        description="Stop models",
        permission="decisions.add_modelhalt",
        verb="decisions.model-halt.set-asked",
        icon="emergency_home",
        form=ModelHaltForm,
    )
    def set_halt(self, obj: None, *, reason: str, by: Actor, now: datetime, over: str) -> str:
        """No call begins after this, until the switch is lifted; decisions by models are skipped meanwhile."""
        scope = HaltScope.EVERYTHING if over == EVERYTHING else HaltScope.PROVIDER
        provider = "" if scope == HaltScope.EVERYTHING else over
        model_halts.set_model_halt(scope=scope, provider=provider, reason=reason, by=by, now=now)
        return f"{provider or 'Every model'} is halted from now on."

    @operator_action(
        description="Lift",
        permission="decisions.change_modelhalt",
        verb="decisions.model-halt.lift-asked",
        icon="lock_open",
        irreversible=True,
    )
    def lift(self, halt: ModelHalt, *, reason: str, by: Actor, now: datetime) -> str:
        """Models are asked again at the next slot, where nothing else stops them."""
        model_halts.lift_model_halt(halt=halt, reason=reason, by=by, now=now)
        return f"{halt.name or 'Every model'} may be asked again."
