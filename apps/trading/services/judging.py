"""What becomes of one proposed action: refusals that need no price, the gates, and a gate that breaks."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.exchange import record
from apps.exchange.record import GateRow
from apps.exchange.types import ActionKind, Book, Denied, Executed, Policy, Question
from apps.operations import audit
from apps.operations.types import Actor
from apps.trading.services.account_state import policy_of
from apps.trading.services.desk import Desk, Market
from apps.trading.services.prices import price_faults
from apps.trading.services.taken import Taken
from apps.trading.types import ACTION_TTL

GATE_ERROR = "GATE_ERROR"
_LEAVING = (ActionKind.CLOSE, ActionKind.REDUCE)
_ACTOR = Actor.system("trading.execute-pending-actions")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an action is denied: a stable code and a sentence."""

    code: str
    detail: str


def refusal(action: Any, *, executed_runs: set[int], is_ended: bool, now: datetime) -> Refusal | None:
    """Denials that need no price: the clone has ended, the action is too old, its run has had its one execution."""
    if is_ended:
        return Refusal("CLONE_RETIRED", "The clone was retired after this was decided.")
    decided_at = action.run.decided_at or action.run.slot_at
    if now - decided_at > ACTION_TTL:
        return Refusal(
            "ACTION_EXPIRED", f"Decided at {decided_at.isoformat()}, looked at only {now.isoformat()}."
        )
    if action.index > 0 and action.run_id in executed_runs:
        return Refusal("RUN_ALREADY_EXECUTED", "Another action of the same decision was executed.")
    return None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of an action, and by what: the question, where it could be put, and the gates that were met.

    Without gates the exchange was not asked, or did not answer.
    """

    outcome: Executed | Denied | Refusal
    question: Question | None = None
    gates: tuple[GateRow, ...] = ()


def judge(action: Any, desk: Desk, market: Market, taken: Taken, *, now: datetime) -> Judgement:
    """The exchange's answer to an action of a locked account.

    Nothing is read or written here, so whatever a gate may raise loses nothing of the others: the action is denied
    with GATE_ERROR, and operators find it in the log and in the audit trail.
    """
    question = None
    try:
        question = _question(action, desk, market, taken)
        return Judgement(question) if isinstance(question, Refusal) else _answer(question, desk, market)
    except Exception as error:
        _log.exception("a gate failed on action %s of %s", action.pk, desk.account.public_id)
        told = f"{type(error).__name__}: {error}"[:300]
        audit.record(
            verb="trading.action.gate-failed",
            by=_ACTOR,
            subject=desk.account,
            reason=told,
            detail={"action": action.pk},
            now=now,
        )
        return Judgement(Refusal(GATE_ERROR, told), question if isinstance(question, Question) else None)


def _question(action: Any, desk: Desk, market: Market, taken: Taken) -> Question | Refusal:
    symbol, policy = action.symbol, desk.policy or policy_of(desk.account)
    if symbol not in market.instruments:
        return Refusal("ASSET_UNKNOWN", f"{symbol} is not in the asset registry.")
    if symbol not in market.quotes:
        return Refusal("PRICE_MISSING", f"No price of {symbol} is known.")
    book = market.books.get(symbol)
    return Question(
        state=desk.state(),
        intent=action.to_intent(),
        instrument=market.instruments[symbol],
        quote=market.quotes[symbol],
        book=book,
        marks=market.quotes,
        instruments=market.instruments,
        policy=policy,
        now_ms=market.board.at_ms,
        taken_lots=_taken_lots(action, desk, book, taken),
        halt=market.modes[symbol],
        standing=desk.count_standing(symbol),
    )


def _answer(question: Question, desk: Desk, market: Market) -> Judgement:
    if fault := _price_fault(desk, market, question.policy):
        return Judgement(fault, question)
    judged = record.judge(question)
    return Judgement(judged.outcome, question, judged.gates)


def _taken_lots(action: Any, desk: Desk, book: Book | None, taken: Taken) -> int:
    held = desk.positions.get(action.symbol)
    if action.kind in _LEAVING and held is not None:
        return taken.lots_out(held, book)
    return taken.lots(desk.account.pk, action.side or 1, book)


def _price_fault(desk: Desk, market: Market, policy: Policy) -> Refusal | None:
    faults = price_faults(desk.held(), market.quotes, at_ms=market.board.at_ms, policy=policy)
    for symbol, (code, detail) in faults.items():
        return Refusal(code, f"{symbol}: {detail}")
    return None
