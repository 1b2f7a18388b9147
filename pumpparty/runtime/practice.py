"""The practice model of `up`: where no route is configured, a provider on this machine answers by the rules; in production
nobody does.
"""

import json
import os

from pumpparty import environment
from pumpparty.model_settings import STRENGTHS
from pumpparty.runtime import ports

HOST = "127.0.0.1"
VARIABLE = "PUMPPARTY_MODELS"
LINE = "Models: none is configured, so a practice model on this machine answers by the rules (see PUMPPARTY_MODELS)"
NONE_LINE = "Models: none is configured, so no strategy can ask one (see PUMPPARTY_MODELS)"


def prepare() -> int | None:
    """Route every model strength to the practice model where none is configured; its port, None with real routes.

    For the environment of this process and its children, before settings are read. In production it is None too: what
    is decided there with money at stake is decided by what an operator chose.
    """
    if os.environ.get(VARIABLE, "").strip() or environment.flag("PUMPPARTY_PRODUCTION"):
        return None
    port = ports.find_free(HOST)
    os.environ[VARIABLE] = json.dumps({strength: [_route(port, strength)] for strength in STRENGTHS})
    return port


def line(port: int | None) -> str:
    """What to say at the start about models; nothing where real ones are configured."""
    if port is not None:
        return LINE
    return "" if os.environ.get(VARIABLE, "").strip() else NONE_LINE


def _route(port: int, strength: str) -> dict[str, object]:
    """Prices of nothing: what costs nothing is never said to have cost something."""
    return {
        "provider": "practice",
        "model": f"rules-{strength}",
        "baseUrl": f"http://{HOST}:{port}/v1",
        "priceIn": 0,
        "priceOut": 0,
        "timeoutS": 20,
    }
