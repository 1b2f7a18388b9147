"""Answers one claimed run: the context, the engine, and the strict reading of what it said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from apps.clones import queries as clones
from apps.clones.graph.types import CompiledPrompt
from apps.core.moments import from_ms
from apps.decisions.engine.document import from_document, to_document
from apps.decisions.engine.model import ModelEngine
from apps.decisions.engine.reading import read_answer
from apps.decisions.engine.registry import find_engine
from apps.decisions.engine.types import (
    ContextPacket,
    DecisionEngine,
    EngineUnavailable,
    InvalidAnswer,
    RawAnswer,
)
from apps.decisions.models import DecisionRun
from apps.decisions.services.context import ContextRefused, build_context, find_reading
from apps.decisions.services.models import NotAnswered, Question, ask_model
from apps.decisions.services.sealing import Outcome
from apps.decisions.services.standing import ReadStanding, Standing
from apps.decisions.types import RunCode, RunStatus
from apps.market.queries import MarketBoard
from apps.operations import clock
from apps.operations.failpoints import reach

if TYPE_CHECKING:
    from datetime import datetime

    from apps.clones.models import StrategyVersion

ANSWER_COLUMNS = (
    "tokens_in_count",
    "tokens_cached_count",
    "tokens_out_count",
    "cost_micros",
    "latency_ms",
    "model",
    "parameters",
    "prompt",
    "prompt_digest",
)
"""What an answer and its run call by the same names."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision is made from besides the run: how its subject stands and the market, at one moment.

    `read` is how the standing was read, for a run of an engine that reads books where nobody expected one.
    """

    standing: Standing
    board: MarketBoard
    read: ReadStanding

    @property
    def now(self) -> datetime:
        """The market time of the decision."""
        return self.board.at


@dataclass(frozen=True, slots=True)
class _Seen:
    """The question of a run, when it was put, and which rows the standing in it was read from."""

    packet: ContextPacket
    asked_at: datetime
    read_from: Mapping[str, int]


def find_prompt(version: StrategyVersion, prompt_key: str, symbol: str) -> CompiledPrompt | None:
    """The enabled prompt of the version that decides about the symbol, or None."""
    for prompt in clones.compiled(version).enabled_prompts:
        if prompt.key == prompt_key and symbol in prompt.assets:
            return prompt
    return None


def decide_run(run: DecisionRun, given: Circumstances) -> Outcome:
    """What becomes of a claimed run; nothing is locked here, however long the engine thinks."""
    prompt = find_prompt(run.version, run.prompt_key, run.symbol)
    if prompt is None:
        return _skip(given, RunCode.PROMPT_MISSING, "the version has no such enabled prompt for this asset")
    if given.now >= run.slot_ends_at:
        return _skip(given, RunCode.SLOT_MISSED, "the slot closed before the run could start")
    engine = find_engine(prompt.engine)
    if engine is None:
        detail = f"this installation has no engine {prompt.engine!r}"
        return Outcome(RunStatus.FAILED, given.now, code=RunCode.ENGINE_UNAVAILABLE, detail=detail)
    try:
        seen = _seen(run, prompt, engine, given)
    except ContextRefused as refused:
        return _skip(given, refused.code, refused.detail)
    return _ask(run, engine, seen, given)


def stop_run(given: Circumstances, columns: Mapping[str, Any] | None = None) -> Outcome:
    """The end of a run whose clone may not decide now; what was asked and answered until then is kept."""
    detail = "the entitlement that the version was published under was withdrawn"
    code = RunCode.ENTITLEMENT_LOST
    return Outcome(RunStatus.SKIPPED, given.now, code=code, detail=detail, columns=columns or {})


def _skip(given: Circumstances, code: str, detail: str) -> Outcome:
    return Outcome(RunStatus.SKIPPED, given.now, code=code, detail=detail)


def _seen(run: DecisionRun, prompt: CompiledPrompt, engine: DecisionEngine, given: Circumstances) -> _Seen:
    """The kept question of an answer that was paid for, else a fresh one."""
    if run.raw_answer:
        packet = from_document(run.context)
        return _Seen(packet, from_ms(packet.now_ms), run.read_from)
    standing, reading = given.standing, None
    if engine.reads_streams:
        if standing.truth is None:
            standing = given.read(given.board, books=True)
        truth = standing.truth
        reading = find_reading(run.version, run.symbol, None if truth is None else lambda: truth)
    packet = build_context(
        prompt=prompt,
        symbol=run.symbol,
        slot_at=run.slot_at,
        account=standing.account,
        policy=standing.policy,
        board=given.board,
        reading=reading,
    )
    return _Seen(packet, given.now, standing.read_from)


def _ask(run: DecisionRun, engine: DecisionEngine, seen: _Seen, given: Circumstances) -> Outcome:
    """Ask the engine, or reuse the kept answer, and read it strictly."""
    packet = seen.packet
    columns: dict[str, Any] = {
        "engine_revision": run.engine_revision if run.raw_answer else engine.revision,
        "context": to_document(packet),
        "context_digest": packet.digest,
        "context_max_knowable_at": from_ms(packet.max_knowable_at_ms),
        "seen_at": seen.asked_at,
        "seen_mark_micros": packet.quote.mark_micros,
        "read_from": dict(seen.read_from),
    }
    try:
        raw = _kept(run) or _answer(run, engine, packet, columns)
    except EngineUnavailable as failure:
        code = RunCode.ENGINE_UNAVAILABLE
        return Outcome(RunStatus.FAILED, given.now, code=code, detail=str(failure), columns=columns)
    except NotAnswered as failure:
        columns |= failure.spent
        ended_at = given.now + _thought(failure.spent["latency_ms"]) if failure.spent else given.now
        return Outcome(failure.status, ended_at, code=failure.code, detail=failure.detail, columns=columns)
    columns |= {"raw_answer": raw.text, **{name: getattr(raw, name) for name in ANSWER_COLUMNS}}
    reach("decisions.after-answer")
    if engine.is_paid and not run.raw_answer:
        held = DecisionRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING, lease_epoch=run.lease_epoch)
        held.update(**columns)
    # A paid engine may think for long enough that the clone is frozen meanwhile.
    if engine.is_paid and clones.is_entitlement_lost(run.version):
        return stop_run(given, columns)
    return _read(raw, seen, given, columns)


def _answer(
    run: DecisionRun, engine: DecisionEngine, packet: ContextPacket, columns: Mapping[str, Any]
) -> RawAnswer:
    """What the engine says; a model is asked on the account of the clone's owner, and its answer is kept at once."""
    if not isinstance(engine, ModelEngine):
        return engine.answer(packet)
    return ask_model(Question(packet, run.version.clone.owner.public_id, run, columns))


