"""What one channel of ingestion did: one failing item stops no other, a venue that is down is left in peace."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import OperationalError

from apps.core.errors import AdapterError, AdapterFault
from apps.operations.types import Report

logger = logging.getLogger(__name__)

KEPT_ERRORS = 5
GIVE_UP_AFTER = 3
"""So many network or overload failures in a row mean that the venue, not the item, is in trouble."""
TIME_SPENT = AdapterError(
    "not asked, the cycle's time is spent", transient=True, fault=AdapterFault.BUDGET_SPENT
)


@dataclass(slots=True)
class Outcome:
    """Counts what was seen and written, and keeps what failed; `data_at` is the time of the newest datum seen.

    `is_spent` says that the cycle's time is over: what is left is then counted as failed without being asked.
    """

    written: int = 0
    seen: int = 0
    errors: list[str] = field(default_factory=list)
    strikes: int = 0
    fault: str = ""
    data_at: datetime | None = None
    is_spent: Callable[[], bool] = bool

    def attempt(self, what: str, act: Callable[[], int]) -> None:
        """Run one item; its failure is counted and the next item goes on.

        Once the venue is in trouble the rest is counted as failed without asking it again.
        """
        self.seen += 1
        if self.strikes >= GIVE_UP_AFTER:
            self.errors.append(f"{what}: not asked, the source is in trouble")
            return
        if self.is_spent():
            self.fail(what, TIME_SPENT)
            return
        try:
            self.written += act()
            self.strikes = 0
        except Exception as error:
            is_trouble = isinstance(error, AdapterError) and error.transient
            self.strikes = self.strikes + 1 if is_trouble else 0
            self.fail(what, error)

    def fail(self, what: str, error: Exception) -> None:
        """Keep a failure; one that no source is to blame for is logged with its trace."""
        fault = fault_of(error)
        if fault is AdapterFault.INTERNAL:
            logger.error("Ingestion of %s failed.", what, exc_info=error)
        self.fault = self.fault or fault.value
        self.errors.append(f"{what}: {error}"[:200])

    def leave_out(self, what: str) -> None:
        """Keep a sentence about a part of an answer that could not be used; the other parts count."""
        self.seen += 1
        self.fault = self.fault or AdapterFault.PAYLOAD_INVALID.value
        self.errors.append(what[:200])

    def saw(self, at: datetime) -> None:
        """Remember the time of a datum, if it is the newest so far."""
        self.data_at = at if self.data_at is None else max(self.data_at, at)

    def report(self) -> Report:
        """The counts with the first few errors."""
        kept = tuple(self.errors[:KEPT_ERRORS])
        return Report(seen=self.seen, done=self.written, failed=len(self.errors), errors=kept)


def fault_of(error: Exception) -> AdapterFault:
    """The class of a failure: the source's own, the storage's, or a defect of ours."""
    if isinstance(error, AdapterError):
        return error.fault
    if isinstance(error, OperationalError):
        words = str(error).lower()
        if "full" in words or "no space" in words:
            return AdapterFault.STORAGE_FULL
        if "locked" in words or "timeout" in words:
            return AdapterFault.STORAGE_BUSY
    return AdapterFault.INTERNAL
