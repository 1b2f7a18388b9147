"""One decision under examination: its run, the account it was for, and what it saw and said, read once."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.core.errors import NotFound
from apps.core.moments import from_ms
from apps.decisions import queries as decisions
from apps.decisions.engine.document import from_document
from apps.decisions.engine.types import ContextPacket
from apps.decisions.services import payloads
from apps.operations.artifacts import ArtifactStoreDown
from apps.trading.models import PropAccount
from apps.trading.services.reexecution.guard import MALFORMED
from apps.trading.services.reexecution.links import MOST_LINKS, Roots
from apps.trading.services.reexecution.past import Past

_PAYLOADS = ("context", "prompt", "raw_answer", "parameters", "read_from", "section_digests")


@dataclass(slots=True)
class Payload:
    """One thing that a run keeps beside its record: its value, or why nobody has it.

    What `is_away` may come back (the archive does not answer); what is not is lost or altered.
    """

    value: Any = None
    fault: str = ""
    is_away: bool = False


@dataclass(slots=True)
class Case:
    """A sealed run and all that asking it again begins with. `past` may be shared by many runs of one account.

    `ahead` is how many links behind its own are hashed again in each chain.
    """

    run: Any
    account: PropAccount | None
    now: datetime
    past: Past | None = None
    ahead: int = MOST_LINKS
    context: Payload = field(init=False)
    prompt: Payload = field(init=False)
    answer: Payload = field(init=False)
    packet: ContextPacket | None = field(init=False, default=None)
    neighbours: dict[int, tuple[str, str]] = field(init=False)
    roots: Roots = field(init=False)

    def __post_init__(self) -> None:
        run = self.run
        with suppress(*MALFORMED):  # what cannot be read is named where it is asked for
            run.refresh_from_db(fields=_PAYLOADS)
        self.context = _payload(lambda: payloads.context_of(run))
        if not (self.context.fault or isinstance(self.context.value, dict)):
            self.context = Payload(fault=f"{type(self.context.value).__name__}, and no document")
        self.prompt = _payload(lambda: payloads.prompt_of(run))
        self.answer = _payload(lambda: payloads.answer_of(run))
        links = decisions.list_runs(subjects=[run.subject]).filter(
            sequence__in=[run.sequence - 1, run.sequence + 1]
        )
        rows = links.prefetch_related(None).values_list("sequence", "record_digest", "previous_digest")
        self.neighbours = {sequence or 0: (digest, previous) for sequence, digest, previous in rows}
        self.roots = Roots(self.account, run.decided_at or run.slot_at)
        if self.context.value:
            try:
                self.packet = from_document(self.context.value)
            except MALFORMED as error:
                self.context.fault = f"it cannot be read: {type(error).__name__} {error}"[:200]

    @property
    def key(self) -> str:
        """How the run's row is named where a place is told."""
        return f"DecisionRun {self.run.public_id}"

    @property
    def moment(self) -> datetime:
        """The market time of the decision, as its context states it."""
        return from_ms(self.packet.now_ms) if self.packet else self.run.decided_at or self.run.slot_at

    def account_past(self) -> Past | None:
        """The account's life up to the decision at least."""
        if self.past is None and self.account is not None:
            self.past = Past(self.account, until=self.moment, read_from=self.run.read_from)
        return self.past


def _payload(read: Any) -> Payload:
    try:
        return Payload(read())
    except ArtifactStoreDown as down:
        return Payload(fault=str(down), is_away=True)
    except NotFound as lost:
        return Payload(fault=lost.detail)
    except MALFORMED as damaged:
        return Payload(fault=f"it cannot be read: {type(damaged).__name__} {damaged}"[:200])
