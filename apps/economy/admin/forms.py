"""What the dialogs of economy's acts ask for beside the reason."""

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.economy.models import Quote
from apps.operations.admin_kit import ReasonForm


class AssignForm(ReasonForm):
    """Which offer a deposit is to pay."""

    quote = forms.CharField(
        label="Offer",
        max_length=40,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "placeholder": "quo_…"}),
        help_text="The identifier of the offer that it pays. What is above the fee is owed back as surplus.",
    )
    field_order = ("quote", "reason")

    def clean_quote(self) -> Quote:
        """The offer of that identifier."""
        found = Quote.objects.filter(public_id=self.cleaned_data["quote"].strip()).first()
        if found is None:
            raise forms.ValidationError("There is no such offer.")
        return found
