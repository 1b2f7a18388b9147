"""What the dialogs of trading's acts ask for beside the reason."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.core.errors import DomainError
from apps.core.money import parse_micros
from apps.exchange.types import TradingMode
from apps.market import queries as market
from apps.operations.admin_kit import ReasonForm
from apps.trading.services.adjusting import require_amount

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
