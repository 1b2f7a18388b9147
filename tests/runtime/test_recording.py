"""Recorded candles run end to end in a scratch database, with the same ledger every time and everywhere."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "data" / "hyperliquid-candles"
START_MS = 1_753_920_000_000
QUARTER_MS = 900_000
LEDGER_OF_60_BARS = "d382dd0d5f9ef83bb1000dc47fe87e55388ae11adb1a5acae8581c06a2f8c5fa"
LEDGER_OF_ALL_BARS = "a54e8b08a39e392802b8b666cdc7945434e319632f466299f1f1ea4f6e15bdc4"


def write_candles(path: Path, *, price: int, step: int, bars: int = 160) -> None:
    """A coin nobody knows, whose price swings in whole cents: 20 bars up, 20 bars down."""
    rows = ["t,T,o,h,l,c,v"]
    for number in range(bars):
        opened = START_MS + number * QUARTER_MS
        before, price = price, price + (step if number // 20 % 2 == 0 else -step)
        top, bottom = max(before, price), min(before, price)
        cents = [f"{value / 100:.2f}" for value in (before, top, bottom, price)]
        rows.append(f"{opened},{opened + QUARTER_MS - 1},{','.join(cents)},1000.0")
    path.write_text("\n".join(rows) + "\n")


@pytest.fixture
def unknown_coins(tmp_path: Path) -> Path:
    folder = tmp_path / "recording"
    folder.mkdir()
    write_candles(folder / "ZORK_15m.csv", price=250_000, step=1_500)
    write_candles(folder / "QUUX_15m.csv", price=41_700, step=300)
    return folder


def run(
    folder: Path, *arguments: str, timeout: int = 300, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PUMPPARTY_NO_BOOTSTRAP": "1", **variables}
    command = [sys.executable, str(ROOT / "manage.py"), "run_recording", str(folder), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, timeout=timeout
    )


def answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1
    return json.loads(done.stdout)


def test_coins_it_has_never_seen_trade_the_same_twice_and_on_sqlite(unknown_coins: Path) -> None:
    first = answer(run(unknown_coins, "--json"))
    second = answer(run(unknown_coins, "--json", DATABASE_URL=""))
    assert first["assets"] == ["QUUX", "ZORK"]
    assert first["bars"] == 320
    assert first["fills"] >= first["orders"] > 0
    assert sum(first["actions"].values()) == first["decisions"]
    assert sum(first["denials"].values()) == first["actions"]["denied"]
    assert {**first, "seconds": 0} == {**second, "seconds": 0}


def test_the_engine_that_never_trades_keeps_its_money(unknown_coins: Path) -> None:
    result = answer(run(unknown_coins, "--json", "--engine", "noop", "--assets", "ZORK", "--max-bars", "20"))
    assert result["assets"] == ["ZORK"]
    assert result["orders"] == 0
    assert set(result["finalEquities"].values()) == {100_000_000_000}


def test_every_decision_of_a_recording_is_executed_again(unknown_coins: Path) -> None:
    result = answer(run(unknown_coins, "--json", "--verify"))
    assert result["verified"] == {
        "identical": sum(result["runs"].values()),
        "different": 0,
        "unavailable": 0,
        "first": None,
    }
    assert result["verified"]["identical"] >= result["decisions"] > 0


@pytest.mark.parametrize(
    ("content", "words"),
    [("t,T,o,h,l,c,v\n1,2,oops,4,5,6,7\n", "ZORK_15m.csv"), ("what,is,this\n1,2,3\n", "ZORK_15m.csv")],
)
def test_a_malformed_recording_is_one_line(unknown_coins: Path, content: str, words: str) -> None:
    (unknown_coins / "ZORK_15m.csv").write_text(content)
    done = run(unknown_coins, "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("--assets", "NOSUCH"), ("--max-bars", "0")])
def test_impossible_wishes_are_one_line(unknown_coins: Path, arguments: tuple[str, ...]) -> None:
    done = run(unknown_coins, *arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.recorded
def test_real_candles_give_the_same_ledger_on_this_database_and_on_sqlite() -> None:
    if not REAL.is_dir():
        pytest.skip("the recorded real data is not beside the project")
    first = answer(run(REAL, "--json", "--max-bars", "60"))
    assert first["ledgerSha256"] == LEDGER_OF_60_BARS
    second = answer(run(REAL, "--json", "--max-bars", "60", DATABASE_URL=""))
    assert len(first["assets"]) == 8
    assert first["fills"] > 0
    assert first["ledgerSha256"] == second["ledgerSha256"]
    assert first["finalEquities"] == second["finalEquities"]


@pytest.mark.recorded
def test_all_real_candles_give_the_ledger_they_always_gave(request: pytest.FixtureRequest) -> None:
    """A new hash means that the same prices lead to other decisions or fills: change it only on purpose."""
    if not REAL.is_dir():
        pytest.skip("the recorded real data is not beside the project")
    if not request.config.getoption("--long"):
        pytest.skip("a whole month takes minutes: --long")
    done = run(REAL, "--json", timeout=1_800)
    assert answer(done)["ledgerSha256"] == LEDGER_OF_ALL_BARS


@pytest.mark.recorded
def test_ten_thousand_decisions_of_real_weeks_are_identical(request: pytest.FixtureRequest) -> None:
    if not REAL.is_dir():
        pytest.skip("the recorded real data is not beside the project")
    if not request.config.getoption("--long"):
        pytest.skip("two weeks of eight coins take minutes: --long")
    result = answer(run(REAL, "--json", "--verify", "--max-bars", "1344", timeout=3_600))
    assert result["decisions"] >= 10_000
    assert result["verified"]["first"] is None
    assert result["verified"]["identical"] == sum(result["runs"].values())
