"""Which source is chosen, and why; nothing changes when the choice is refused."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.core.errors import DomainError
from apps.market import queries
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import MarketSourceState
from apps.market.services import ingest, sources
from apps.market.types import SourceChoice
from tests.market.places import START

pytestmark = pytest.mark.django_db
FIVE_MINUTES = timedelta(minutes=5)
CSV = "t,T,o,h,l,c,v\n0,899999,10,12,9,11,5.5\n900000,1799999,11,11,10,10.5,1\n"


def choose(
    wanted: str | None = None, recording: Path | None = None, *, live: bool = False, seed: int = 7
) -> SourceChoice:
    return sources.select(
        wanted=wanted,
        recording=str(recording) if recording else None,
        seed=seed,
        now=START,
        answers=lambda: live,
    )


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    (tmp_path / "NEW_15m.csv").write_text(CSV)
    return tmp_path


def test_live_when_the_venue_answers(recording: Path) -> None:
    choice = choose(recording=recording, live=True)
    assert (choice.name, choice.reason) == ("hyperliquid", "the venue answers")


def test_a_recording_when_it_does_not(recording: Path) -> None:
    choice = choose(recording=recording)
    assert choice.name == "replay"
    assert choice.span_start is not None and choice.span_end is not None
    assert (choice.span_end - choice.span_start).total_seconds() == 1_800


def test_synthetic_when_there_is_nothing_else_and_it_says_so() -> None:
    choice = choose()
    assert (choice.name, choice.label) == ("synthetic", "SYNTHETIC PRICES (seed 7)")
    assert "no recording" in choice.reason
    assert queries.source_state() == choice


def test_a_wish_is_followed_without_asking_the_venue() -> None:
    def never() -> bool:
        raise AssertionError("the venue was asked")

    choice = sources.select(wanted="synthetic", recording=None, seed=3, now=START, answers=never)
    assert (choice.name, choice.reason) == ("synthetic", "synthetic was asked for")


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("binance", "Unknown price source 'binance'; choose one of hyperliquid, replay, synthetic."),
        ("replay", "The replay source needs the path of a recording."),
    ],
)
def test_an_impossible_wish_is_one_clear_line(wanted: str, sentence: str) -> None:
    with pytest.raises(DomainError) as caught:
        choose(wanted)
    assert caught.value.detail == sentence
    assert not MarketSourceState.objects.exists()


def test_a_malformed_recording_leaves_everything_as_it_was(recording: Path) -> None:
    (recording / "NEW_15m.csv").write_text(CSV + "900000,1799999,1,1,1,1,1\n")
    with pytest.raises(DomainError, match=r"NEW_15m\.csv, line 4"):
        choose("replay", recording)
    assert not MarketSourceState.objects.exists()


def test_a_second_start_keeps_the_source_that_filled_the_memory() -> None:
    choose()
    ingest.ingest_all(now=START)
    kept = choose(live=True)
    assert (kept.name, kept.reason) == ("synthetic", "kept: it filled this data folder before")


def test_two_price_histories_never_mix() -> None:
    choose("synthetic")
    ingest.ingest_all(now=START)
    with pytest.raises(DomainError, match="holds SYNTHETIC PRICES"):
        choose("hyperliquid")
    with pytest.raises(DomainError, match="data folder of their own"):
        choose("synthetic", seed=8)
    assert choose("synthetic").name == "synthetic"


def test_an_empty_memory_may_change_its_source() -> None:
    choose("synthetic")
    assert choose("hyperliquid", live=True).name == "hyperliquid"


def test_live_prices_are_refused_while_the_venue_is_silent_unless_they_fill_this_memory() -> None:
    with pytest.raises(DomainError, match="did not answer within 3 s"):
        choose("live")
    assert not MarketSourceState.objects.exists()
    choose("live", live=True)
    ingest.backfill(start=START - FIVE_MINUTES, end=START, source=SyntheticSource(seed=7))
    assert choose("live").name == "hyperliquid"
    assert choose().reason == "kept: it filled this data folder before"


def test_the_command_refuses_an_unknown_source_in_one_line() -> None:
    with pytest.raises(CommandError, match="Unknown price source 'nowhere'"):
        call_command("stream_market", "--source", "nowhere", "--once")
