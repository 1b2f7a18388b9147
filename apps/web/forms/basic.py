"""The form of the builder's basic mode, as a browser without scripts sends it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from apps.clones.graph.validate import MAX_BEHAVIOUR, MAX_CADENCE_MINUTES, WAKE_MOVE_BPS
from apps.web.compose import basic


class BasicForm(forms.Form):
    """The choices; a category names its assets, and `own` takes the ticked ones."""

    revision = forms.IntegerField(min_value=1)
    category = forms.ChoiceField(error_messages={"required": "Choose a category, or your own assets."})
    assets = forms.MultipleChoiceField(required=False)
    depth = forms.ChoiceField(choices=[choice[:2] for choice in basic.DEPTHS])
    engine = forms.ChoiceField(choices=[choice[:2] for choice in basic.ENGINES])
    strategy = forms.ChoiceField(choices=basic.STRATEGIES)
    cadence_minutes = forms.IntegerField(min_value=1, max_value=MAX_CADENCE_MINUTES)
    name = forms.CharField(max_length=64)
    behaviour = forms.CharField(max_length=MAX_BEHAVIOUR, required=False)
    enabled = forms.BooleanField(required=False)
    wake_price_move_bps = forms.IntegerField(
        min_value=WAKE_MOVE_BPS[0], max_value=WAKE_MOVE_BPS[1], required=False
    )
    wake_stop_hit = forms.BooleanField(required=False)
    wake_new_market = forms.BooleanField(required=False)

    def __init__(
        self, data: Any, *, groups: Sequence[Mapping[str, Any]], symbols: Sequence[str], **options: Any
    ) -> None:
        super().__init__(data, **options)
        self._groups = {group["key"]: list(group["assets"]) for group in groups}
        self.fields["category"].choices = [(key, key) for key in (*self._groups, basic.OWN)]  # type: ignore[attr-defined]  # the stubs know Field, not ChoiceField
        self.fields["assets"].choices = [(symbol, symbol) for symbol in symbols]  # type: ignore[attr-defined]  # the stubs know Field, not ChoiceField

    def clean(self) -> dict[str, Any]:
        """Put the category's assets in the place of the ticked ones; refuse own assets that are none."""
        chosen = super().clean() or self.cleaned_data
        if chosen.get("category") in self._groups:
            chosen["assets"] = self._groups[chosen["category"]]
        elif chosen.get("category") == basic.OWN and not chosen.get("assets") and "assets" not in self.errors:
            self.add_error("assets", "Choose at least one asset.")
        return chosen

    def choices(self) -> dict[str, Any]:
        """What `compose_basic` takes; only after `is_valid`. Line ends become those of a text area's value."""
        chosen = {name: self.cleaned_data[name] for name in basic.DEFAULTS}
        return {
            **chosen,
            "behaviour": chosen["behaviour"].replace("\r\n", "\n"),
            "wake_price_move_bps": chosen["wake_price_move_bps"] or 0,
        }
