"""The standing exits that an intent asks for; `gates.exits` has judged their levels."""

from apps.exchange.figures import Market
from apps.exchange.precision import nearest_price
from apps.exchange.types import ActionKind, OrderIntent, Side, Trigger, TriggerKind

ASKED_BY = {
    TriggerKind.STOP: (ActionKind.OPEN, ActionKind.FLIP, ActionKind.SET_STOP),
    TriggerKind.TRAILING: (ActionKind.OPEN, ActionKind.FLIP, ActionKind.SET_STOP),
    TriggerKind.TARGET: (ActionKind.OPEN, ActionKind.FLIP, ActionKind.SET_TARGET),
    TriggerKind.TIME: (ActionKind.OPEN, ActionKind.FLIP, ActionKind.SET_EXIT),
}


def asked_exits(intent: OrderIntent, market: Market, side: int, now_ms: int) -> tuple[Trigger, ...]:
    """Return the exits asked for a position of this side; none for a kind of intent that sets none.

    Levels are rounded to the tick once, half to even; a trailing stop begins at the mark.
    """
    symbol, facing, decimals = intent.symbol, Side(side), market.terms.size_decimals
    asked = []
    if intent.stop_micros:
        stop = nearest_price(intent.stop_micros, decimals)
        asked.append(Trigger(TriggerKind.STOP, symbol, facing, price_micros=stop))
    if intent.target_micros:
        target = nearest_price(intent.target_micros, decimals)
        asked.append(Trigger(TriggerKind.TARGET, symbol, facing, price_micros=target))
    if intent.trail_bps:
        bps, mark = intent.trail_bps, market.price.mark
        asked.append(Trigger(TriggerKind.TRAILING, symbol, facing, trail_bps=bps, best_micros=mark))
    if intent.hold_ms:
        asked.append(Trigger(TriggerKind.TIME, symbol, facing, expires_at_ms=now_ms + intent.hold_ms))
    return tuple(trigger for trigger in asked if intent.kind in ASKED_BY[trigger.kind])
