"""The dialog that publishes a rulebook: every term in the unit that people read."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.competition.services.rulebooks import BOUNDS, require_valid
from apps.competition.types import Basis, Boundary, Drawdown, Outage, RulebookTerms
from apps.core.errors import DomainError
from apps.core.money import MICRO_DECIMALS, parse_scaled, scaled_text
from apps.operations.admin_kit import ReasonForm

USUAL = RulebookTerms()
_KEPT = ("reason", "_form_submitted")
_CHOSEN = ("basis", "drawdown", "target_boundary", "loss_boundary", "outage")
_FIGURES = {
    "window": ("window_minutes", 0),
    "start": ("start_micros", MICRO_DECIMALS),
    "target": ("profit_target_bps", 2),
    "loss": ("max_loss_bps", 2),
    "daily": ("daily_loss_bps", 2),
    "orders": ("min_orders", 0),
    "share": ("max_profit_share_bps", 2),
    "age": ("max_price_age_ms", 3),
}
"""The term behind each figure of the form, and the decimals that make its unit the rulebook's."""


def _text(label: str, initial: str, says: str = "", *, is_required: bool = True, longest: int = 24) -> Any:
    widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})
    return forms.CharField(
        label=label, initial=initial, max_length=longest, required=is_required, widget=widget, help_text=says
    )


def _choice(label: str, known: Any, initial: str) -> Any:
    return forms.ChoiceField(
        label=label, choices=known.choices, initial=initial, widget=UnfoldAdminSelectWidget
    )


class RulebookForm(ReasonForm):
    """What it gives is `terms`; what the judge could not honour keeps the dialog open, with all that was written."""

    title = _text("Title", "", longest=120)
    window = _text("Window in minutes", "1440", "A day has 1440.")
    start = _text("Start in dollars", "100000")
    target = _text("Profit target in percent", "3", "Of the start.")
    target_boundary = _choice("Exactly on the target", Boundary, USUAL.target_boundary)
    basis = _choice("Target and limits look at", Basis, USUAL.basis)
    loss = _text("Loss limit in percent", "6", "Of what it is measured from.")
    drawdown = _choice("The loss is measured from", Drawdown, USUAL.drawdown)
    loss_boundary = _choice("Exactly on a limit", Boundary, USUAL.loss_boundary)
    daily = _text("Daily loss limit in percent", "", "Of the start; empty for none.", is_required=False)
    boundary = _text(
        "A day begins at (UTC)", "", "00:00 to 23:59, with a daily limit only.", is_required=False
    )
    orders = _text("Executed orders, at least", "5")
    share = _text("One asset's share of the profit, at most, in percent", "60")
    age = _text("Oldest usable price in seconds", "15")
    outage = _choice("Minutes without a price", Outage, USUAL.outage)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([*(name for name in self.fields if name not in _KEPT), "reason"])

    def clean(self) -> dict[str, Any]:
        """The terms in place of the fields."""
        given = super().clean() or self.cleaned_data
        figures: dict[str, Any] = {
            term: self._figure(name, term, decimals) for name, (term, decimals) in _FIGURES.items()
        }
        minute = _minute(given.get("boundary", "").strip())
        if minute is None:
            self.add_error("boundary", "A time of the day: 00:00 to 23:59.")
        if self.errors:
            self.fields[next(iter(self.errors))].widget.attrs["autofocus"] = True
            return given
        chosen = {name: given[name] for name in _CHOSEN}
        terms = RulebookTerms(title=given["title"], day_boundary_minute=minute or 0, **chosen, **figures)
        try:
            require_valid(terms)
        except DomainError as refused:
            self.add_error("boundary" if minute else "title", refused.detail)
            return given
        return {**{name: given[name] for name in _KEPT if name in given}, "terms": terms}

    def _figure(self, name: str, term: str, decimals: int) -> int:
        """A figure in the rulebook's unit; 0, and an error in its place, where it is none or out of bounds."""
        text = self.cleaned_data.get(name, "").strip()
        if not text:
            return 0
        low, high = BOUNDS[term]
        try:
            value = parse_scaled(text, decimals)
        except DomainError as refused:
            self.add_error(name, refused.detail)
            return 0
        if not low <= value <= high:
            bounds = f"{scaled_text(low, decimals)} and {scaled_text(high, decimals)}"
            self.add_error(name, f"This must lie between {bounds}.")
        return value


def _minute(clock: str) -> int | None:
    """The minute of the day that "13:30" names, 0 for nothing; None where it names none."""
    hours, _, minutes = (clock or "00:00").partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
        return None
    return int(hours) * 60 + int(minutes)
