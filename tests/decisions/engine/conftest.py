"""Context packets made by hand: no database stands behind an engine test."""

from collections.abc import Callable, Sequence

import pytest

from apps.decisions.engine.document import seal
from apps.decisions.engine.types import (
    AccountFact,
    CloseFact,
    ContextPacket,
    LimitFact,
    PositionFact,
    PromptFact,
    QuoteFact,
)

START_MS = 1_700_000_100_000
BAR_MS = 300_000
DOLLAR = 1_000_000


def build_packet(
    closes: Sequence[int],
    *,
    strategy: str = "trend",
    held_lots: int = 0,
    held_notional_micros: int = 30_000 * DOLLAR,
    equity_micros: int = 100_000 * DOLLAR,
    others: tuple[PositionFact, ...] = (),
    **limits: int,
) -> ContextPacket:
    """A sealed packet about BTC whose newest close is also its price."""
    now_ms = START_MS + len(closes) * BAR_MS
    facts = tuple(
        CloseFact(START_MS + (place + 1) * BAR_MS, close, START_MS + (place + 1) * BAR_MS)
        for place, close in enumerate(closes)
    )
    own = (
        (PositionFact("BTC", held_lots, held_notional_micros, 3, held_notional_micros),) if held_lots else ()
    )
    bounds = {
        "max_leverage": 10,
        "min_notional_micros": 10 * DOLLAR,
        "max_position_micros": 50_000 * DOLLAR,
        "max_exposure_micros": 100_000 * DOLLAR,
        "max_actions_per_window": 60,
        "cooldown_ms": 0,
    }
    return seal(
        ContextPacket(
            symbol="BTC",
            slot_at_ms=now_ms,
            now_ms=now_ms,
            interval_ms=BAR_MS,
            prompt=PromptFact("p1", strategy, "balanced", BAR_MS),
            closes=facts,
            quote=QuoteFact(closes[-1], closes[-1], closes[-1], 0, now_ms, now_ms, "quote:1"),
            account=AccountFact("active", equity_micros, equity_micros, own + others, 0, None),
            limits=LimitFact(**{**bounds, **limits}),
        )
    )


@pytest.fixture
def packet() -> Callable[..., ContextPacket]:
    """The packet builder."""
    return build_packet
