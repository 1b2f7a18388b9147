"""The operators' password form, which nobody may try without end."""

from typing import Any

from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from apps.core import limits
from apps.core.client_address import client_address, network_of

NETWORK_RATE = "10/minute"
# From everywhere together: far fewer than it takes to guess, and more than one network can use up to lock a person out.
NAME_RATE = "1000/hour"


class CountedLoginForm(AuthenticationForm):
    """Name and password; tries are counted by network and by name before any password is looked at."""

    def clean(self) -> dict[str, Any]:
        """The form's data; ValidationError for too many tries as for a wrong password."""
        network = network_of(client_address(self.request)) if self.request else ""
        try:
            limits.take("users.password", network, rate=NETWORK_RATE)
            limits.take("users.password-of-name", str(self.cleaned_data.get("username")), rate=NAME_RATE)
        except limits.RateLimited as refused:
            raise ValidationError(refused.detail, code="rate_limited") from None
        return dict(super().clean())
