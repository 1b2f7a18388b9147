"""The judgement itself: a rulebook's terms and an account's figures in, a verdict out. Pure.

Limits and the target are followed mark by mark with `follow`, so that what a mark reached counts whoever looked when.
Version 1 of the terms is judged as it always was: by the lowest equity so far and the equity at the look.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from apps.competition.terms import BPS
from apps.competition.types import (
    AuditionStatus,
    Basis,
    Boundary,
    Breach,
    Drawdown,
    Mark,
    Performance,
    RulebookTerms,
    Verdict,
    Watch,
)

FEWEST_MARKS = 2
"""One mark is no path: nothing passes on it."""
TARGET_REACHED = "TARGET_REACHED"


def floor_micros(terms: RulebookTerms, *, peak: int | None = None) -> int:
    """The value at which the loss limit ends the audition, in micro-dollars; from the `peak` where it trails."""
    return terms.floor_micros(base=peak if terms.drawdown == Drawdown.TRAILING else None)


def daily_floor_micros(terms: RulebookTerms, watch: Watch) -> int:
    """The value at which the day's limit ends the audition, in micro-dollars."""
    return watch.day_start - terms.start_micros * terms.daily_loss_bps // BPS


def profit_share_bps(profit_by_symbol: Mapping[str, int]) -> int:
    """The largest symbol's share of all winning symbols' profit, in basis points; 0 without any profit."""
    gains = [profit for profit in profit_by_symbol.values() if profit > 0]
    return max(gains) * BPS // sum(gains) if gains else 0


def is_lost(terms: RulebookTerms, value: int, floor: int) -> bool:
    """Whether a value has reached a loss limit; exactly on it, the rulebook's boundary says."""
    return value <= floor if terms.loss_boundary == Boundary.INCLUSIVE else value < floor


def is_reached(terms: RulebookTerms, value: int) -> bool:
    """Whether a value has reached the target; exactly on it, the rulebook's boundary says."""
    target = terms.target_micros
    return value >= target if terms.target_boundary == Boundary.INCLUSIVE else value > target


def begin(terms: RulebookTerms, *, started_at: datetime) -> Watch:
    """A path before its first mark."""
    start = terms.start_micros
    return Watch(value=start, peak=start, day=_day(terms, started_at), day_start=start)


def follow(
    terms: RulebookTerms,
    watch: Watch,
    marks: Iterable[Mark],
    *,
    passes: Callable[[Mark], bool] = lambda _: False,
) -> Watch:
    """Follow the marks that come after the path's last one, in their order, up to the first that decides.

    A day begins with the last value before its boundary. Where one mark reaches both limits, MAX_LOSS is named. A mark
    at the target decides where `passes` says that orders and shares sufficed at it; the first mark of all never does.
    """
    for mark in marks:
        if watch.breach is not None:
            break
        if watch.through_at is not None and mark.at <= watch.through_at:
            continue
        watch = _step(terms, watch, mark, passes)
    return watch


def _step(terms: RulebookTerms, watch: Watch, mark: Mark, passes: Callable[[Mark], bool]) -> Watch:
    value = mark.balance if terms.basis == Basis.BALANCE else mark.equity
    day = _day(terms, mark.at)
    moved = replace(
        watch,
        peak=max(watch.peak, value),
        day=day,
        day_start=watch.day_start if day == watch.day else watch.value,
    )
    limits = [("MAX_LOSS", floor_micros(terms, peak=moved.peak))]
    if terms.daily_loss_bps:
        limits.append(("DAILY_LOSS", daily_floor_micros(terms, moved)))
    reached = [(rule, floor) for rule, floor in limits if is_lost(terms, value, floor)]
    if not reached and watch.through_at is not None and is_reached(terms, value) and passes(mark):
        reached = [(TARGET_REACHED, terms.target_micros)]
    breach = Breach(reached[0][0], mark.at, watch.value, value, reached[0][1]) if reached else None
    return replace(moved, value=value, through_at=mark.at, breach=breach)


def _day(terms: RulebookTerms, at: datetime) -> int:
    return (at.astimezone(UTC) - timedelta(minutes=terms.day_boundary_minute)).date().toordinal()


def judge(*, terms: RulebookTerms, performance: Performance, window_over: bool) -> Verdict:
    """Judge one audition.

    What the path of marks decided stands. Else the loss is looked at first: an account that fell through and recovered
    has failed. The target passes with enough executed orders and no symbol above its share, never on a single mark;
    since version 2 only as a mark of the path, or as the one that closed the window.
    """
    share = profit_share_bps(performance.profit_by_symbol)
    figures = _figures(terms, performance, share)
    turn = performance.breach
    if turn is not None:
        has_passed = turn.rule == TARGET_REACHED
        return Verdict(AuditionStatus.PASSED if has_passed else AuditionStatus.FAILED, turn.rule, figures)
    if not terms.looks_at_path and is_lost(terms, performance.low, floor_micros(terms)):
        return Verdict(AuditionStatus.FAILED, "MAX_LOSS", figures)
    if not performance.account_open:
        return Verdict(AuditionStatus.FAILED, "ACCOUNT_CLOSED", figures)
    is_first = terms.version == 1
    reached = is_reached(terms, _value(terms, performance))
    enough = performance.executed_orders >= terms.min_orders
    spread = share <= terms.max_profit_share_bps
    seen = is_first or performance.marks >= FEWEST_MARKS
    if reached and enough and spread and seen and (is_first or window_over):
        return Verdict(AuditionStatus.PASSED, TARGET_REACHED, figures)
    if not window_over:
        return Verdict(AuditionStatus.RUNNING, "", figures)
    if not seen:
        return Verdict(AuditionStatus.FAILED, "TOO_FEW_MARKS", figures)
    if not reached:
        return Verdict(AuditionStatus.FAILED, "TARGET_MISSED", figures)
    return Verdict(AuditionStatus.FAILED, "CONCENTRATED" if enough else "TOO_FEW_ORDERS", figures)


def _value(terms: RulebookTerms, performance: Performance) -> int:
    return performance.balance if terms.basis == Basis.BALANCE else performance.equity


def _figures(terms: RulebookTerms, performance: Performance, share: int) -> dict[str, object]:
    figures: dict[str, object] = {
        "startMicros": performance.start,
        "equityMicros": performance.equity,
        "lowMicros": performance.low,
        "targetMicros": terms.target_micros,
        "floorMicros": floor_micros(terms),
        "executedOrders": performance.executed_orders,
        "topProfitShareBps": share,
    }
    if terms.version == 1:
        return figures
    return figures | {"balanceMicros": performance.balance, "marks": performance.marks}
