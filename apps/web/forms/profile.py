"""The forms of a clone's public profile; what a name or a picture may be is the domain's to say."""

from django import forms

from apps.clones.types import DESCRIPTION_LENGTH, NAME_LENGTH


class ProfileForm(forms.Form):
    """Name and description."""

    name = forms.CharField(max_length=4 * NAME_LENGTH)
    description = forms.CharField(max_length=4 * DESCRIPTION_LENGTH, required=False)


class ImageForm(forms.Form):
    """A picture as a file."""

    image = forms.FileField(error_messages={"required": "Choose a picture first."})


class ForkForm(forms.Form):
    """The name of a fork."""

    name = forms.CharField(max_length=4 * NAME_LENGTH)
