"""The refusals of sign-in; each has a stable code, so that a page can say what to do."""

from apps.core.errors import DomainError


class SignInRefused(DomainError):
    """The signed message, or its signature, is not the one that was asked for."""

    status = 401
    code = "SIWE_INVALID"


class TokenInvalid(DomainError):
    """The credential was not issued here, is damaged, or has run out."""

    status = 401
    code = "TOKEN_INVALID"


class SessionEnded(DomainError):
    """The sign-in that the credential belongs to is over."""

    status = 401
    code = "SESSION_ENDED"


class RefreshReused(DomainError):
    """A refresh token came back after its successor was used: somebody holds a copy."""

    status = 401
    code = "REFRESH_REUSED"


class ReauthRequired(DomainError):
    """The act needs a sign-in of a few minutes ago."""

    status = 403
    code = "REAUTH_REQUIRED"


class ChainUnavailable(DomainError):
    """Nobody could say whether a contract wallet accepts the signature."""

    status = 503
    code = "CHAIN_UNAVAILABLE"
    retryable = True
