"""DefiLlama behind the port: present figures each time, daily history once a day, large answers once an hour."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from apps.core.errors import AdapterError
from apps.core.moments import EPOCH
from apps.market.adapters.defillama import parse
from apps.market.adapters.defillama.client import LlamaClient
from apps.market.adapters.port import CapitalQuestion
from apps.market.types import (
    CHAIN_OF,
    GLOBAL_SUBJECT,
    CapitalMetric,
    CapitalTick,
    Channel,
    ContextSource,
    SubjectKind,
)

HISTORY = timedelta(days=90)
"""How far back daily figures are read; the source revises them now and then."""
STABLECOINS_EVERY = timedelta(hours=1)
STABLECOINS = ("USDT", "USDC", "USDe", "USDS", "DAI", "PYUSD", "FDUSD", "USDH")
"""The coins whose supply is kept (the largest of the dollar, and the venue's own; 2026-11)."""


class Measure(NamedTuple):
    """One measure of throughput: the overview that has it, and which of its data."""

    metric: CapitalMetric
    overview: str
    data_type: str


THROUGHPUT = (
    Measure(CapitalMetric.DEX_VOLUME_24H, "dexs", ""),
    Measure(CapitalMetric.FEES_24H, "fees", "dailyFees"),
    Measure(CapitalMetric.REVENUE_24H, "fees", "dailyRevenue"),
    Measure(CapitalMetric.OPEN_INTEREST, "open-interest", ""),
)
Ticks = list[CapitalTick]


class DefiLlamaSource:
    """Figures of all, of the chains that assets stand for, of the chosen protocols and stablecoins."""

    name = ContextSource.DEFILLAMA.value

    def __init__(self, client: LlamaClient, *, protocols: Sequence[str]) -> None:
        """Wrap a client; `protocols` are slugs."""
        self._client = client
        self._protocols = tuple(protocols)
        self._chains = tuple(dict.fromkeys(CHAIN_OF.values()))
        self._answered: dict[str, int] = {}

    def questions(self, channel: Channel, *, at: datetime) -> Iterator[CapitalQuestion]:
        """Yield a channel's questions; what was answered within its hour or day is not asked again."""
        parts: dict[Channel, Callable[[datetime], Iterator[CapitalQuestion]]] = {
            Channel.CAPITAL_BASE: self._base,
            Channel.CAPITAL_FLOWS: self._flows,
            Channel.ECONOMIC_THROUGHPUT: self._throughput,
        }
        return parts[channel](at)

    def _base(self, at: datetime) -> Iterator[CapitalQuestion]:
        client, since = self._client, at - HISTORY
        everything = CapitalTick(CapitalMetric.TVL, SubjectKind.GLOBAL, GLOBAL_SUBJECT, at, None, False)
        yield CapitalQuestion(
            "TVL of all", lambda: parse.tvl_chart(client.tvl_chart(), like=everything, since=since)
        )
        yield CapitalQuestion(
            "TVL of the chains", lambda: parse.chains(client.chains(), names=self._chains, at=at)
        )
        for slug in self._protocols:
            yield CapitalQuestion(f"TVL of {slug}", partial(self._protocol, slug, at))
        for chain in self._chains:
            like = everything._replace(kind=SubjectKind.CHAIN, subject=chain)
            yield from self._daily(f"TVL history of {chain}", like, client.tvl_chart, parse.tvl_chart)
        for slug in self._protocols:
            like = everything._replace(kind=SubjectKind.PROTOCOL, subject=slug)
            yield from self._daily(f"TVL history of {slug}", like, client.protocol, parse.protocol_chart)

    def _protocol(self, slug: str, at: datetime) -> Ticks:
        return parse.protocol_tvl(self._client.protocol_tvl(slug), slug=slug, at=at)

    def _flows(self, at: datetime) -> Iterator[CapitalQuestion]:
        client, since = self._client, at - HISTORY
        metric = CapitalMetric.STABLECOIN_SUPPLY
        everything = CapitalTick(metric, SubjectKind.GLOBAL, GLOBAL_SUBJECT, at, None, False)
        yield CapitalQuestion(
            "stablecoins of all",
            lambda: parse.stablecoin_chart(client.stablecoin_chart(), like=everything, since=since),
        )
        yield CapitalQuestion(
            "stablecoins of the chains",
            lambda: parse.stablecoin_chains(client.stablecoin_chains(), names=self._chains, at=at),
        )
        yield from self._once(
            "stablecoins",
            lambda: parse.stablecoins(client.stablecoins(), symbols=STABLECOINS, at=at),
            at=at,
            every=STABLECOINS_EVERY,
        )
        for chain in self._chains:
            like = everything._replace(kind=SubjectKind.CHAIN, subject=chain)
            what = f"stablecoin history of {chain}"
            yield from self._daily(what, like, client.stablecoin_chart, parse.stablecoin_chart)

    def _throughput(self, at: datetime) -> Iterator[CapitalQuestion]:
        """The total of each measure, then that of each chain which the total covers."""
        for measure in THROUGHPUT:
            covered: set[str] = set()
            name = measure.metric.label
            yield CapitalQuestion(name, partial(self._total, measure, at, covered))
            for chain in self._chains:
                if chain in covered:
                    yield CapitalQuestion(f"{name} of {chain}", partial(self._of_chain, measure, at, chain))

    def _total(self, measure: Measure, at: datetime, covered: set[str]) -> Ticks:
        body = self._client.overview(measure.overview, data_type=measure.data_type)
        covered.update(parse.overview_chains(body))
        kind, subject = SubjectKind.GLOBAL, GLOBAL_SUBJECT
        return parse.overview(body, metric=measure.metric, kind=kind, subject=subject, at=at)

    def _of_chain(self, measure: Measure, at: datetime, chain: str) -> Ticks:
        body = self._client.overview(measure.overview, chain=chain, data_type=measure.data_type)
        return parse.overview(body, metric=measure.metric, kind=SubjectKind.CHAIN, subject=chain, at=at)

    def _daily(
        self,
        what: str,
        like: CapitalTick,
        ask: Callable[[str], object],
        read: Callable[..., Ticks],
    ) -> Iterator[CapitalQuestion]:
        """A subject's days before today: its present figure is asked for by itself."""

        def answer() -> Ticks:
            ticks = read(ask(like.subject), like=like, since=like.at - HISTORY)
            return [tick for tick in ticks if not tick.is_provisional]

        yield from self._once(what, answer, at=like.at, every=parse.DAY)

    def _once(
        self, what: str, ask: Callable[[], Ticks], *, at: datetime, every: timedelta
    ) -> Iterator[CapitalQuestion]:
        """The question, unless this process has had its answer in this hour (or day) of UTC."""
        period = (at - EPOCH) // every
        if self._answered.get(what) == period:
            return

        def answer() -> Ticks:
            try:
                ticks = ask()
            except AdapterError as error:
                # An answer that cannot be read is not fetched again and again: it may be megabytes.
                if not error.transient:
                    self._answered[what] = period
                raise
            self._answered[what] = period
            return ticks

        yield CapitalQuestion(what, answer)
