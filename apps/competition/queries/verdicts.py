"""Why an audition ended as it did: the rule, the mark, the path around it, the decisions and fills that led there."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from apps.competition import judging
from apps.competition.models import Audition
from apps.competition.queries import paths
from apps.competition.queries.judgements import audition_views, find_readable, public_reason
from apps.competition.types import (
    AuditionStatus,
    Basis,
    Boundary,
    Breach,
    Drawdown,
    Mark,
    RulebookTerms,
    Step,
    Why,
)
from apps.core.money import dollars, scaled_text
from apps.trading import queries as trading
from apps.trading.queries import ANYBODY, Reader
from apps.trading.types import OrderCause

BEFORE, AFTER = timedelta(hours=1), timedelta(minutes=15)
MOST_MARKS = 120
MOST_STEPS = 20


def why(public_id: str, reader: Reader = ANYBODY) -> Why:
    """The story of one audition as this reader may see it; NotFound AUDITION_NOT_FOUND where there is none."""
    audition = find_readable(public_id, reader)
    terms = RulebookTerms.from_document(audition.rulebook.document)
    turn = paths.breach_of(audition.result["turn"]) if audition.result.get("turn") else None
    is_read = trading.may_read(audition.account, reader)
    is_told = trading.reads_private(audition.account, reader)
    until = turn.at if turn is not None else audition.result_at
    return Why(
        audition=audition_views([audition])[0],
        reason=audition.reason if is_told else public_reason(audition),
        rule=in_words(terms, audition.reason, turn) if audition.status != AuditionStatus.VOIDED else "",
        at=turn.at if turn is not None else None,
        before=turn.before if turn is not None else None,
        after=turn.after if turn is not None else None,
        limit=turn.limit if turn is not None else None,
        path=_path(audition, terms, turn, until) if is_read and until is not None else (),
        steps=_steps(audition, until) if is_read and until is not None else (),
    )


def _path(audition: Audition, terms: RulebookTerms, turn: Breach | None, until: datetime) -> tuple[Mark, ...]:
    """The marks around a moment, the latest that fit; the one that decided as it was before the account was closed."""
    marks = paths.marks_between(audition, until - BEFORE, until + AFTER, most=MOST_MARKS)
    marks = marks or paths.last_marks(audition, until=until)
    if turn is None:
        return tuple(marks)
    return tuple(_decided(mark, terms, turn) if mark.at == turn.at else mark for mark in marks)


def _decided(mark: Mark, terms: RulebookTerms, turn: Breach) -> Mark:
    is_balance = terms.basis == Basis.BALANCE
    return replace(mark, balance=turn.after) if is_balance else replace(mark, equity=turn.after)


def _steps(audition: Audition, until: datetime) -> tuple[Step, ...]:
    """The last orders up to a moment; those that closed the account for the verdict led nowhere."""
    orders = trading.list_orders(audition.account).filter(placed_at__lte=until)
    if audition.result_at is not None:
        orders = orders.exclude(cause=OrderCause.CLOSE, placed_at__gte=audition.result_at)
    return tuple(_step(order) for order in reversed(orders[:MOST_STEPS]))


def _step(order: Any) -> Step:
    fills = list(order.fills.all())
    return Step(
        at=order.placed_at,
        order_public_id=order.public_id,
        run_public_id=order.action.run.public_id if order.action is not None else "",
        symbol=order.symbol,
        side=order.side,
        cause=order.cause,
        size_lots=order.size_lots,
        size_decimals=order.asset.size_decimals,
        notional_micros=sum(fill.notional_micros for fill in fills),
        fee_micros=sum(fill.fee_micros for fill in fills),
        realized_micros=sum(fill.realized_micros for fill in fills),
    )


def in_words(terms: RulebookTerms, reason: str, turn: Breach | None) -> str:
    """The rule that gave a verdict its reason, as a sentence with its figures; blank where no rule did."""
    basis = "The balance" if terms.basis == Basis.BALANCE else "The equity"
    loss = "at or below" if terms.loss_boundary == Boundary.INCLUSIVE else "below"
    gain = "at or above" if terms.target_boundary == Boundary.INCLUSIVE else "above"
    target = f"{gain} {_money(terms.target_micros)}"
    share = _percent(terms.max_profit_share_bps)
    limit = _money(turn.limit if turn is not None else judging.floor_micros(terms))
    fall = _percent(terms.max_loss_bps)
    base = "its highest mark" if terms.drawdown == Drawdown.TRAILING else "the start"
    rules = {
        "TARGET_REACHED": f"{basis} stood {target} with at least {terms.min_orders} executed orders and no asset"
        f" above {share} of the profit.",
        "TARGET_MISSED": f"{basis} was not {target} at the end of the window.",
        "MAX_LOSS": f"{basis} stood {loss} {limit}, {fall} under {base}.",
        "DAILY_LOSS": f"{basis} stood {loss} {limit}, {_percent(terms.daily_loss_bps)} of the start under the last"
        " recorded mark before the day began.",
        "TOO_FEW_ORDERS": f"The target was reached with fewer than {terms.min_orders} executed orders.",
        "CONCENTRATED": f"The target was reached with more than {share} of the profit from one asset.",
        "TOO_FEW_MARKS": "The account was valued only once: one mark is no path.",
        "ACCOUNT_CLOSED": "The account was closed before the window ended.",
        "CLONE_RETIRED": "The clone was retired before the window ended.",
    }
    return rules.get(reason, "")


def _money(micros: int) -> str:
    whole, _, rest = dollars(micros).partition(".")
    return f"${int(whole):,}.{rest}"


def _percent(bps: int) -> str:
    return f"{scaled_text(bps, 2)}%"
