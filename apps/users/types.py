"""The values of the users domain that other apps may hold."""

from dataclasses import dataclass

from django.db import models

from apps.core.client_address import network_of

OPEN_CHALLENGES = 5
LONGEST_USER_AGENT = 200


@dataclass(frozen=True, slots=True)
class ClientInfo:
    """The device behind a request: its address ("" where unknown) and what it calls itself."""

    address: str = ""
    user_agent: str = ""

    @property
    def rate_key(self) -> str:
        """What its requests are counted under: the address, of IPv6 the /64 network."""
        return network_of(self.address)


class ServiceScope(models.TextChoices):
    """What a machine may do with its service token."""

    HEALTH = "health", "Read worker health"
    LIFECYCLE = "lifecycle", "Synchronise the Arena and its queue"
    OPERATIONS = "operations", "Run operator commands"
    PROP_READ = "prop:read", "Read prop accounts"
    PROP_WRITE = "prop:write", "Run prop accounts"


class ChallengePurpose(models.TextChoices):
    """What a signed challenge is good for."""

    SIGN_IN = "sign_in", "Sign in"
    LINK_WALLET = "link_wallet", "Link a wallet"


class SessionEnd(models.TextChoices):
    """Why a session ended."""

    SIGNED_OUT = "signed_out", "Signed out"
    REVOKED = "revoked", "Revoked by its owner"
    TOKEN_REUSED = "token_reused", "A used refresh token came back"
    USER_DISABLED = "user_disabled", "The user was disabled"
    OPERATOR = "operator", "Ended by an operator"
    EXPIRED = "expired", "Expired"
