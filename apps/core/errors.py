"""The errors every app raises; the API maps them once to problem+json."""

from enum import StrEnum


class DomainError(Exception):
    """A request or act that the rules refuse; `detail` says what to do next.

    `status` is the HTTP status, `code` a stable upper-case word, `retryable` whether the same request may
    succeed later.
    """

    status: int = 400
    code: str = "DOMAIN_ERROR"
    retryable: bool = False

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        status: int | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        if code is not None:
            self.code = code
        if status is not None:
            self.status = status
        if retryable is not None:
            self.retryable = retryable

    @property
    def title(self) -> str:
        """The code as words: `STATE_CHANGED` reads "State changed"."""
        return self.code.replace("_", " ").capitalize()


class NotFound(DomainError):
    """What was asked for does not exist, or may not be seen by who asks."""

    status = 404
    code = "NOT_FOUND"


class Conflict(DomainError):
    """The act contradicts something that has already happened."""

    status = 409
    code = "CONFLICT"


class InvalidInput(DomainError):
    """The request is well formed and its content is not acceptable."""

    status = 422
    code = "INVALID_INPUT"


class PermissionRefused(DomainError):
    """The actor may not do this."""

    status = 403
    code = "PERMISSION_REFUSED"


class IllegalTransition(Conflict):
    """The row is not in a state from which it may move there: somebody else was first, or the table forbids
    it.
    """

    code = "STATE_CHANGED"


class AdapterFault(StrEnum):
    """Why an outside system was of no use: stable codes of ingestion runs and of health."""

    NETWORK = "NETWORK"
    RATE_LIMITED = "RATE_LIMITED"
    SERVER_ERROR = "SERVER_ERROR"
    REFUSED = "REFUSED"
    PAYLOAD_INVALID = "PAYLOAD_INVALID"
    SCHEMA_DRIFT = "SCHEMA_DRIFT"
    BREAKER_OPEN = "BREAKER_OPEN"
    BUDGET_SPENT = "BUDGET_SPENT"
    LEASE_HELD = "LEASE_HELD"
    STORAGE_FULL = "STORAGE_FULL"
    STORAGE_BUSY = "STORAGE_BUSY"
    INTERNAL = "INTERNAL"


class AdapterError(Exception):
    """An outside system failed; `transient` says whether trying again later can help.

    `status` is its HTTP status where it answered with one that is not a success, `retry_after` the wait in seconds
    that it asked for, `fault` the class of the failure.
    """

    def __init__(
        self,
        detail: str,
        *,
        transient: bool,
        status: int | None = None,
        fault: AdapterFault | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.transient = transient
        self.status = status
        self.retry_after = retry_after
        self.fault = fault or (AdapterFault.NETWORK if transient else AdapterFault.PAYLOAD_INVALID)
