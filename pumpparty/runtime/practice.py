"""The practice model of `up`: where no route is configured, a provider on this machine answers by the rules."""

import json
import os

from pumpparty.model_settings import STRENGTHS
from pumpparty.runtime import ports

HOST = "127.0.0.1"
VARIABLE = "PUMPPARTY_MODELS"
LINE = "Models: none is configured, so a practice model on this machine answers by the rules (see PUMPPARTY_MODELS)"


def prepare() -> int | None:
    """Route every model strength to the practice model where none is configured; its port, None with real routes.

    For the environment of this process and its children, before settings are read.
    """
    if os.environ.get(VARIABLE, "").strip():
        return None
    port = ports.find_free(HOST)
    os.environ[VARIABLE] = json.dumps({strength: [_route(port, strength)] for strength in STRENGTHS})
    return port


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