def _kept(run: DecisionRun) -> RawAnswer | None:
    """The answer that an earlier worker paid for and stored before it vanished."""
    if not run.raw_answer:
        return None
    return RawAnswer(text=run.raw_answer, **{name: getattr(run, name) for name in ANSWER_COLUMNS})


def _read(raw: RawAnswer, seen: _Seen, given: Circumstances, columns: dict[str, Any]) -> Outcome:
    """The outcome that the raw answer deserves: actions, or a coded failure.

    It was decided when the answer came, whoever takes it up, and however much later; too late is measured at its taking.
    """
    packet, decided_at = seen.packet, seen.asked_at + _thought(raw.latency_ms)
    taken_at = max(decided_at, given.now)
    if taken_at - seen.asked_at > timedelta(milliseconds=packet.prompt.cadence_ms):
        detail = "the answer came after its slot had closed"
        return Outcome(
            RunStatus.FAILED, taken_at, code=RunCode.DECISION_STALE, detail=detail, columns=columns
        )
    try:
        actions = read_answer(raw.text, packet)
    except InvalidAnswer as refused:
        return Outcome(
            RunStatus.FAILED, decided_at, code=refused.code, detail=refused.detail, columns=columns
        )
    return Outcome(RunStatus.COMPLETED, decided_at, actions=actions, columns=columns)


def _thought(latency_ms: int) -> timedelta:
    """How much market time passed while the engine thought: the latency is of this machine's clock."""
    return timedelta(milliseconds=latency_ms) * clock.speed() if latency_ms else timedelta()
