"""The values of the users domain that other apps may hold."""

from django.db import models


class ServiceScope(models.TextChoices):
    """What a machine may do with its service token."""

    HEALTH = "health", "Read worker health"
    LIFECYCLE = "lifecycle", "Synchronise the Arena and its queue"
    OPERATIONS = "operations", "Run operator commands"


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
