"""The dialog that moves an account to another policy: its figures first, then what changes, why, and the identifier."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import HttpRequest

from apps.core.errors import InvalidInput
from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.operations.admin_kit import TypedReasonForm
from apps.trading.admin.policy_fields import GROUPS, OTHERS, field_of, heading_of
from apps.trading.queries.policy_figures import ReadableChange, list_figures, readable_changes
from apps.trading.services.policies import merged_policy, policy_in_force

LOOK = "This is what changes. Say why, and confirm it."


class PolicyForm(TypedReasonForm):
    """Two steps in one form: it is valid only when the changes that it has shown are the ones that are sent.

    What it gives is `document`, the whole policy, and `sequence`, the number of the one that it replaces.
    """

    form_before_template = "admin/policy_form.html"
    sequence = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.figures = list_figures()
        self.changes: list[ReadableChange] = []
        self.shown = ""
        in_force = policy_in_force(self.row) if self.row is not None else {}
        self.fields |= {figure.name: field_of(figure, in_force.get(figure.name)) for figure in self.figures}
        if self.row is not None:
            self.initial["sequence"] = self.row.policy_sequence

    def __iter__(self) -> Iterator[BoundField]:
        """The fields that the dialog itself shows: why and the identifier, once there is something to confirm."""
        later = () if self.changes else ("reason", "confirmation")
        hidden = {*(figure.name for figure in self.figures), *later}
        return (self[name] for name in self.fields if name not in hidden)

    def clean(self) -> dict[str, Any]:
        """The policy asked for; every error but a figure's own keeps what was written and says what is missing."""
        given = super().clean() or self.cleaned_data
        names = [figure.name for figure in self.figures]
        document = None
        if not any(name in self.errors for name in names):
            document = self._merged({name: given[name] for name in names}, given.get("sequence"))
        if document is None:
            self._ask_later([name for name in names if name in self.errors])
            return given
        self.changes = readable_changes(policy_in_force(self.row), document)
        self.shown = sha256_hex(dumps_canonical(document))
        if self.data.get("shown") != self.shown:
            self._ask_later(["reason"])
            self.add_error(None, LOOK)
        rest = ("reason", "confirmation", "sequence", "_form_submitted")
        return {"document": document, **{name: given[name] for name in rest if name in given}}

    def _merged(self, asked: dict[str, Any], sequence: int | None) -> dict[str, object] | None:
        """The policy that would rule; None, and an error in its place, where the account cannot be moved to it."""
        if self.row is None:
            self.add_error(None, "This account no longer exists.")
        elif sequence != self.row.policy_sequence:
            self.add_error(
                None, "Somebody moved this account to another policy just now; close this and look again."
            )
        else:
            try:
                document = merged_policy(self.row, asked)
            except InvalidInput as error:
                place = "allowed_symbols" if error.code == "POLICY_WITHOUT_ASSETS" else None
                self.add_error(place, error.detail)
            else:
                if document != policy_in_force(self.row):
                    return document
                self.add_error(None, "No figure is changed yet.")
        return None

    def _ask_later(self, focused: list[str]) -> None:
        """Drop what is said about fields that were not shown yet, and put the cursor into the first of `focused`."""
        for name in ("reason", "confirmation"):
            self.errors.pop(name, None)
        for name in focused[:1]:
            self.fields[name].widget.attrs["autofocus"] = True

    def get_before_template_context(
        self, request: HttpRequest, object_id: int | str | None = None
    ) -> dict[str, Any]:
        """The figures under their headings, what changes, and what speaks against it."""
        others = [figure.name for figure in self.figures if heading_of(figure) == OTHERS]
        groups = {**GROUPS, OTHERS: others} if others else GROUPS
        return {
            "groups": {title: [self[name] for name in names] for title, names in groups.items()},
            "changes": self.changes,
            "shown": self.shown,
            "faults": self.non_field_errors(),
        }
