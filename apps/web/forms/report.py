"""The form that tells operators what is wrong with a public profile."""

from django import forms

from apps.clones.types import ReportCategory


class ReportForm(forms.Form):
    """What is wrong, and a few words."""

    category = forms.ChoiceField(
        choices=ReportCategory.choices, error_messages={"required": "Choose what is wrong first."}
    )
    text = forms.CharField(max_length=2_000, required=False)
