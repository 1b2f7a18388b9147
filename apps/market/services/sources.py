"""Choosing the price source: live when the venue answers, else a recording, else synthetic; the choice is kept."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.core.errors import AdapterError, Conflict, InvalidInput, NotFound
from apps.market.adapters.hyperliquid import parse
from apps.market.adapters.hyperliquid.client import InfoClient
from apps.market.adapters.hyperliquid.source import HyperliquidSource
from apps.market.adapters.hyperliquid.streamed import StreamedSource
from apps.market.adapters.port import MarketSource
from apps.market.adapters.replay.source import load
from apps.market.adapters.synthetic.source import BASE_PRICES_MICROS, SyntheticSource
from apps.market.models import Candle, MarketSourceState, Quote
from apps.market.types import SourceChoice, SourceName

PROBE_SECONDS = 3.0
VENUE_URL = "https://api.hyperliquid.xyz"
DEFAULT_SYMBOLS = tuple(BASE_PRICES_MICROS)
ALIASES = {"live": SourceName.HYPERLIQUID, "recording": SourceName.REPLAY}


def select(
    *,
    wanted: str | None,
    recording: str | None,
    seed: int,
    now: datetime,
    symbols: Sequence[str] = (),
    answers: Callable[[], bool] | None = None,
) -> SourceChoice:
    """Choose, check and store the source; `answers` replaces the question to the venue.

    Without a wish the source that filled this memory before is kept. Raises InvalidInput for an unknown
    name, a missing or malformed recording, an unknown symbol, or live prices asked for an empty memory while
    the venue does not answer; Conflict when this memory holds prices of another source: two price histories
    never mix. Nothing is changed when it raises.
    """
    name = _known(wanted)
    kept = MarketSourceState.objects.first()
    if name is None and recording is None and kept is not None and not symbols:
        return _kept(kept)
    reason = f"{name.value} was asked for" if name else ""
    if name is None:
        name, reason = _first_available(recording, answers or _venue_answers)
    config: dict[str, Any] = {"symbols": list(symbols)}
    if name is SourceName.REPLAY:
        if not recording:
            raise InvalidInput("The replay source needs the path of a recording.", code="RECORDING_NEEDED")
        config["recording"] = str(Path(recording).expanduser().resolve())
    elif name is SourceName.SYNTHETIC:
        config["seed"] = seed
    source = _build(name, config)
    is_filled = kept is not None and _memory_is_filled()
    if kept is not None and (kept.name, kept.config) != (name.value, config) and is_filled:
        raise Conflict(
            f"This data folder holds {kept.label}; {source.label} need a data folder of their own.",
            code="SOURCE_CHANGED",
        )
    if wanted and name is SourceName.HYPERLIQUID and not is_filled and not (answers or _venue_answers)():
        raise InvalidInput(
            f"The live venue did not answer within {PROBE_SECONDS:g} s; check the connection or leave the "
            "choice of the source open.",
            code="VENUE_UNREACHABLE",
        )
    return _store(name, source, config, reason, now)


def _known(wanted: str | None) -> SourceName | None:
    if not wanted:
        return None
    try:
        return ALIASES.get(wanted) or SourceName(wanted)
    except ValueError:
        known = ", ".join(SourceName.values)
        raise InvalidInput(
            f"Unknown price source {wanted[:40]!r}; choose one of {known}.", code="SOURCE_UNKNOWN"
        ) from None


def _first_available(recording: str | None, answers: Callable[[], bool]) -> tuple[SourceName, str]:
    if answers():
        return SourceName.HYPERLIQUID, "the venue answers"
    if recording:
        return (
            SourceName.REPLAY,
            f"the venue did not answer within {PROBE_SECONDS:g} s, a recording was given",
        )
    return (
        SourceName.SYNTHETIC,
        f"the venue did not answer within {PROBE_SECONDS:g} s and no recording was given",
    )


def _venue_answers() -> bool:
    try:
        return bool(parse.all_mids(_client(timeout_seconds=PROBE_SECONDS).all_mids()))
    except AdapterError:
        return False


def _client(*, timeout_seconds: float) -> InfoClient:
    return InfoClient(getattr(settings, "HYPERLIQUID_URL", VENUE_URL), timeout_seconds=timeout_seconds)


def _memory_is_filled() -> bool:
    return Quote.objects.exists() or Candle.objects.exists()


def _kept(row: MarketSourceState) -> SourceChoice:
    current_of(row)
    return SourceChoice(
        row.name, row.label, "kept: it filled this data folder before", row.span_start, row.span_end
    )


@transaction.atomic
def _store(
    name: SourceName, source: MarketSource, config: dict[str, Any], reason: str, now: datetime
) -> SourceChoice:
    start, end = source.span() or (None, None)
    MarketSourceState.objects.update_or_create(
        id=MarketSourceState.SINGLETON_ID,
        defaults={
            "name": name.value,
            "label": source.label,
            "reason": reason,
            "config": config,
            "span_start": start,
            "span_end": end,
            "selected_at": now,
        },
    )
    return SourceChoice(name.value, source.label, reason, start, end)


def current() -> MarketSource:
    """Return the chosen source; raises NotFound before the first choice."""
    row = MarketSourceState.objects.first()
    if row is None:
        raise NotFound(
            "No price source is chosen yet; run `manage.py stream_market`.", code="SOURCE_NOT_CHOSEN"
        )
    return current_of(row)


def current_of(row: MarketSourceState) -> MarketSource:
    """Return the source that a state row describes, built once per process; with its socket where one is attached."""
    built = _build(SourceName(row.name), row.config)
    return _streamed if _streamed is not None and _streamed.venue is built else built


_streamed: StreamedSource | None = None


def attach(source: StreamedSource) -> None:
    """Let this process read the live venue through its socket's memory."""
    global _streamed
    _streamed = source


def detach() -> None:
    """Let this process ask the venue over HTTP alone."""
    global _streamed
    _streamed = None


def _build(name: SourceName, config: dict[str, Any]) -> MarketSource:
    return _built(name, json.dumps(config, sort_keys=True))


@lru_cache(maxsize=4)
def _built(name: SourceName, document: str) -> MarketSource:
    config = json.loads(document)
    symbols = tuple(config.get("symbols", ()))
    try:
        if name is SourceName.REPLAY:
            return load(Path(config["recording"]), symbols=symbols)
        if name is SourceName.SYNTHETIC:
            return SyntheticSource(seed=config["seed"], symbols=symbols)
    except AdapterError as error:
        raise InvalidInput(error.detail[0].upper() + error.detail[1:] + ".", code="ASSET_UNKNOWN") from error
    chosen = symbols or tuple(getattr(settings, "MARKET_SYMBOLS", DEFAULT_SYMBOLS))
    return HyperliquidSource(_client(timeout_seconds=PROBE_SECONDS), symbols=chosen)
