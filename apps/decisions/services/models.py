"""Asks a model for a decision and reads what it says: one question, few calls, the first answer kept at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from apps.core.moments import to_ms
from apps.decisions.adapters.model import client
from apps.decisions.adapters.model.port import ModelPort
from apps.decisions.engine.prompt import USER, Prompt, assemble
from apps.decisions.engine.reading import read_answer
from apps.decisions.engine.secrets import find_secrets
from apps.decisions.engine.types import ContextPacket, EngineUnavailable, InvalidAnswer, RawAnswer
from apps.decisions.models import DecisionRun
from apps.decisions.services.model_calls import Claim, end_call, keep_refused
from apps.decisions.services.model_rounds import NotAnswered, Reply, Rounds
from apps.decisions.services.own_secrets import own_secrets
from apps.decisions.services.putting_back import MAX_CLAIMS, AskLater, put_back
from apps.decisions.types import CallStatus, RunCode, RunHeld
from apps.operations import clock
from apps.operations.failpoints import reach

RETRIES = 2
LONGEST_SECONDS = 60.0
OVERTAKEN = "Another worker holds this decision, or has an answer; this one came too late and is not used."
REPAIR = (
    "Your answer was refused: {fault}. Answer the same question again, with one JSON object of the agreed form and "
    "nothing else."
)


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked, on whose money, and the run it is for; `columns` go to the run with its answer.

    A dry run has no run: its calls cost money, and nothing is kept. `longest` shortens the patience with all calls.
    """

    packet: ContextPacket
    user: str
    run: DecisionRun | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    longest: timedelta | None = None


def ask_model(
    question: Question,
    *,
    port: ModelPort | None = None,
    real_clock: Callable[[], datetime] = clock.real_now,
    sleep: Callable[[float], None] = time.sleep,
) -> RawAnswer:
    """The model's answer, kept with the run before anybody acts on it; no transaction is open while it thinks.

    An answer outside the format is asked for once more, in words that say what was wrong with it. Raises
    EngineUnavailable where no route is set up, NotAnswered, AskLater where the provider is left in peace and the run
    was put back until then, and RunHeld where another worker has taken the run over.
    """
    packet = question.packet
    routes = settings.DECISION_MODELS.get(packet.strength, ())
    if not routes:
        raise EngineUnavailable(f"no model is set up for the strength {packet.strength!r}")
    prompt = assemble(packet)
    _refuse_secrets(prompt)
    if port is None:
        client.warm_up()
    rounds = Rounds(
        Claim(question.user, question.run),
        routes,
        patience=min(patience(packet), question.longest or timedelta.max),
        port=port or client.OpenAIClient(),
        real_clock=real_clock,
        sleep=sleep,
    )
    try:
        return _Talk(question, prompt, rounds).answer()
    except NotAnswered as failure:
        failure.spent = rounds.spent()
        if failure.wait is not None and question.run is not None and rounds.may_call():
            _put_back(question.run, packet, failure, not_before=real_clock() + failure.wait)
        raise


def _put_back(run: DecisionRun, packet: ContextPacket, failure: NotAnswered, *, not_before: datetime) -> None:
    """Raise AskLater where the run may be asked for once more within its slot, and is in the queue again.

    The packet is as old by then as the asking took until now, and the wait.
    """
    assert failure.wait is not None
    real_ms = failure.spent["latency_ms"] + failure.wait // timedelta(milliseconds=1)
    ends_ms = min(packet.slot_at_ms + packet.prompt.cadence_ms, to_ms(run.slot_ends_at))
    is_too_late = packet.now_ms + real_ms * clock.speed() >= ends_ms
    if not is_too_late and run.lease_epoch < MAX_CLAIMS and put_back(run):
        raise AskLater(failure.detail, not_before=not_before) from None


def patience(packet: ContextPacket) -> timedelta:
    """How long all calls for a packet may take in real time: half its cadence (of market time), at most a minute."""
    half_cadence = packet.prompt.cadence_ms / 2_000 / clock.speed()
    return timedelta(seconds=min(half_cadence, LONGEST_SECONDS))


class _Talk:
    """A prompt, what came back, and what of it the run keeps."""

    def __init__(self, question: Question, prompt: Prompt, rounds: Rounds) -> None:
        self.question, self.prompt, self.rounds = question, prompt, rounds
        self.messages = [{"role": each.role, "content": each.text} for each in prompt.messages]

    def answer(self) -> RawAnswer:
        """Ask, and where the answer is outside the format ask once more; the last word is kept, good or bad."""
        first = self.rounds.reply(self.messages, retries=RETRIES)
        fault = self._fault(first)
        if fault is None or fault.code != RunCode.INVALID_OUTPUT or not self.rounds.may_call():
            return self._take(first, fault)
        self._end(first, CallStatus.REFUSED, fault.detail)
        plea = {"role": USER, "content": REPAIR.format(fault=fault.detail)}
        try:
            second = self.rounds.reply([*self.messages, plea], retries=0, is_repair=True)
        except NotAnswered:
            if not keep_refused(first.call, self._columns(first)):
                raise RunHeld(OVERTAKEN) from None
            return self._raw(first)
        return self._take(second, self._fault(second))

    def _fault(self, reply: Reply) -> InvalidAnswer | None:
        try:
            read_answer(reply.said.text, self.question.packet)
        except InvalidAnswer as fault:
            return fault
        return None

    def _take(self, reply: Reply, fault: InvalidAnswer | None) -> RawAnswer:
        """Make it the run's answer; one with a fault is kept too, and fails the run when it is read."""
        status = CallStatus.TAKEN if fault is None else CallStatus.REFUSED
        self._end(reply, status, fault.detail if fault else "", keep=self._columns(reply))
        return self._raw(reply)

    def _end(
        self, reply: Reply, status: CallStatus, detail: str, *, keep: Mapping[str, Any] | None = None
    ) -> None:
        became = end_call(reply.call, reply.ending(status, detail), keep=keep)
        reach("decisions.after-call")
        if became == CallStatus.DISCARDED:
            raise RunHeld(OVERTAKEN)

    def _columns(self, reply: Reply) -> dict[str, Any]:
        """What the answer brings to its run; tokens and cost are counted there as calls end."""
        raw = self._raw(reply)
        names = ("model", "parameters", "prompt", "prompt_digest", "latency_ms")
        return {
            **self.question.columns,
            "raw_answer": raw.text,
            **{name: getattr(raw, name) for name in names},
        }

    def _raw(self, reply: Reply) -> RawAnswer:
        return RawAnswer(
            text=reply.said.text,
            model=f"{reply.route.provider}/{reply.said.model or reply.route.model}"[:160],
            parameters=reply.route.parameters(),
            prompt=self.prompt.document().decode("ascii"),
            prompt_digest=self.prompt.digest,
            **self.rounds.spent(),
        )


def _refuse_secrets(prompt: Prompt) -> None:
    found = find_secrets("\n".join(message.text for message in prompt.messages), own_secrets())
    if found:
        raise NotAnswered(RunCode.PROMPT_SECRET, f"the prompt holds what looks like a secret: {found[0]}")
