"""Standing exits: when their level may be set, how a trailing one follows the mark, and which of them fires."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from apps.exchange.precision import round_price
from apps.exchange.rounding import BPS_SCALE, mul_div
from apps.exchange.types import Instrument, Quote, Trigger, TriggerKind

STOP, TARGET, TRAILING, TIME = 1, 2, 3, 4
KINDS = {
    TriggerKind.STOP: STOP,
    TriggerKind.TARGET: TARGET,
    TriggerKind.TRAILING: TRAILING,
    TriggerKind.TIME: TIME,
}
PRECEDENCE = (TriggerKind.STOP, TriggerKind.TRAILING, TriggerKind.TARGET, TriggerKind.TIME)
"""Which one is the reason of an exit where several are hit by one mark."""


@dataclass(frozen=True, slots=True)
class Review:
    """What a mark does to the standing exits of a position: the one it fires, the trailing ones it moves."""

    fired: Trigger | None
    moved: tuple[Trigger, ...]


def level_is_valid(kind: int, side: int, mark: int, level: int) -> int:
    """Return 1 when a level may be set: a stop or trailing level on the losing side of the mark, a target beyond it.

    `side` is that of the position; a time exit has no level and is always valid.
    """
    if kind == TIME:
        return 1
    ahead = side * (level - mark)
    right = ahead > 0 if kind == TARGET else ahead < 0
    return 1 if right and level > 0 else 0


def best_mark(side: int, best: int, mark: int) -> int:
    """Return the better of two marks for a position: a trailing exit's best moves only in its favour."""
    return mark if side * (mark - best) > 0 else best


def trailing_level(side: int, best: int, trail_bps: int, size_decimals: int) -> int:
    """Return the level `trail_bps` behind the best mark, rounded to the tick towards the position's loss."""
    behind = mul_div(best, BPS_SCALE - side * trail_bps, BPS_SCALE)
    return round_price(behind, -side, size_decimals)


def is_hit(  # noqa: PLR0917 - compiled code is called by position
    kind: int, side: int, mark: int, level: int, expires_at_ms: int, now_ms: int
) -> int:
    """Return 1 when the mark is at or beyond a stop, trailing or target level, or the time has come.

    One expression over whole numbers: columns of them work as well. No exit is hit without a mark.
    """
    ahead = side * (mark - level)
    falls = ((kind == STOP) | (kind == TRAILING)) & (ahead <= 0)
    rises = (kind == TARGET) & (ahead >= 0)
    ends = (kind == TIME) & (now_ms >= expires_at_ms)
    return ((falls | rises | ends) & (mark > 0)) * 1


def level_of(trigger: Trigger, instrument: Instrument) -> int:
    """Return the price at which a standing exit fires; zero for a time exit."""
    if trigger.kind != TriggerKind.TRAILING:
        return trigger.price_micros
    return trailing_level(trigger.side, trigger.best_micros, trigger.trail_bps, instrument.size_decimals)


def review(*, triggers: Sequence[Trigger], quote: Quote, instrument: Instrument, now_ms: int) -> Review:
    """Hold one asset's standing exits against a good mark: move the trailing ones, then see which fires.

    Ask `prices.quote_problem` first: a bad price moves and fires nothing, and this does not look.
    """
    mark = quote.mark_micros
    moved: list[Trigger] = []
    hit: dict[TriggerKind, Trigger] = {}
    for standing in triggers:
        trigger = standing
        if standing.kind == TriggerKind.TRAILING:
            best = best_mark(standing.side, standing.best_micros, mark)
            if best != standing.best_micros:
                trigger = replace(standing, best_micros=best)
                moved.append(trigger)
        level = level_of(trigger, instrument)
        if is_hit(KINDS[trigger.kind], trigger.side, mark, level, trigger.expires_at_ms, now_ms):
            hit[trigger.kind] = trigger
    fired = next((hit[kind] for kind in PRECEDENCE if kind in hit), None)
    return Review(fired, tuple(moved))
