"""The dialog that publishes a rulebook: every term in the unit that people read."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.competition.services.rulebooks import require_valid
from apps.competition.types import Basis, Boundary, Drawdown, Outage, RulebookTerms
from apps.core.errors import DomainError
from apps.core.money import parse_micros, parse_scaled
from apps.operations.admin_kit import ReasonForm

USUAL = RulebookTerms()
_KEPT = ("reason", "_form_submitted")


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
        if self.errors:
            return given
        try:
            terms = self._terms(given)
            require_valid(terms)
        except DomainError as refused:
            self.add_error(None, refused.detail)
            return given
        return {**{name: given[name] for name in _KEPT if name in given}, "terms": terms}

    def _terms(self, given: dict[str, Any]) -> RulebookTerms:
        daily = given["daily"].strip()
        return RulebookTerms(
            title=given["title"].strip(),
            window_minutes=self._number("window", 0),
            start_micros=parse_micros(given["start"].strip()),
            profit_target_bps=self._number("target", 2),
            max_loss_bps=self._number("loss", 2),
            min_orders=self._number("orders", 0),
            max_profit_share_bps=self._number("share", 2),
            max_price_age_ms=self._number("age", 3),
            basis=given["basis"],
            drawdown=given["drawdown"],
            target_boundary=given["target_boundary"],
            loss_boundary=given["loss_boundary"],
            daily_loss_bps=self._number("daily", 2) if daily else 0,
            day_boundary_minute=_minute(given["boundary"].strip()),
            outage=given["outage"],
        )

    def _number(self, name: str, decimals: int) -> int:
        return parse_scaled(self.cleaned_data[name].strip(), decimals)


def _minute(clock: str) -> int:
    """The minute of the day that "13:30" names; -1, which no rulebook may have, where it names none."""
    hours, _, minutes = (clock or "00:00").partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
        return -1
    return int(hours) * 60 + int(minutes)
