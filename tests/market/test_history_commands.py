"""The commands about history: backfill, export, import; each says what it did, or in one sentence why not."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.core.errors import AdapterError
from apps.market import queries
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import Candle, Quote
from apps.market.services import sources
from apps.market.types import HOUR_MS, MINUTE_MS
from apps.operations import clock
from tests.market.places import START
from tests.market.services.test_recordings import empty_memory

pytestmark = pytest.mark.django_db
HOURS = ("--from", "2026-03-01T08:00", "--to", "2026-03-01T12:00", "--symbols", "BTC,DOGE")


@pytest.fixture(autouse=True)
def synthetic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: START)
    sources.select(wanted="synthetic", recording=None, seed=7, now=START)


def test_backfill_says_what_was_written_and_repeats_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("backfill_market", *HOURS)
    said = capsys.readouterr().out
    assert "Prices: SYNTHETIC PRICES (seed 7)" in said
    assert "pieces: 4 of 4" in said
    assert f"Written: {2 * (240 + 48 + 4 + 4)} candles and hours of funding." in said
    assert Candle.objects.filter(interval_ms=HOUR_MS).count() == 8
    call_command("backfill_market", *HOURS)
    assert "Written: 0 candles" in capsys.readouterr().out


def test_backfill_names_what_the_source_refused_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(self: SyntheticSource, **asked: object) -> None:
        raise AdapterError("no such candles", transient=False)

    monkeypatch.setattr(SyntheticSource, "candles", refuse)
    with pytest.raises(CommandError, match="2 pieces are incomplete"):
        call_command("backfill_market", *HOURS)
    assert "Refused: BTC 1m 2026-03-01 08:00 to 2026-03-01 12:00: no such candles" in capsys.readouterr().out


def test_backfill_that_is_stopped_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(self: SyntheticSource, **asked: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(SyntheticSource, "candles", stop)
    with pytest.raises(SystemExit) as caught:
        call_command("backfill_market", *HOURS)
    assert caught.value.code == 130
    assert "goes on from there" in capsys.readouterr().out


def test_a_tape_goes_round(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("backfill_market", *HOURS)
    folder = tmp_path / "tape"
    call_command("export_recording", str(folder), *HOURS)
    said = capsys.readouterr().out
    assert f"{folder}: 2 assets, 10 files, " in said
    before = queries.bars_in("DOGE", interval_ms=MINUTE_MS, start=START - timedelta(hours=1), end=START)
    quotes = Quote.objects.count()
    empty_memory()
    call_command("import_recording", str(folder))
    assert "rows recorded from SYNTHETIC PRICES (seed 7)." in capsys.readouterr().out
    assert (
        queries.bars_in("DOGE", interval_ms=MINUTE_MS, start=START - timedelta(hours=1), end=START) == before
    )
    assert Quote.objects.count() == quotes > 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "either --days or --from"),
        (("--days", "2", "--from", "2026-03-01"), "either --days or --from"),
        (("--days", "0"), "from 1 to 4000"),
        (("--from", "yesterday"), "not a time such as"),
        (("--from", "2026-03-02"), "span is empty"),
        (("--days", "1", "--symbols", "WIF"), "WIF"),
    ],
)
@pytest.mark.parametrize("command", ["backfill_market", "export_recording"])
def test_a_wish_that_makes_no_sense_is_one_sentence(
    tmp_path: Path, command: str, options: tuple[str, ...], sentence: str
) -> None:
    folder = [str(tmp_path / "tape")] if command == "export_recording" else []
    with pytest.raises(CommandError, match=sentence):
        call_command(command, *folder, *options)
    assert list(tmp_path.iterdir()) == []


def test_import_refuses_what_is_no_tape(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="not a tape"):
        call_command("import_recording", str(tmp_path))
