"""The market stream with live prices: it reads through its socket, hurries after a closed minute, and ends at once."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.market.adapters.hyperliquid.source import HyperliquidSource
from apps.market.adapters.hyperliquid.streamed import StreamedSource
from apps.market.management.commands import stream_market
from apps.market.models import Asset
from apps.market.services import sources, streaming
from apps.operations import clock
from tests.market.venue import Market, running
from tests.market.venue_socket import SocketVenue, listening

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "http://127.0.0.1:9"


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, "it never came to hold"
        time.sleep(0.02)


def add_asset(symbol: str, **options: Any) -> None:
    Asset.objects.create(
        symbol=symbol,
        size_decimals=5,
        max_leverage=40,
        margin_tiers=[[0, 40]],
        source="hyperliquid",
        base_interval_ms=60_000,
        created_at=clock.real_now(),
        **options,
    )


@pytest.fixture
def doors() -> Iterator[SocketVenue]:
    """A venue's socket that speaks twice a second of real time."""
    ended = threading.Event()
    with listening(Market(seed=7)) as started:

        def speak() -> None:
            while not ended.wait(0.5):
                started.speak()

        thread = threading.Thread(target=speak, daemon=True)
        thread.start()
        yield started
        ended.set()
        thread.join()


@pytest.mark.django_db
def test_the_source_reads_through_the_socket_while_the_block_runs(doors: SocketVenue, settings: Any) -> None:
    settings.HYPERLIQUID_URL, settings.HYPERLIQUID_WS_URL = NOBODY, doors.url
    sources._built.cache_clear()
    sources.select(wanted=None, recording=None, seed=7, now=clock.real_now(), answers=lambda: True)
    add_asset("BTC")
    add_asset("ETH", is_tracked=False, quotes_until=clock.real_now())
    add_asset("SOL", is_tracked=False)
    with streaming.streaming(clock=clock.real_now, on_close=lambda: None) as follow:
        follow()
        source = sources.current()
        assert isinstance(source, StreamedSource)
        until(lambda: source.feed.quotes(["BTC", "ETH"]) is not None)
        assert source.feed.quotes(["SOL"]) is None, "what is not priced is not listened to"
        now = clock.real_now()
        assert source.quotes(symbols=["BTC"], at=now)[0].symbol == "BTC"
        assert source.book(symbol="BTC", at=now) is not None
    assert isinstance(sources.current(), HyperliquidSource)


@pytest.mark.django_db
def test_other_sources_have_no_socket() -> None:
    sources.select(wanted="synthetic", recording=None, seed=7, now=clock.real_now())
    before = threading.active_count()
    with streaming.streaming(clock=clock.real_now, on_close=lambda: None) as follow:
        follow()
        assert threading.active_count() == before
        assert sources.current().name == "synthetic"


@pytest.fixture
def command() -> stream_market.Command:
    return stream_market.Command()


def rested(command: stream_market.Command, seconds: float) -> tuple[bool, float]:
    before = time.monotonic()
    return command.rest(seconds), time.monotonic() - before


def test_a_closed_minute_brings_the_next_cycle_forward(
    command: stream_market.Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_market, "GATHER_SECONDS", 0.2)
    assert rested(command, 0.05)[0] is False
    for _ in range(3):
        command.wake()
    is_prompt, took = rested(command, 30)
    assert is_prompt
    assert 0.2 <= took < 5
    assert rested(command, 0.05)[0] is False, "the coins that closed meanwhile are taken together"


def test_a_wish_to_stop_ends_the_rest_at_once(command: stream_market.Command) -> None:
    threading.Timer(0.1, command.end).start()
    is_prompt, took = rested(command, 30)
    assert not is_prompt
    assert took < 5


def test_a_signal_ends_the_process_and_a_dead_socket_is_one_line(tmp_path: Path) -> None:
    kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    with running(Market(seed=7)) as venue:
        env = kept | {"PUMPPARTY_DATA": str(tmp_path), "HYPERLIQUID_URL": venue.url}
        manage = [sys.executable, "manage.py"]
        subprocess.run([*manage, "migrate", "--verbosity", "0"], cwd=ROOT, env=env, check=True, timeout=120)
        process = subprocess.Popen(
            [*manage, "stream_market", "--source", "live"],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            until(lambda: any(question["type"] == "l2Book" for question in venue.asked), 60)
            time.sleep(4)
            before = time.monotonic()
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=20)
            took = time.monotonic() - before
        finally:
            process.kill()
    assert process.returncode == 0, said
    assert "market: stopped" in said
    assert said.count("socket is lost") == 1, said
    assert took < 8, "the rest of a cycle and Python's own end included, on a busy machine"
