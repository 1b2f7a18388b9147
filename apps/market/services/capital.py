"""Reading capital figures: from DefiLlama beside live prices, from the seed beside synthetic ones."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache, partial

from django.conf import settings

from apps.core.errors import AdapterError
from apps.market.adapters.defillama.client import LlamaClient
from apps.market.adapters.defillama.source import DefiLlamaSource
from apps.market.adapters.port import CapitalSource
from apps.market.adapters.synthetic.capital import SyntheticCapital
from apps.market.models import IngestionRun, MarketSourceState
from apps.market.services.capital_ledger import store, subject_of
from apps.market.services.outcome import Outcome
from apps.market.services.runs import run_channel
from apps.market.types import CAPITAL_CHANNELS, CapitalTick, Channel, ContextSource, SourceName
from apps.operations.types import Report

AT_MOST_EVERY = timedelta(minutes=14)
"""A live source is asked this seldom in real time, however fast the market clock runs."""


def ingest_capital(*, now: datetime, real_now: Callable[[], datetime]) -> Report:
    """Read every channel of capital figures; what fails is counted and recorded, never raised.

    Beside live prices the figures are DefiLlama's and knowable in real time; beside synthetic prices they are made
    from the same seed at market time `now`; beside a recording there are none.
    """
    state = MarketSourceState.objects.first()
    if state is not None and state.name == SourceName.SYNTHETIC:
        return read_capital(_synthetic(state.config["seed"]), clock=lambda: now)
    if state is None or state.name != SourceName.HYPERLIQUID or _was_asked_lately(real_now()):
        return Report(skipped=1)
    protocols = tuple(settings.DEFILLAMA_PROTOCOLS)
    source = _defillama(settings.DEFILLAMA_URL, settings.DEFILLAMA_STABLECOINS_URL, protocols)
    return read_capital(source, clock=real_now)


def _was_asked_lately(now: datetime) -> bool:
    runs = IngestionRun.objects.filter(source=ContextSource.DEFILLAMA).order_by("-id")
    last = runs.values_list("started_at", flat=True).first()
    return last is not None and timedelta(0) <= now - last < AT_MOST_EVERY


@lru_cache(maxsize=2)
def _defillama(url: str, stablecoins_url: str, protocols: tuple[str, ...]) -> CapitalSource:
    return DefiLlamaSource(LlamaClient(url, stablecoins_url), protocols=protocols)


@lru_cache(maxsize=2)
def _synthetic(seed: int) -> CapitalSource:
    return SyntheticCapital(seed=seed)


def read_capital(source: CapitalSource, *, clock: Callable[[], datetime]) -> Report:
    """Read every channel of a source; a figure is knowable from the moment its answer was there (`clock`)."""
    report = Report()
    for spec in CAPITAL_CHANNELS:
        report += run_channel(
            source=source.name,
            channel=spec.channel,
            now=clock(),
            work=partial(_read_channel, source, spec.channel, clock),
            clock=clock,
        )
    return report


def _read_channel(
    source: CapitalSource, channel: Channel, clock: Callable[[], datetime], outcome: Outcome
) -> None:
    def take(ask: Callable[[], list[CapitalTick]]) -> int:
        ticks = ask()
        stored = store(ticks, source=source.name, channel=channel, now=clock())
        outcome.seen += len({subject_of(tick) for tick in ticks})
        for what, fault in stored.refused.items():
            outcome.fail(" ".join(what), AdapterError(fault.value, transient=False))
        for at in stored.accepted_at:
            outcome.saw(at)
        return stored.written

    for question in source.questions(channel, at=clock()):
        outcome.attempt(question.what, partial(take, question.ask))
