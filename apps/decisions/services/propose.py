"""Asks an engine for one decision: claim, build the context, ask with no lock held, seal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from apps.clones import queries as clones
from apps.clones.graph.types import CompiledPrompt
from apps.core.errors import IllegalTransition, InvalidInput
from apps.core.states import advance
from apps.decisions.engine.document import from_document, to_document
from apps.decisions.engine.parse import parse
from apps.decisions.engine.registry import find_engine
from apps.decisions.engine.types import (
    ContextPacket,
    DecisionEngine,
    EngineUnavailable,
    InvalidAnswer,
    RawAnswer,
)
from apps.decisions.models import DecisionRun
from apps.decisions.services.context import ContextRefused, build_context, from_ms
from apps.decisions.services.sealing import Outcome, seal_run
from apps.decisions.types import TRANSITIONS, RunCode, RunHeld, RunStatus
from apps.exchange.types import AccountState, Policy
from apps.operations import clock
from apps.operations.audit import Actor
from apps.operations.failpoints import reach

if TYPE_CHECKING:
    from apps.clones.models import StrategyVersion

LEASE = timedelta(seconds=30)
MAX_CLAIMS = 3
SLOT_CADENCES = 2


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision is made from besides the run: the account, its policy and the market time."""

    account: AccountState
    policy: Policy | None
    now: datetime


def propose(
    *,
    subject: str,
    version: StrategyVersion,
    prompt_key: str,
    symbol: str,
    slot_at: datetime,
    account: AccountState,
    now: datetime,
    by: Actor,
    policy: Policy | None = None,
    real_now: datetime | None = None,
) -> DecisionRun:
    """Decide once for (subject, prompt, symbol, slot) and return the finished run.

    A run that was finished before is returned as it is. `policy` bounds what a careful engine proposes (its
    defaults when absent); `real_now` dates the lease. Raises RunHeld (retryable) while another worker has
    the run, and InvalidInput for a slot that has not begun.
    """
    if slot_at > now:
        raise InvalidInput("A decision cannot be made before its slot begins.", code="SLOT_NOT_BEGUN")
    run = _open_run(subject, version, prompt_key, symbol, slot_at, now=now, by=by)
    if run.is_finished:
        return run
    if not _claim(run, real_now or clock.real_now()):
        return _finished_elsewhere(run)
    reach("decisions.after-claim")
    outcome = _decide(run, Circumstances(account, policy, now))
    reach("decisions.before-record")
    if not seal_run(run, outcome):
        return _finished_elsewhere(run)
    reach("decisions.after-record")
    return run


def _finished_elsewhere(run: DecisionRun) -> DecisionRun:
    """The run as another worker finished it; raises RunHeld while it has not."""
    run.refresh_from_db()
    if not run.is_finished:
        raise RunHeld("Another worker holds this decision; ask again later.")
    return run


def _find_prompt(version: StrategyVersion, prompt_key: str, symbol: str) -> CompiledPrompt | None:
    """The enabled prompt of the version that decides about the symbol, or None."""
    for prompt in clones.compiled(version).enabled_prompts:
        if prompt.key == prompt_key and symbol in prompt.assets:
            return prompt
    return None


def _open_run(
    subject: str,
    version: StrategyVersion,
    prompt_key: str,
    symbol: str,
    slot_at: datetime,
    *,
    now: datetime,
    by: Actor,
) -> DecisionRun:
    """The slot's run, queued now if it is new; a run that exists keeps the version it was queued with."""
    key: dict[str, Any] = {
        "subject": subject,
        "prompt_key": prompt_key,
        "symbol": symbol,
        "slot_at": slot_at,
    }
    run = DecisionRun.objects.filter(**key).first()
    if run is None:
        prompt = _find_prompt(version, prompt_key, symbol)
        cadence = timedelta(minutes=prompt.cadence_minutes if prompt else 1)
        try:
            with transaction.atomic():
                return DecisionRun.objects.create(
                    **key,
                    version=version,
                    slot_ends_at=slot_at + SLOT_CADENCES * cadence,
                    engine=prompt.engine if prompt else "",
                    requested_by=str(by.label)[:120],
                    created_at=now,
                )
        except IntegrityError:
            run = DecisionRun.objects.get(**key)
    if run.version_id == version.pk:
        run.version = version
    return run


