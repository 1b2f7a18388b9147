"""A clone with a published version and a market of closed candles, as fixtures."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.decisions.services.propose import propose
from tests.decisions.world import BY, NOW, make_version, stands, write_market


@pytest.fixture
def version(db: None) -> Any:
    """A published version that trades BTC by the rules."""
    return make_version()


@pytest.fixture
def btc(db: None) -> Any:
    """BTC with two hours of rising closes."""
    return write_market()


@pytest.fixture
def ask(version: Any, btc: Any) -> Callable[..., Any]:
    """Calls `propose` for the slot at NOW; any argument can be given otherwise."""

    def call(**changes: Any) -> Any:
        given: dict[str, Any] = {
            "subject": "acc_one",
            "version": version,
            "prompt_key": "prompt",
            "symbol": "BTC",
            "slot_at": NOW,
            "standing": stands(),
            "now": NOW,
            "by": BY,
            "real_now": NOW,
        }
        return propose(**{**given, **changes})

    return call
