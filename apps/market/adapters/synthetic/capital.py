"""Capital figures of the synthetic market: from the same seed, by the same names as the real ones."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from apps.core.moments import from_ms, to_ms
from apps.market.adapters.port import CapitalQuestion
from apps.market.adapters.synthetic.waves import deviation_ppb, mix
from apps.market.types import (
    CHAIN_OF,
    GLOBAL_SUBJECT,
    CapitalMetric,
    CapitalTick,
    Channel,
    SourceName,
    SubjectKind,
)

HISTORY_DAYS = 30
DAY_SECONDS = 86_400
STEP_SECONDS = 4 * 3_600
"""Figures of the running day move this often."""
_MILLION = 1_000_000_000_000  # micro-dollars
_BILLION = 1_000_000_000

CHANNELS: Mapping[Channel, Mapping[CapitalMetric, int]] = {
    Channel.CAPITAL_BASE: {CapitalMetric.TVL: 110_000},
    Channel.CAPITAL_FLOWS: {CapitalMetric.STABLECOIN_SUPPLY: 300_000},
    Channel.ECONOMIC_THROUGHPUT: {
        CapitalMetric.DEX_VOLUME_24H: 12_000,
        CapitalMetric.FEES_24H: 90,
        CapitalMetric.REVENUE_24H: 40,
        CapitalMetric.OPEN_INTEREST: 23_000,
    },
}
"""What each channel measures, and the usual total in millions of dollars."""
PROTOCOLS = {"hyperliquid-hlp": 4}
STABLECOINS = {"USDT": 610, "USDC": 250}
"""Shares of the total in thousandths."""


class SyntheticCapital:
    """Figures wholly determined by the seed: a month of days once a day, else yesterday and the running day."""

    name = SourceName.SYNTHETIC.value

    def __init__(self, *, seed: int) -> None:
        """Make up the figures of a seed."""
        self._seed = seed
        self._told: dict[Channel, int] = {}

    def questions(self, channel: Channel, *, at: datetime) -> Iterator[CapitalQuestion]:
        """Yield one question per channel: it never fails."""

        def answer() -> list[CapitalTick]:
            second = to_ms(at) // 1_000
            today = second // DAY_SECONDS
            days = 1 if self._told.get(channel) == today else HISTORY_DAYS
            self._told[channel] = today
            return [
                self._tick(
                    CapitalTick(metric, kind, subject, _day(day), base * share // 1_000, False), second
                )
                for metric, base in CHANNELS[channel].items()
                for kind, subject, share in _subjects(channel)
                for day in range(today - days, today + 1)
            ]

        yield CapitalQuestion(f"{channel.label}, made up", answer)

    def _tick(self, usual: CapitalTick, second: int) -> CapitalTick:
        """The figure of a day around its usual millions: that of the day's end, today's that of the last step."""
        end = to_ms(usual.at) // 1_000 + DAY_SECONDS
        is_provisional = end > second
        moment = second // STEP_SECONDS * STEP_SECONDS if is_provisional else end
        key = mix(self._seed, *f"{usual.metric}/{usual.kind}/{usual.subject}".encode()) >> 1
        millions = usual.value_micros or 0
        value = millions * _MILLION // _BILLION * (_BILLION + deviation_ppb(key, moment))
        return usual._replace(value_micros=value, is_provisional=is_provisional)


def _day(number: int) -> datetime:
    return from_ms(number * DAY_SECONDS * 1_000)


def _subjects(channel: Channel) -> Iterator[tuple[SubjectKind, str, int]]:
    """What a channel is about, with the share of the total in thousandths."""
    yield SubjectKind.GLOBAL, GLOBAL_SUBJECT, 1_000
    for place, chain in enumerate(dict.fromkeys(CHAIN_OF.values())):
        yield SubjectKind.CHAIN, chain, 500 // (place + 1)
    if channel is Channel.CAPITAL_BASE:
        yield from ((SubjectKind.PROTOCOL, name, share) for name, share in PROTOCOLS.items())
    if channel is Channel.CAPITAL_FLOWS:
        yield from ((SubjectKind.STABLECOIN, name, share) for name, share in STABLECOINS.items())
