"""The judgement itself: a rulebook's terms and an account's figures in, a verdict out. Pure."""

from apps.competition.types import AuditionStatus, Performance, RulebookTerms, Verdict

BPS = 10_000


def target_micros(terms: RulebookTerms) -> int:
    """The equity that passes, in micro-dollars."""
    return terms.start_micros + terms.start_micros * terms.profit_target_bps // BPS


def floor_micros(terms: RulebookTerms) -> int:
    """The equity at which the loss limit ends the audition, in micro-dollars."""
    return terms.start_micros - terms.start_micros * terms.max_loss_bps // BPS


def top_profit_share_bps(performance: Performance) -> int:
    """The largest symbol's share of all winning symbols' profit, in basis points; 0 without any profit."""
    gains = [profit for profit in performance.profit_by_symbol.values() if profit > 0]
    return max(gains) * BPS // sum(gains) if gains else 0


def judge(*, terms: RulebookTerms, performance: Performance, window_over: bool) -> Verdict:
    """Judge one audition.

    The loss limit is looked at first, on the lowest equity seen: an account that fell through and recovered has
    failed. The target passes when it is touched with enough executed orders and no symbol above its share.
    """
    share = top_profit_share_bps(performance)
    figures = {
        "startMicros": performance.start,
        "equityMicros": performance.equity,
        "lowMicros": performance.low,
        "targetMicros": target_micros(terms),
        "floorMicros": floor_micros(terms),
        "executedOrders": performance.executed_orders,
        "topProfitShareBps": share,
    }
    if performance.low <= floor_micros(terms):
        return Verdict(AuditionStatus.FAILED, "MAX_LOSS", figures)
    if not performance.account_open:
        return Verdict(AuditionStatus.FAILED, "ACCOUNT_CLOSED", figures)
    reached = performance.equity >= target_micros(terms)
    enough = performance.executed_orders >= terms.min_orders
    spread = share <= terms.max_profit_share_bps
    if reached and enough and spread:
        return Verdict(AuditionStatus.PASSED, "TARGET_REACHED", figures)
    if not window_over:
        return Verdict(AuditionStatus.RUNNING, "", figures)
    if not reached:
        return Verdict(AuditionStatus.FAILED, "TARGET_MISSED", figures)
    return Verdict(AuditionStatus.FAILED, "CONCENTRATED" if enough else "TOO_FEW_ORDERS", figures)
