"""Long history: in pieces that are asked once, as far as the source goes, never known earlier than it may be."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from apps.core.errors import AdapterError, DomainError
from apps.market import queries
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import Asset, Candle, FundingRate, Quote
from apps.market.services import history, sources
from apps.market.services.outcome import Outcome
from apps.market.types import HOUR_MS, MINUTE_MS, Bar
from tests.market.places import START

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FIVE = 5 * MINUTE_MS


class Venue(SyntheticSource):
    """A live venue of one asset: it keeps 5000 candles of each length, longer ones included."""

    is_predetermined = False

    def __init__(self, *, real_now: datetime) -> None:
        super().__init__(seed=7, symbols=["BTC"])
        self.real_now = real_now
        self.asked: list[tuple[int, datetime, datetime]] = []
        self.is_down = False

    def candles(self, *, symbol: str, interval_ms: int, start: datetime, end: datetime) -> list[Bar]:
        self.asked.append((interval_ms, start, end))
        if self.is_down:
            raise AdapterError("the venue is away", transient=True)
        kept = self.real_now - timedelta(milliseconds=5_000 * interval_ms)
        assert start >= kept, "the venue has forgotten this"
        assert (end - start) / timedelta(milliseconds=interval_ms) <= 5_000, "more than one answer holds"
        minutes = super().candles(symbol=symbol, interval_ms=MINUTE_MS, start=start, end=end)
        groups: dict[int, list[Bar]] = {}
        for bar in minutes:
            groups.setdefault(bar.open_ms // interval_ms, []).append(bar)
        return [
            Bar(
                number * interval_ms,
                bars[0].open_micros,
                max(bar.high_micros for bar in bars),
                min(bar.low_micros for bar in bars),
                bars[-1].close_micros,
                sum(bar.volume_micros for bar in bars),
            )
            for number, bars in groups.items()
            if len(bars) == interval_ms // MINUTE_MS
        ]


def load(
    start: datetime, end: datetime, *, now: datetime | None = None, symbols: Sequence[str] = ()
) -> Outcome:
    now = now or end
    found = history.plan(symbols=symbols, start=start, end=end, now=now, real_now=now)
    outcome = Outcome()
    for piece in found.pieces:
        history.load(found.source, piece, now=now, outcome=outcome)
    return outcome


def opens(length: int) -> list[datetime]:
    return list(
        Candle.objects.filter(interval_ms=length).order_by("open_at").values_list("open_at", flat=True)
    )


@pytest.fixture
def venue(monkeypatch: pytest.MonkeyPatch) -> Venue:
    made = Venue(real_now=START)
    monkeypatch.setattr(sources, "current", lambda: made)
    return made


def test_a_span_is_loaded_whole_with_longer_candles_funding_and_closes() -> None:
    sources.select(wanted="synthetic", recording=None, seed=7, now=START, symbols=["BTC"])
    outcome = load(START - 2 * DAY, START)
    assert outcome.errors == []
    counts = {length: len(opens(length)) for length in (MINUTE_MS, FIVE, HOUR_MS)}
    assert counts == {MINUTE_MS: 2_880, FIVE: 576, HOUR_MS: 48}
    assert outcome.written == sum(counts.values()) + FundingRate.objects.count()
    assert FundingRate.objects.count() == 48
    assert Quote.objects.count() == 2_880
    early = queries.latest_quote("BTC", at=START - DAY)
    assert early is not None
    assert (
        early.mark_micros
        == queries.closed_candles("BTC", interval_ms=MINUTE_MS, at=START - DAY, limit=1)[0].close_micros
    )
    assert not Candle.objects.filter(knowable_at__gt=START).exists()


def test_what_is_here_is_not_asked_again_and_a_load_that_stopped_goes_on(venue: Venue) -> None:
    first = load(START - 5 * DAY, START - 2 * DAY, now=START)
    asked = len(venue.asked)
    assert first.written > 0
    again = load(START - 5 * DAY, START - 2 * DAY, now=START)
    assert (again.written, len(venue.asked)) == (0, asked)
    Candle.objects.filter(interval_ms=FIVE, open_at=opens(FIVE)[7]).delete()
    mended = load(START - 5 * DAY, START - 2 * DAY, now=START)
    assert (mended.written, len(venue.asked)) == (1, asked + 1)


def test_beyond_the_reach_of_minutes_the_venues_own_longer_candles_are_loaded(venue: Venue) -> None:
    start = START - 20 * DAY
    found = history.plan(start=start, end=START, now=START, real_now=START)
    (note,) = found.notes
    assert "5000 candles" in note and "minutes reach back to 2026-02-26 01:00" in note
    outcome = load(start, START)
    assert outcome.errors == []
    reach = opens(MINUTE_MS)[0]
    assert reach == datetime(2026, 2, 26, 1, tzinfo=START.tzinfo)
    for length in (MINUTE_MS, FIVE, HOUR_MS):
        found_at = opens(length)
        steps = {later - earlier for earlier, later in pairwise(found_at)}
        assert steps == {timedelta(milliseconds=length)}, "a hole or a candle twice"
    assert START - opens(FIVE)[0] > timedelta(days=17)
    assert opens(HOUR_MS)[0] == start
    assert {length for length, _, _ in venue.asked} == {MINUTE_MS, FIVE, HOUR_MS}
    assert Quote.objects.filter(at__lte=reach).exists()


def test_what_closed_after_the_registration_counts_as_known_from_now(venue: Venue) -> None:
    load(START - DAY, START - timedelta(hours=6), now=START - timedelta(hours=6))
    assert Asset.objects.get().created_at == START - timedelta(hours=6)
    load(START - DAY, START, now=START)
    late = Candle.objects.filter(open_at__gte=START - timedelta(hours=6))
    assert late.exists()
    assert {row.knowable_at for row in late} == {START}
    assert queries.closed_candles("BTC", interval_ms=MINUTE_MS, at=START - timedelta(hours=1), limit=1)[
        0
    ].close_at == (START - timedelta(hours=6))
    assert not Quote.objects.filter(at__gt=START - timedelta(hours=6)).exists()


def test_a_venue_that_is_away_is_left_in_peace_and_named(venue: Venue) -> None:
    venue.is_down = True
    outcome = load(START - 60 * DAY, START)
    assert len(venue.asked) == 3
    assert len(outcome.errors) > 3
    assert "the venue is away" in outcome.errors[0]
    assert "not asked, the source is in trouble" in outcome.errors[-1]


def test_an_unknown_asset_and_a_memory_without_a_source_are_refused(venue: Venue) -> None:
    with pytest.raises(DomainError, match="The source has no WIF"):
        load(START - DAY, START, symbols=["WIF"])


def test_no_source_no_plan() -> None:
    with pytest.raises(DomainError, match="No price source"):
        load(START - DAY, START)


@pytest.mark.parametrize("days", [1, 3, 16, 207])
def test_every_question_fits_one_answer(venue: Venue, days: int) -> None:
    found = history.plan(
        start=START - days * DAY, end=START, now=START, real_now=START + timedelta(minutes=59)
    )
    candles = [piece for piece in found.pieces if piece.interval_ms]
    assert all(
        (piece.end - piece.start) // timedelta(milliseconds=piece.interval_ms) <= 5_000 for piece in candles
    )
    covered: dict[int, Any] = {}
    for piece in candles:
        covered.setdefault(piece.interval_ms, []).append((piece.start, piece.end))
    for spans in covered.values():
        assert all(end == start for (_, end), (start, _) in pairwise(spans))
    assert max(piece.end for piece in candles) == START
