"""Refusals that no gate was asked about, asked again as far as what they came from is kept."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from apps.clones import queries as clones
from apps.exchange.documents import from_document
from apps.market import queries as market
from apps.market.queries import MarketBoard
from apps.trading.models import ActionVerdict
from apps.trading.services.judging import refusal
from apps.trading.services.prices import price_faults
from apps.trading.services.reexecution.executed import Executed
from apps.trading.services.reexecution.steps import Asking, Difference, Part, Step
from apps.trading.types import VerdictStatus

RETIRED, UNKNOWN, MISSING = "CLONE_RETIRED", "ASSET_UNKNOWN", "PRICE_MISSING"


def refusal_step(one: Executed, whole: Mapping[str, Any] | None) -> Step:
    """Why no gate was asked, asked again; `whole` is the question, where one could be put and what it names is kept."""
    asking = Asking("refusal", Part.ALLOWED, one.index)
    told = one.refused or {}
    code, place = told.get("reason"), f"{one.key}.document.outcome.refused"
    early = refusal(
        one.action,
        executed_runs=_executed_before(one),
        is_ended=code == RETIRED and _is_ended(one),
        now=one.verdict.at,
    )
    if early is not None or code in (RETIRED, "ACTION_EXPIRED", "RUN_ALREADY_EXECUTED"):
        expected = None if early is None else {"reason": early.code, "detail": early.detail}
        asking.equal(place, expected=expected, found=dict(told))
    elif whole is not None:
        _ask_prices(one, whole, asking, place)
    elif (one.document or {}).get("question") is not None:
        asking.lacks("What the record names cannot be had, so its prices cannot be judged again.")
    elif code == UNKNOWN:
        _ask_registry(one, asking)
    elif code == MISSING:
        _ask_memory(one, asking)
    else:
        asking.lacks(f"{code}: it broke before there was an answer, and what breaks is not asked again.")
    return asking.done(
        f"No gate was asked, for the reason that is written here: {code}.",
        "The reason for which no gate was asked does not hold.",
    )


def _executed_before(one: Executed) -> set[int]:
    rows = ActionVerdict.objects.filter(action__run_id=one.case.run.pk, status=VerdictStatus.EXECUTED)
    return {one.case.run.pk} if rows.filter(pk__lt=one.verdict.pk).exists() else set()


def _is_ended(one: Executed) -> bool:
    return bool(clones.ended_among([one.account.clone_id]))


def _ask_prices(one: Executed, whole: Mapping[str, Any], asking: Asking, place: str) -> None:
    """The prices of what the account held, judged again; one of them was of no use."""
    question = from_document(whole)
    quotes = dict(question.marks)
    if question.quote is not None:
        quotes[question.intent.symbol] = question.quote
    held: Any = [position for position in question.state.positions if position.size_lots]
    faults = price_faults(held, quotes, at_ms=question.now_ms, policy=question.policy)
    again = [{"reason": code, "detail": f"{symbol}: {text}"} for symbol, (code, text) in faults.items()]
    told = dict(one.refused or {})
    if told.get("reason") == "GATE_ERROR":
        asking.lacks("A gate broke on it, and what breaks is not asked again.")
    elif told not in again:
        asking.equal(place, expected=again[0] if again else "no such reason", found=told)


def _ask_registry(one: Executed, asking: Asking) -> None:
    """Whether the asset was unknown then."""
    if one.action.symbol in MarketBoard(one.verdict.at).instruments([one.action.symbol]):
        begun = market.get_asset(one.action.symbol).created_at
        if begun <= one.verdict.at:
            where = f"market asset {one.action.symbol}"
            asking.difference = Difference(where, "unknown then", f"known since {begun.isoformat()}")


def _ask_memory(one: Executed, asking: Asking) -> None:
    """Whether there was truly no price of the asset that was knowable then."""
    quote = MarketBoard(one.verdict.at).quotes([one.action.symbol]).get(one.action.symbol)
    if quote is not None:
        asking.difference = Difference(f"market {quote.reference}", "no price then", f"{quote.mark_micros}")
    elif one.case.now - one.verdict.at > settings.MARKET_RETENTION["quotes"]:
        asking.lacks("Market memory has forgotten which prices there were then.")
