"""Which gates an order met and what came of it, as plain documents that can be asked again.

The gates are the rows of the very functions that `trade` asks, in the order in which it asks them.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from apps.exchange.documents import Shared, from_document, outcome_document, to_document, whole
from apps.exchange.execute import Asked, answer, figures_of, settle
from apps.exchange.figures import SET_EXIT, SET_STOP, Traded
from apps.exchange.gates import GATE_ORDER, Rows, first_failing
from apps.exchange.gates.exits import exit_rows
from apps.exchange.gates.price import margin_rows, price_rows, surroundings_rows
from apps.exchange.gates.request import growth_rows, may_grow, request_rows
from apps.exchange.gates.result import result_rows, size_rows, slippage_row
from apps.exchange.totals import add_position
from apps.exchange.trade import fill, plan_order
from apps.exchange.types import Denied, DenyReason, Executed, Question

__all__ = [
    "GateRow",
    "Judged",
    "Question",
    "Shared",
    "ask_again",
    "from_document",
    "gate_documents",
    "gate_rows",
    "judge",
    "outcome_document",
    "to_document",
    "whole",
]


class GateRow(NamedTuple):
    """One gate as an order met it: it holds when low <= value <= high. A yes/no question is 1 <= answer <= 1."""

    code: str
    low: int
    value: int
    high: int
    holds: bool


class Judged(NamedTuple):
    """What became of an order, and every gate it met."""

    outcome: Executed | Denied
    gates: tuple[GateRow, ...]


def judge(question: Question) -> Judged:
    """Execute as `execute.execute` does, and tell every gate that was met on the way."""
    asked = figures_of(question)
    traded = settle(asked)
    return Judged(answer(asked, traded), _met(asked, traded))


def gate_rows(question: Question) -> tuple[GateRow, ...]:
    """Return the gates that an order met, in order, up to and with the first that does not hold.

    That one is the reason of the denial; an order that was executed met gates that all hold.
    """
    asked = figures_of(question)
    return _met(asked, settle(asked))


def gate_documents(gates: tuple[GateRow, ...]) -> list[list[str | int | bool]]:
    """Return gates as plain JSON: code, low, value, high, and whether it holds."""
    return [list(row) for row in gates]


def ask_again(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the gates and the outcome, as plain JSON, of a question that was written down whole."""
    judged = judge(from_document(document))
    return {"gates": gate_documents(judged.gates), "outcome": outcome_document(judged.outcome)}


def _met(asked: Asked, traded: Traded) -> tuple[GateRow, ...]:
    met: list[GateRow] = []
    for rows in _stages(asked, traded):
        failing = first_failing(rows)
        asked_rows = rows[: rows.index(failing) + 1] if failing[0] else rows
        met += [
            _gate_row((_CODES[number], low, value, high, low <= value <= high))
            for number, low, value, high in asked_rows
        ]
        if failing[0]:
            break
    return tuple(met)


def _stages(asked: Asked, traded: Traded) -> Iterator[Rows]:
    """The stages of `trade.trade`, each as its rows; a stage may be asked only when all before it held."""
    order, account, held, market, facts, *_ = asked
    grows, terms, mark = may_grow(order), market.terms, market.price.mark
    yield request_rows(order, account, held, facts)
    if grows:
        yield growth_rows(order, account, held, market, facts)
    if order.kind >= SET_EXIT:
        return
    yield price_rows(market.price, market.rules)
    if order.kind < SET_STOP:
        yield surroundings_rows(facts, grows)
        yield margin_rows(account, held, market, facts)
    if grows or order.kind >= SET_STOP:
        side = order.side if grows else 1 if held.size > 0 else -1
        yield exit_rows(order, side, mark, terms)
    if order.kind >= SET_STOP:
        return
    plan = plan_order(order, held, mark, terms)
    yield size_rows(plan, held, terms, market.rules)
    if plan.grows:
        if traded.row[0]:  # what was refused has no legs: those it would have had are made again
            traded = fill(order, plan, account.cash, held, market)
        yield (slippage_row(traded.close, market), slippage_row(traded.open, market))
        totals = add_position(account.others, traded.held, mark, terms)
        yield result_rows(order, traded.held, traded.cash, totals, market)


_gate_row: Callable[[tuple[str, int, int, int, bool]], GateRow] = partial(tuple.__new__, GateRow)
"""A row of its five values: an order meets some fifty, and the constructor of a named tuple is one more call for each."""
_CODES = (DenyReason.PRICE_MISSING.value, *(reason.value for reason in GATE_ORDER))
"""A gate's code by its number; 0 is a price without a fault, which is there."""
