"""Asks for decisions: claim, build the context, ask with no lock held, seal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from apps.clones import queries as clones
from apps.core.errors import InvalidInput
from apps.decisions.engine.registry import find_engine
from apps.decisions.models import DecisionRun
from apps.decisions.services.asking import Circumstances, decide_run, find_prompt, stop_run
from apps.decisions.services.claiming import LEASE, claim_runs, finished_elsewhere
from apps.decisions.services.context import warm
from apps.decisions.services.putting_back import MAX_CLAIMS
from apps.decisions.services.sealing import Outcome, seal_runs
from apps.decisions.services.standing import ReadStanding
from apps.decisions.types import DueSlot, RunHeld
from apps.market.queries import MarketBoard
from apps.operations import clock
from apps.operations.audit import Actor
from apps.operations.failpoints import reach

if TYPE_CHECKING:
    from apps.clones.models import StrategyVersion

__all__ = ["LEASE", "MAX_CLAIMS", "Proposals", "propose", "propose_slots"]


@dataclass(slots=True)
class Proposals:
    """What became of the slots asked for: each has a finished run or the error that stopped it."""

    runs: dict[DueSlot, DecisionRun] = field(default_factory=dict)
    errors: dict[DueSlot, Exception] = field(default_factory=dict)


def propose(
    *,
    subject: str,
    version: StrategyVersion,
    prompt_key: str,
    symbol: str,
    slot_at: datetime,
    standing: ReadStanding,
    now: datetime,
    by: Actor,
    real_now: datetime | None = None,
) -> DecisionRun:
    """Decide once for (subject, prompt, symbol, slot) and return the finished run.

    As `propose_slots` for one slot, whose error is raised.
    """
    slot = DueSlot(prompt_key, symbol, slot_at)
    done = propose_slots(
        subject=subject,
        version=version,
        slots=[slot],
        standing=standing,
        board=MarketBoard(now),
        by=by,
        real_now=real_now,
    )
    for error in done.errors.values():
        raise error
    return done.runs[slot]


def propose_slots(
    *,
    subject: str,
    version: StrategyVersion,
    slots: Sequence[DueSlot],
    standing: ReadStanding,
    board: MarketBoard,
    by: Actor,
    real_now: datetime | None = None,
) -> Proposals:
    """Decide once for each of a subject's slots, the first ones at the board's moment; one slot never stops the others.

    Whoever decides after an engine has thought sees the market and the standing of that later moment. A run that was
    finished before is returned as it is. `real_now` dates the lease. A slot's error is RunHeld (retryable) while another
    worker has the run, InvalidInput where the slot has not begun, and what `standing` raised.
    """
    done = Proposals()
    due = []
    for slot in slots:
        if slot.slot_at > board.at:
            refusal = "A decision cannot be made before its slot begins."
            done.errors[slot] = InvalidInput(refusal, code="SLOT_NOT_BEGUN")
        else:
            due.append(slot)
    for batch, books in _batches(version, due):
        try:
            given = Circumstances(standing(board, books=books), board, standing)
        except Exception as error:  # nothing is claimed yet: whoever asks again finds these slots as they are
            done.errors |= dict.fromkeys(batch, error)
            continue
        claimed, others = claim_runs(
            subject=subject,
            version=version,
            slots=batch,
            now=board.at,
            real_now=real_now or clock.real_now(),
            by=by,
        )
        _decide(claimed, given, done)
        for slot, run in others.items():
            _give_back(slot, run, done)
        thought_until = max((run.decided_at for run in claimed.values() if run.decided_at), default=board.at)
        if thought_until > board.at:
            board = MarketBoard(thought_until)
    return done


def _batches(version: StrategyVersion, slots: Sequence[DueSlot]) -> Iterator[tuple[list[DueSlot], bool]]:
    """Slots to claim together, and whether any of their engines reads books: an engine of the house answers at once, a
    paid one may outlast a lease.
    """
    quick, quick_reads = [], False
    for slot in slots:
        prompt = find_prompt(version, slot.prompt_key, slot.symbol)
        engine = find_engine(prompt.engine) if prompt else None
        reads = engine is not None and engine.reads_streams
        if engine is not None and engine.is_paid:
            yield [slot], reads
        else:
            quick.append(slot)
            quick_reads |= reads
    if quick:
        yield quick, quick_reads


def _decide(claimed: dict[DueSlot, DecisionRun], given: Circumstances, done: Proposals) -> None:
    """Ask about every claimed run, then seal all the answers together."""
    if not claimed:
        return
    reach("decisions.after-claim")
    warm(given.board, given.standing.account, _prompts(claimed))
    versions = {run.version_id: run.version for run in claimed.values()}
    frozen = {key for key, version in versions.items() if clones.is_entitlement_lost(version)}
    outcomes: dict[DueSlot, Outcome] = {}
    for slot, run in claimed.items():
        try:
            outcomes[slot] = stop_run(given) if run.version_id in frozen else decide_run(run, given)
        except RunHeld:
            _give_back(slot, run, done)
        except Exception as error:  # its lease will end and the sweep finds it; the others go on
            done.errors[slot] = error
    reach("decisions.before-record")
    try:
        _seal({slot: claimed[slot] for slot in outcomes}, outcomes, done)
    except Exception:  # a record that no table takes was undone with all the others: each by itself
        for slot in outcomes:
            try:
                _seal({slot: claimed[slot]}, outcomes, done)
            except Exception as error:
                done.errors[slot] = error
    reach("decisions.after-record")


def _seal(claimed: dict[DueSlot, DecisionRun], outcomes: dict[DueSlot, Outcome], done: Proposals) -> None:
    sealed = seal_runs([(run, outcomes[slot]) for slot, run in claimed.items()])
    for slot, run in claimed.items():
        if run.pk in sealed:
            done.runs[slot] = run
        else:
            _give_back(slot, run, done)


def _give_back(slot: DueSlot, run: DecisionRun, done: Proposals) -> None:
    try:
        done.runs[slot] = finished_elsewhere(run)
    except RunHeld as held:
        done.errors[slot] = held


def _prompts(claimed: dict[DueSlot, DecisionRun]) -> list[tuple[int, str]]:
    """The cadence in minutes and the symbol of every claimed run that has a prompt."""
    found = ((find_prompt(run.version, slot.prompt_key, slot.symbol), slot) for slot, run in claimed.items())
    return [(prompt.cadence_minutes, slot.symbol) for prompt, slot in found if prompt is not None]