def _claim(run: DecisionRun, real_now: datetime) -> bool:
    """Take the run for this worker by compare-and-set; False when somebody else has it."""
    lease: dict[str, Any] = {"lease_epoch": run.lease_epoch + 1, "lease_expires_at": real_now + LEASE}
    if run.status == RunStatus.QUEUED:
        try:
            advance(run, to=RunStatus.RUNNING, table=TRANSITIONS, **lease)
        except IllegalTransition:
            return False
        return True
    if run.lease_expires_at is None or run.lease_expires_at > real_now or run.lease_epoch >= MAX_CLAIMS:
        return False
    held = DecisionRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING, lease_epoch=run.lease_epoch)
    taken = bool(held.update(**lease))
    run.refresh_from_db()
    return taken


def _decide(run: DecisionRun, given: Circumstances) -> Outcome:
    """What becomes of a claimed run; nothing is locked here, however long the engine thinks."""
    prompt = _find_prompt(run.version, run.prompt_key, run.symbol)
    if prompt is None:
        return _skip(given, RunCode.PROMPT_MISSING, "the version has no such enabled prompt for this asset")
    if given.now >= run.slot_ends_at:
        return _skip(given, RunCode.SLOT_MISSED, "the slot closed before the run could start")
    engine = find_engine(prompt.engine)
    if engine is None:
        detail = f"this installation has no engine {prompt.engine!r}"
        return Outcome(RunStatus.FAILED, given.now, code=RunCode.ENGINE_UNAVAILABLE, detail=detail)
    try:
        packet = _packet(run, prompt, given)
    except ContextRefused as refused:
        return _skip(given, refused.code, refused.detail)
    return _ask(run, engine, packet, given)


def _skip(given: Circumstances, code: str, detail: str) -> Outcome:
    return Outcome(RunStatus.SKIPPED, given.now, code=code, detail=detail)


def _packet(run: DecisionRun, prompt: CompiledPrompt, given: Circumstances) -> ContextPacket:
    """The kept question of an answer that was paid for, else a fresh packet."""
    if run.raw_answer:
        return from_document(run.context)
    return build_context(
        prompt=prompt,
        symbol=run.symbol,
        slot_at=run.slot_at,
        account=given.account,
        policy=given.policy,
        now=given.now,
    )


def _ask(run: DecisionRun, engine: DecisionEngine, packet: ContextPacket, given: Circumstances) -> Outcome:
    """Ask the engine, or reuse the kept answer, and read it strictly."""
    columns: dict[str, Any] = {
        "engine_revision": engine.revision,
        "context": to_document(packet),
        "context_digest": packet.digest,
        "context_max_knowable_at": from_ms(packet.max_knowable_at_ms),
    }
    try:
        raw = _kept(run) or engine.answer(packet)
    except EngineUnavailable as failure:
        return Outcome(
            RunStatus.FAILED,
            given.now,
            code=RunCode.ENGINE_UNAVAILABLE,
            detail=str(failure),
            columns=columns,
        )
    columns |= {
        "raw_answer": raw.text,
        "tokens_in_count": raw.tokens_in_count,
        "tokens_out_count": raw.tokens_out_count,
        "cost_micros": raw.cost_micros,
        "latency_ms": raw.latency_ms,
    }
    if engine.is_paid and not run.raw_answer:
        held = DecisionRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING, lease_epoch=run.lease_epoch)
        held.update(**columns)
    return _read(raw, packet, given, columns)


def _kept(run: DecisionRun) -> RawAnswer | None:
    """The answer that an earlier worker paid for and stored before it vanished."""
    if not run.raw_answer:
        return None
    return RawAnswer(
        text=run.raw_answer,
        tokens_in_count=run.tokens_in_count,
        tokens_out_count=run.tokens_out_count,
        cost_micros=run.cost_micros,
        latency_ms=run.latency_ms,
    )


def _read(raw: RawAnswer, packet: ContextPacket, given: Circumstances, columns: dict[str, Any]) -> Outcome:
    """The outcome that the raw answer deserves: actions, or a coded failure."""
    decided_at = given.now + timedelta(milliseconds=raw.latency_ms)
    asked_at = from_ms(packet.now_ms)
    if decided_at - asked_at > timedelta(milliseconds=packet.prompt.cadence_ms):
        detail = "the answer came after its slot had closed"
        return Outcome(
            RunStatus.FAILED, decided_at, code=RunCode.DECISION_STALE, detail=detail, columns=columns
        )
    try:
        actions = parse(raw.text, packet)
    except InvalidAnswer as refused:
        return Outcome(
            RunStatus.FAILED, decided_at, code=refused.code, detail=refused.detail, columns=columns
        )
    return Outcome(RunStatus.COMPLETED, decided_at, actions=actions, columns=columns)
