"""`up` with live prices, against a venue on this machine: the whole process tree, and what must not stop it."""

import json
import os
import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import Candle, MarketSourceState
from apps.market.services import sources
from apps.market.types import SourceChoice
from apps.operations import clock
from apps.operations.services import beat
from pumpparty.runtime import launch, marketclock, plan
from pumpparty.runtime.datafolder import open_folder
from pumpparty.runtime.preparation import Prepared
from pumpparty.runtime.refusal import CannotStart
from pumpparty.runtime.supervisor import Stopped, stoppable
from tests.market.venue import Market, running

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "http://127.0.0.1:9"
LIVE = SourceChoice("hyperliquid", "LIVE PRICES (Hyperliquid)", "the venue answers")


@pytest.fixture
def unreachable(settings: Any) -> None:
    settings.HYPERLIQUID_URL = NOBODY
    sources._built.cache_clear()


def test_it_trades_on_live_prices_though_half_of_the_history_fails_at_first() -> None:
    with running(Market(seed=7)) as venue:
        venue.fault = 500
        venue.faulty = lambda question: (
            "req" in question
            and question["req"]["coin"] in {"SOL", "HYPE"}
            and sum(
                "req" in asked and asked["req"]["coin"] == question["req"]["coin"] for asked in venue.asked
            )
            < 2
        )
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "up", "--smoke", "--smoke-timeout", "60"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PUMPPARTY_NO_BOOTSTRAP": "1", "HYPERLIQUID_URL": venue.url},
            timeout=120,
        )
        kinds = Counter(question["type"] for question in venue.asked)
        coins = Counter(question["req"]["coin"] for question in venue.asked if "req" in question)
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert (answer["ok"], answer["source"], answer["restarts"]) == (True, "hyperliquid", {})
    assert "LIVE PRICES (Hyperliquid) (the venue answers)" in done.stderr
    assert "Prices are incomplete (candles SOL: POST /info: answered 500)" in done.stderr
    assert len(coins) == 8
    assert min(coins["SOL"], coins["HYPE"]) > 1
    assert not kinds["l2Book"], "a late clock takes no book of now"


@pytest.mark.django_db(transaction=True)
def test_live_prices_that_cannot_be_had_are_refused_in_one_line(unreachable: None) -> None:
    options = Namespace(source="live", recording=None, seed=7)
    with pytest.raises(CannotStart, match="did not answer within 3 s") as caught:
        launch.choose_source(options)
    assert len(str(caught.value).splitlines()) == 1
    assert not MarketSourceState.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_venue_that_dies_after_it_was_chosen_is_one_line_and_no_stop(unreachable: None) -> None:
    now = clock.real_now()
    sources.select(wanted=None, recording=None, seed=7, now=now, answers=lambda: True)
    lines: list[str] = []
    launch.load_prices(now - timedelta(hours=6), report=lines.append)
    assert len(lines) == 1
    assert lines[0].startswith("Prices are incomplete (assets: POST /info: ConnectError")
    assert "\n" not in lines[0]
    assert not Candle.objects.exists()


@pytest.mark.django_db
def test_a_wish_to_stop_is_no_failed_asset_of_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: Any, **options: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)

    now = clock.real_now()
    sources.select(wanted="synthetic", recording=None, seed=7, now=now)
    monkeypatch.setattr(SyntheticSource, "candles", stop)
    with pytest.raises(Stopped), stoppable():
        launch.load_prices(now, report=print)


def test_the_children_keep_the_choice_that_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUMPPARTY_SOURCE", "replay")
    folder = open_folder(tmp_path / "data")
    prepared = Prepared(folder, "127.0.0.1", 8000, None, temporary=False)
    assert {child.environment["PUMPPARTY_SOURCE"] for child in plan.programmes(prepared)} == {""}
    names = [child.name for child in plan.programmes(prepared)]
    assert names == ["market", "web", "worker", "model-worker", "scheduler"]
    os.close(folder.lock)


@pytest.mark.django_db
def test_the_clock_starts_six_hours_late_and_never_passes_real_time(tmp_path: Path) -> None:
    before = clock.real_now()
    started = marketclock.start_clock(choice=LIVE, speed=120, folder=tmp_path)
    assert timedelta(hours=6) - (before - started) < timedelta(seconds=5)
    anchor = clock.current_anchor()
    assert anchor is not None
    for hours, speed in ((0, 120), (0.05, 120), (0.06, 1), (40, 1)):
        real = anchor.real_at + timedelta(hours=hours)
        assert clock.market_time(anchor, real) <= real
        assert clock.market_speed(anchor, real) == speed
    at_own_pace = marketclock.start_clock(choice=LIVE, speed=1, folder=tmp_path)
    assert at_own_pace >= before


@pytest.mark.django_db
def test_the_schedule_slows_down_when_the_clock_has_caught_up() -> None:
    from django_celery_beat.models import PeriodicTask

    def interval() -> timedelta:
        return PeriodicTask.objects.get(task="market.ingest").interval.schedule.run_every

    real = clock.real_now()
    clock.set_anchor(real_now=real, market_at=real - timedelta(hours=6), speed=120, catch_up=True)
    beat.sync_schedule()
    pace = marketclock.Pace()
    assert not pace.follow()
    assert interval() == timedelta(seconds=0.5)
    clock.set_anchor(real_now=real, market_at=real, speed=120, catch_up=True)
    assert pace.follow()
    assert interval() == timedelta(seconds=5)
    assert not pace.follow()
