"""What a decision asks the exchange for."""

from dataclasses import dataclass

from apps.exchange.types.words import ActionKind, Side


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """What a decision asks for. Give `size_lots` or `notional_micros`, not both.

    `side` is the side to hold for open and flip. Close and reduce take their direction from the
    position and ignore it; close ignores the size; a flip without a size mirrors the position.
    An open or a flip may set standing exits with it: `stop_micros` or `trail_bps`, `target_micros`, `hold_ms`
    (leave after so long). `set_stop` needs one of the first two, `set_target` and `set_exit` theirs; `cancel`
    withdraws every standing exit of the asset. Zero means "not asked for".
    """

    kind: ActionKind
    symbol: str
    side: Side = Side.LONG
    size_lots: int = 0
    notional_micros: int = 0
    leverage: int = 1
    reduce_only: bool = False
    is_isolated: bool = False
    stop_micros: int = 0
    trail_bps: int = 0
    target_micros: int = 0
    hold_ms: int = 0
