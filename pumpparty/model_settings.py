"""Reading the settings of models: where each strength is asked, at what price, and what all of it may cost."""

import json
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from apps.core.errors import DomainError
from apps.core.money import parse_micros
from apps.decisions.engine.routes import Route
from pumpparty import environment as env

QUEUE = "models"
"""What waits for a model waits in a line of its own, at workers of its own: prices, marks and exits never wait behind it."""
TASK_ROUTES = {"trading.decide-by-model": {"queue": QUEUE}}
STRENGTHS = ("light", "standard", "frontier")
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
LIMIT_FIELDS = ("max_completion_tokens", "max_tokens")
BUDGETS: Mapping[str, int] = {"run": 2_000_000, "user_day": 10_000_000, "day": 100_000_000, "all_time": 0}
"""Micro-dollars that may be spent where nothing else is said; 0 sets no bound.

A call is let through by the most that it can cost, several times what it will: a run has room for the longest prompt.
"""
MOST_MICROS = 10**12
_PROVIDER = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_KEY_ENV = re.compile(r"[A-Z][A-Z0-9_]{0,79}", re.ASCII)
_FIELDS = {
    "provider",
    "model",
    "baseUrl",
    "keyEnv",
    "priceIn",
    "priceOut",
    "priceCached",
    "timeoutS",
    "maxTokens",
    "temperature",
    "limitField",
}


def routes(*, production: bool) -> dict[str, tuple[Route, ...]]:
    """PUMPPARTY_MODELS: for each model strength the routes to try, best first; empty where no model is asked.

    A JSON object `{"light": [{"provider", "model", "baseUrl", "keyEnv", "priceIn", "priceOut", "priceCached",
    "timeoutS", "maxTokens", "temperature", "limitField"}, ...], ...}`; prices are micro-dollars for a million tokens.
    """
    text = env.text("PUMPPARTY_MODELS").strip()
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise _wrong(f"is no JSON ({error})") from None
    if not isinstance(found, dict) or not set(found) <= set(STRENGTHS):
        raise _wrong(f"must be an object with {', '.join(STRENGTHS)}")
    read = {
        strength: tuple(_route(entry, strength, production) for entry in _list(found[strength], strength))
        for strength in STRENGTHS
        if strength in found
    }
    _refuse_two_places(read)
    return read


def budgets() -> dict[str, int]:
    """PUMPPARTY_MODEL_BUDGETS="run=0.5,user_day=10,day=100,all_time=0" in dollars, as micro-dollars; 0 is no bound."""
    limits = dict(BUDGETS)
    for entry in env.names("PUMPPARTY_MODEL_BUDGETS"):
        name, _, amount = entry.partition("=")
        if name.strip() not in BUDGETS:
            raise ImproperlyConfigured(
                f"PUMPPARTY_MODEL_BUDGETS knows {', '.join(BUDGETS)}, not {name.strip()!r}."
            )
        limits[name.strip()] = _micros(amount.strip())
    return limits


def _micros(text: str) -> int:
    try:
        micros = parse_micros(text)
    except DomainError:
        micros = -1
    if not 0 <= micros <= MOST_MICROS:
        raise ImproperlyConfigured(
            f"PUMPPARTY_MODEL_BUDGETS wants dollars from 0 to {MOST_MICROS // 10**6:,} with at most six decimals, "
            f"not {text!r}."
        )
    return micros


def _list(found: Any, strength: str) -> list[Any]:
    if not isinstance(found, list) or not found:
        raise _wrong(f"must name at least one route for {strength}")
    return found


def _route(entry: Any, strength: str, production: bool) -> Route:
    if not isinstance(entry, dict) or not set(entry) <= _FIELDS:
        raise _wrong(f"has a route for {strength} that is no object of {', '.join(sorted(_FIELDS))}")
    return Route(
        provider=_matching(entry.get("provider"), _PROVIDER, "provider"),
        model=_matching(entry.get("model"), re.compile(r"[!-~]{1,120}"), "model"),
        base_url=_url(entry.get("baseUrl"), production),
        key_env=_key(entry.get("keyEnv", "")),
        price_in=_whole(entry, "priceIn", 0, 10**9),
        price_out=_whole(entry, "priceOut", 0, 10**9),
        price_cached=_whole(entry, "priceCached", 0, 10**9, default=entry.get("priceIn")),
        timeout_s=_whole(entry, "timeoutS", 1, 60, default=30),
        max_tokens=_whole(entry, "maxTokens", 16, 100_000, default=1_000),
        temperature=_temperature(entry.get("temperature", "0")),
        limit_field=_choice(entry.get("limitField", LIMIT_FIELDS[0])),
    )


def _matching(value: Any, pattern: re.Pattern[str], name: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _wrong(f"has the {name} {value!r}")
    return value


def _url(value: Any, production: bool) -> str:
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    local = parts.scheme == "http" and parts.hostname in LOCAL_HOSTS and not production
    if not parts.hostname or parts.username or parts.query or not (parts.scheme == "https" or local):
        raise _wrong("needs a baseUrl that is an https:// address without a key in it")
    return str(value).rstrip("/")


def _key(name: Any) -> str:
    """The variable's name; that it is set is checked here, so that no run finds out."""
    if name == "":
        return ""
    _matching(name, _KEY_ENV, "keyEnv")
    if not os.environ.get(name):
        raise _wrong(f"names the key {name}, which is not set")
    return str(name)


def _whole(entry: Mapping[str, Any], name: str, low: int, high: int, *, default: Any = None) -> int:
    value = entry.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _wrong(f"needs a {name} that is a whole number from {low} to {high}")
    return value


def _temperature(value: Any) -> str:
    """As written, "" for a model that takes none."""
    if value == "":
        return ""
    if not isinstance(value, str) or not re.fullmatch(r"[0-2](\.[0-9]{1,3})?", value) or float(value) > 2:
        raise _wrong('needs a temperature such as "0.2", or "" for none')
    return value


def _choice(value: Any) -> str:
    if value not in LIMIT_FIELDS:
        raise _wrong(f"has a limitField that is not {' or '.join(LIMIT_FIELDS)}")
    return str(value)


def _refuse_two_places(read: Mapping[str, tuple[Route, ...]]) -> None:
    """A provider is one place: its breaker and its kill switch go by its name."""
    places: dict[str, str] = {}
    for route in (route for group in read.values() for route in group):
        if places.setdefault(route.provider, route.base_url) != route.base_url:
            raise _wrong(f"gives the provider {route.provider} two addresses")


def _wrong(what: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"PUMPPARTY_MODELS {what}.")
