"""One action that got a verdict: with the sealed record of it, or without."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.errors import DomainError
from apps.core.json_strict import loads
from apps.trading.models import ActionVerdict, ExecutionRecord, PropAccount
from apps.trading.services.chains import MAX_DOCUMENT
from apps.trading.services.reexecution.case import Case


@dataclass(slots=True)
class Executed:
    """One action with its verdict and record; `document` is None where that cannot be read.

    Without a record `document` is what the books themselves say was booked.
    """

    case: Case
    account: PropAccount
    action: Any
    verdict: ActionVerdict
    record: ExecutionRecord | None
    document: dict[str, Any] | None

    @property
    def key(self) -> str:
        """How the record is named where a place is told."""
        if self.record is None:
            return f"ActionVerdict {self.case.run.public_id}/{self.action.index}"
        return f"ExecutionRecord {self.account.public_id}/{self.record.sequence}"

    @property
    def index(self) -> int:
        """The action's place in its run."""
        return int(self.action.index)

    @property
    def refused(self) -> Mapping[str, Any] | None:
        """What the document says of an action that no gate was asked about."""
        found = self._told("refused")
        return found if isinstance(found, dict) else None

    @property
    def outcome(self) -> Mapping[str, Any]:
        """What the document says of an execution; empty where the action was not executed."""
        found = self._told("executed")
        return found if isinstance(found, dict) else {}

    def _told(self, word: str) -> Any:
        outcome = (self.document or {}).get("outcome")
        return outcome.get(word) if isinstance(outcome, dict) else None


def opened(case: Case, account: PropAccount, action: Any, verdict: ActionVerdict) -> Executed:
    """The action with its record read; ExecutionRecord.DoesNotExist where it has none."""
    record = verdict.record
    try:
        document = loads(record.document, max_bytes=MAX_DOCUMENT)
    except DomainError:
        document = None
    return Executed(case, account, action, verdict, record, document if isinstance(document, dict) else None)
