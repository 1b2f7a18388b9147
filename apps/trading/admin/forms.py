"""What the dialogs of trading's acts ask for beside the reason."""

import json
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from apps.core.errors import DomainError
from apps.core.json_strict import loads
from apps.core.money import parse_micros
from apps.exchange.types import TradingMode
from apps.market import queries as market
from apps.operations.admin_kit import ReasonForm, TypedReasonForm
from apps.trading.services.adjusting import require_amount
from apps.trading.services.policies import merged_policy, policy_in_force

EVERYTHING = "EVERYTHING"


class AdjustForm(ReasonForm):
    """How much to book into or out of the cash."""

    amount = forms.CharField(
        label="Amount in dollars",
        max_length=24,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="12.50 books into the account, -12.50 out of it; at most six decimals.",
    )
    field_order = ("amount", "reason")

    def clean_amount(self) -> int:
        """The amount in micro-dollars."""
        try:
            micros = parse_micros(self.cleaned_data["amount"].strip().replace("−", "-"))
            require_amount(micros)
        except DomainError as error:
            raise forms.ValidationError(error.detail) from error
        return micros


class PolicyForm(TypedReasonForm):
    """The policy in force as JSON, to be changed, and its number; what is taken out of it stays as it is."""

    document = forms.CharField(
        label="Policy",
        max_length=8_000,
        strip=True,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 14, "spellcheck": "false", "class": "pp-code"}),
        help_text="Micros are millionths of a dollar, bps hundredths of a percent, e10 ten billionths.",
    )
    sequence = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ("document", "reason", "confirmation", "sequence")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            self.initial["document"] = json.dumps(policy_in_force(self.row), indent=1)
            self.initial["sequence"] = self.row.policy_sequence

    def clean_document(self) -> dict[str, object]:
        """What was written, where it makes a policy together with the one in force."""
        try:
            document = loads(self.cleaned_data["document"])
            if isinstance(document, dict):
                if self.row is not None:
                    merged_policy(self.row, document)
                return document
        except DomainError as error:
            raise forms.ValidationError(error.detail.replace("The body", "The policy")) from error
        raise forms.ValidationError("A policy is a JSON object.")


class HaltForm(ReasonForm):
    """What the kill switch is over, and what it leaves possible; its scope must be typed."""

    over = forms.ChoiceField(label="Over", widget=UnfoldAdminSelectWidget)
    mode = forms.ChoiceField(
        label="Leaves possible",
        choices=[
            (TradingMode.HALTED.value, "Nothing: no fill of any kind, forced ones included"),
            (TradingMode.REDUCING.value, "Only what shrinks positions, and exits"),
        ],
        widget=UnfoldAdminSelectWidget,
    )
    confirmation = forms.CharField(
        label="Type what it is over to confirm",
        max_length=40,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=f"{EVERYTHING}, or the asset's symbol.",
    )
    field_order = ("over", "mode", "reason", "confirmation")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        symbols = market.list_priced().order_by("symbol").values_list("symbol", flat=True)
        over: Any = self.fields["over"]
        over.choices = [(EVERYTHING, "Everything"), *((symbol, symbol) for symbol in symbols)]

    def clean(self) -> dict[str, Any]:
        """The scope typed must be the scope chosen."""
        cleaned = super().clean() or {}
        if cleaned.get("confirmation", "").strip() != cleaned.get("over"):
            self.add_error("confirmation", "This is not what the switch would be over.")
        return cleaned
