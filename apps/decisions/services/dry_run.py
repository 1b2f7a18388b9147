"""Asks for one decision that nobody keeps: the same context, engine and strict reading as a run's, and no run.

Nothing is claimed, sealed or proposed. What a model costs is counted like that of any call, without a run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from apps.clones.graph.types import CompiledPrompt, CompiledStrategy
from apps.core.errors import InvalidInput
from apps.decisions.engine.document import to_document
from apps.decisions.engine.reading import read_answer
from apps.decisions.engine.registry import find_engine
from apps.decisions.engine.types import (
    AccountTruth,
    ContextPacket,
    DecisionEngine,
    EngineUnavailable,
    InvalidAnswer,
    ProposedIntent,
    RawAnswer,
)
from apps.decisions.queries import slot_start
from apps.decisions.services.context import ContextRefused, Reading, build_context
from apps.decisions.services.models import NotAnswered, Question, ask_model
from apps.decisions.types import RunCode, RunStatus
from apps.exchange.types import AccountState, OrderIntent, Policy, Side
from apps.market.queries import MarketBoard

UNSAID = RawAnswer("")


@dataclass(frozen=True, slots=True, kw_only=True)
class DryQuestion:
    """What would be decided: by which prompt of a strategy, about which asset, for which account, at the board's moment.

    `strength` is that of the model that may be asked, `user` whose money it is, `longest` how long it may take at most.
    """

    strategy: CompiledStrategy
    strength: str
    prompt_key: str
    symbol: str
    account: AccountState
    policy: Policy
    board: MarketBoard
    user: str
    truth: Callable[[], AccountTruth] | None = None
    longest: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DryDecision:
    """How a run would have ended: what was seen and said, and the actions or the coded reason for having none."""

    prompt: CompiledPrompt
    symbol: str
    slot_at: datetime
    status: RunStatus
    packet: ContextPacket | None = None
    raw: RawAnswer = UNSAID
    engine_revision: str = ""
    actions: tuple[ProposedIntent, ...] = ()
    code: str = ""
    detail: str = ""

    @property
    def context(self) -> dict[str, Any] | None:
        """The packet as the document that a run would keep."""
        return None if self.packet is None else to_document(self.packet)


def decide_dry(question: DryQuestion) -> DryDecision:
    """Decide as a run of this moment's slot would; raises InvalidInput PROMPT_MISSING for no enabled prompt about it.

    No database transaction may be open: a model may think for long.
    """
    prompt = _prompt(question)
    slot_at = slot_start(question.board.at, timedelta(minutes=prompt.cadence_minutes))
    engine = find_engine(prompt.engine)
    if engine is None:
        return DryDecision(
            prompt=prompt,
            symbol=question.symbol,
            slot_at=slot_at,
            status=RunStatus.FAILED,
            code=RunCode.ENGINE_UNAVAILABLE,
            detail=f"this installation has no engine {prompt.engine!r}",
        )
    try:
        packet = _packet(question, prompt, engine, slot_at)
    except ContextRefused as refused:
        return DryDecision(
            prompt=prompt,
            symbol=question.symbol,
            slot_at=slot_at,
            status=RunStatus.SKIPPED,
            engine_revision=engine.revision,
            code=refused.code,
            detail=refused.detail,
        )
    return _ask(question, prompt, engine, packet, slot_at)


def order_of(intent: ProposedIntent) -> OrderIntent:
    """A proposal as the exchange is asked for it; closing kinds take their side from the position."""
    asked = intent.asked
    return OrderIntent(
        kind=intent.kind,
        symbol=intent.symbol,
        side=Side.LONG if intent.side is None else intent.side,
        notional_micros=intent.notional_micros,
        leverage=intent.leverage,
        reduce_only=intent.reduce_only,
        is_isolated=asked.is_isolated,
        stop_micros=asked.stop_micros,
        trail_bps=asked.trail_bps,
        target_micros=asked.target_micros,
        hold_ms=asked.hold_ms,
    )


def _prompt(question: DryQuestion) -> CompiledPrompt:
    for prompt in question.strategy.enabled_prompts:
        if prompt.key == question.prompt_key and question.symbol in prompt.assets:
            return prompt
    raise InvalidInput(
        "This strategy has no such enabled prompt for this asset.", code=RunCode.PROMPT_MISSING.value
    )


def _packet(
    question: DryQuestion, prompt: CompiledPrompt, engine: DecisionEngine, slot_at: datetime
) -> ContextPacket:
    uses = {asset.symbol: asset.streams for asset in question.strategy.assets}.get(question.symbol, ())
    reading = Reading(uses, question.strength, question.truth) if engine.reads_streams else None
    return build_context(
        prompt=prompt,
        symbol=question.symbol,
        slot_at=slot_at,
        account=question.account,
        policy=question.policy,
        board=question.board,
        reading=reading,
    )


def _bought(question: DryQuestion, packet: ContextPacket) -> Question:
    return Question(packet, question.user, longest=question.longest)


def _ask(
    question: DryQuestion,
    prompt: CompiledPrompt,
    engine: DecisionEngine,
    packet: ContextPacket,
    slot_at: datetime,
) -> DryDecision:
    raw = UNSAID
    actions: tuple[ProposedIntent, ...] = ()
    status, code, detail = RunStatus.COMPLETED, "", ""
    try:
        raw = ask_model(_bought(question, packet)) if engine.is_paid else engine.answer(packet)
        actions = read_answer(raw.text, packet)
    except InvalidAnswer as invalid:
        status, code, detail = RunStatus.FAILED, invalid.code, invalid.detail
    except EngineUnavailable as failure:
        status, code, detail = RunStatus.FAILED, RunCode.ENGINE_UNAVAILABLE, str(failure)
    except NotAnswered as failure:
        raw = replace(UNSAID, **dict[str, Any](failure.spent))
        status, code, detail = failure.status, failure.code, failure.detail
    return DryDecision(
        prompt=prompt,
        symbol=question.symbol,
        slot_at=slot_at,
        status=status,
        packet=packet,
        raw=raw,
        engine_revision=engine.revision,
        actions=actions,
        code=code,
        detail=detail,
    )
