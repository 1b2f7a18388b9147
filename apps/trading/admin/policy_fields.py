"""The fields of the dialog that moves an account to another policy: one per figure, in the units of people."""

from collections.abc import Callable
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from apps.core.errors import DomainError
from apps.exchange.rounding import MAX_MICROS
from apps.market import queries as market
from apps.trading.queries.policy_figures import Figure, Kind

GROUPS: dict[str, dict[str, str]] = {
    "What may be traded": {
        "allowed_symbols": "Nothing else may be opened; positions in other assets may only shrink. Separate them by commas.",
        "version": "What this set of rules is called on the record.",
    },
    "Size and leverage": {
        "max_leverage": "The most that one order may ask for.",
        "max_account_leverage": "Gross exposure may be at most this many times equity.",
        "max_position_micros": "The largest position in one asset.",
        "max_exposure_micros": "The most that all positions together may be, longs plus shorts.",
        "max_net_exposure_micros": "The most that longs less shorts may be, either way.",
        "max_open_positions": "How many assets may be held at once.",
        "min_notional_micros": "The smallest order; closing a whole position may be smaller.",
    },
    "Prices": {
        "max_price_age_ms": "An older price or book is not traded on.",
        "max_price_deviation_bps": "How far mark and mid may be from the oracle and still be believed.",
        "max_slippage_bps": "How far from the mark an order may fill.",
    },
    "Pace and loss": {
        "max_actions_per_window": "How many orders may be executed within the window. Shrinking is never held back.",
        "window_ms": "How long that window is.",
        "cooldown_ms": "The least pause between an order and the next that grows a position.",
        "max_drawdown_bps": "A fall from the peak that closes every position and locks the account. 0 is no limit.",
    },
    "Fees and costs": {
        "taker_fee_rate_e10": "The fee of every fill, or the most it may be where the venue's tiers count.",
        "has_fee_tiers": "On: the venue's lower fee by fourteen-day volume counts. Off: always the rate above.",
        "half_spread_rate_e10": "The cost of crossing the spread where there is no book.",
        "impact_rate_e10": "How far the price moves against an exposure as large as the depth below.",
        "impact_depth_micros": "The exposure that moves the price by the rate above, where no book says it.",
    },
}
"""What each figure does, by the heading that it stands under; one that is missing here stands under `OTHERS`."""

OTHERS = "Other rules"


def heading_of(figure: Figure) -> str:
    """The heading that a figure stands under."""
    return next((title for title, about in GROUPS.items() if figure.name in about), OTHERS)


class NumberField(forms.CharField):
    """A figure that is written in its unit and read as the integer that is stored."""

    def __init__(self, figure: Figure, **kwargs: Any) -> None:
        self.figure = figure
        attrs = {"inputmode": "decimal" if figure.unit.decimals else "numeric", "autocomplete": "off"}
        signs = {"prefix": figure.unit.before, "suffix": figure.unit.after.strip()}
        attrs |= {name: sign for name, sign in signs.items() if sign}
        attrs["class"] = " ".join(f"pp-{name}ed" for name in signs if name in attrs)
        super().__init__(max_length=40, widget=UnfoldAdminTextInputWidget(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> int:
        """The stored integer; raises ValidationError for what is no number of the unit or beyond the bounds."""
        text = super().clean(value)
        try:
            number = self.figure.unit.parse(text)
        except DomainError as error:
            raise forms.ValidationError(error.detail) from error
        figure = self.figure
        if number < figure.least:
            raise forms.ValidationError(f"Allowed: {range_of(figure)}.")
        if number > figure.most:
            raise forms.ValidationError(f"Allowed: at most {figure.unit.signed_text(figure.most)}.")
        return number


class SymbolsField(forms.CharField):
    """Symbols of assets with commas between; those in `kept` need not be in the registry any more."""

    def __init__(self, *, kept: tuple[str, ...], **kwargs: Any) -> None:
        self.kept = kept
        attrs = {"spellcheck": "false", "autocomplete": "off"}
        super().__init__(
            max_length=8_000, required=False, widget=UnfoldAdminTextInputWidget(attrs=attrs), **kwargs
        )

    def clean(self, value: Any) -> list[str]:
        """The symbols in the order written, each once; raises ValidationError for one that no asset has."""
        asked = list(dict.fromkeys(part.strip() for part in super().clean(value).split(",") if part.strip()))
        listed = market.list_registry().filter(symbol__in=asked).values_list("symbol", flat=True)
        if strangers := [symbol for symbol in asked if symbol not in {*listed, *self.kept}]:
            raise forms.ValidationError(f"There is no such asset: {', '.join(strangers)}.")
        return asked


def field_of(figure: Figure, present: object) -> forms.Field:
    """The field of one figure with its present value in it; empty where that is none that the figure can have."""
    said = GROUPS.get(heading_of(figure), {}).get(figure.name, "")
    build: dict[Kind, Callable[..., forms.Field]] = {
        Kind.NUMBER: lambda **common: NumberField(figure, **common),
        Kind.SWITCH: lambda **common: forms.BooleanField(
            required=False, widget=UnfoldBooleanSwitchWidget, **common
        ),
        Kind.LIST: lambda **common: SymbolsField(kept=_symbols(present), **common),
        Kind.TEXT: lambda **common: forms.CharField(
            max_length=80, widget=UnfoldAdminTextInputWidget, **common
        ),
    }
    if figure.kind is Kind.NUMBER:
        said = f"{said} Allowed: {range_of(figure)}.".strip()
    return build[figure.kind](label=figure.label, help_text=said, initial=_written(figure, present))


def range_of(figure: Figure) -> str:
    """What a number may be, in its unit: "$0 to $1,000,000,000,000", "1 or more"."""
    text = figure.unit.signed_text
    if figure.most == MAX_MICROS and figure.unit.before != "$":
        return f"{text(figure.least)} or more"
    return f"{text(figure.least)} to {text(figure.most)}"


def _written(figure: Figure, present: object) -> object:
    if figure.kind is Kind.LIST:
        return ", ".join(_symbols(present))
    if figure.kind is Kind.NUMBER:
        is_number = isinstance(present, int) and not isinstance(present, bool) and present >= 0
        return figure.unit.text(present) if is_number else ""  # type: ignore[arg-type] # an integer
    return present


def _symbols(present: object) -> tuple[str, ...]:
    return tuple(map(str, present)) if isinstance(present, list | tuple) else ()
