"""Recordings: both formats, unknown coins, and malformed files named by file and line."""

import gzip
from datetime import timedelta
from pathlib import Path

import pytest

from apps.core.errors import DomainError, InvalidInput
from apps.core.moments import from_ms
from apps.market.adapters.replay.source import load
from tests.market.places import recorded

HEADER = "t,T,o,h,l,c,v"
ROWS = ["0,899999,10,12,9,11,5.5", "900000,1799999,11,11,10,10.5,1"]


def folder(tmp_path: Path, **files: list[str]) -> Path:
    for name, lines in files.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_a_coin_never_seen_is_an_instrument_with_a_price_that_holds(tmp_path: Path) -> None:
    source = load(folder(tmp_path, NEWCOIN_15m=[HEADER, *ROWS]))
    instrument = source.listings()[0].instrument
    assert (instrument.symbol, instrument.size_decimals) == ("NEWCOIN", 2)
    assert source.span() == (from_ms(0), from_ms(1_800_000))
    before, after = from_ms(1_799_999), from_ms(1_800_000)
    assert source.quotes(symbols=["NEWCOIN"], at=before)[0].mark_micros == 11_000_000
    assert source.quotes(symbols=["NEWCOIN"], at=after)[0].mark_micros == 10_500_000
    assert source.quotes(symbols=["NEWCOIN"], at=from_ms(899_999)) == []
    assert source.quotes(symbols=["NEWCOIN"], at=after + timedelta(minutes=30)) == []


def test_candles_are_those_that_closed_in_the_window(tmp_path: Path) -> None:
    source = load(folder(tmp_path, NEWCOIN_15m=[HEADER, *ROWS]))

    def found(start: int, end: int) -> list[int]:
        window = {"start": from_ms(start), "end": from_ms(end)}
        return [bar.open_ms for bar in source.candles(symbol="NEWCOIN", interval_ms=900_000, **window)]

    assert found(0, 1_800_000) == [0, 900_000]
    assert found(900_000, 1_799_999) == []
    assert found(899_999, 900_000) == [0]


def test_a_gz_recording_loses_its_last_row_which_may_still_form(tmp_path: Path) -> None:
    text = (
        "timestamp,open,high,low,close,volume\n"
        "2025-05-30 16:42:00+00:00,0.19701,0.19725,0.19656,0.19708,4039008.0\n"
        "2025-05-30 16:43:00+00:00,0.19708,0.19719,0.19674,0.19718,9716102.0\n"
    )
    (tmp_path / "DOGEUSDT_1m.csv.gz").write_bytes(gzip.compress(text.encode()))
    source = load(tmp_path)
    assert [item.symbol for item in (listing.instrument for listing in source.listings())] == ["DOGE"]
    start, end = source.span()
    assert end - start == timedelta(minutes=1)


def test_a_tiny_price_is_traded_per_thousand_units(tmp_path: Path) -> None:
    source = load(
        folder(tmp_path, SHIBA_15m=[HEADER, "0,899999,0.0000123,0.0000125,0.0000121,0.0000124,5000"])
    )
    instrument = source.listings()[0].instrument
    assert instrument.symbol == "kSHIBA"
    (bar,) = source.candles(symbol="kSHIBA", interval_ms=900_000, start=from_ms(0), end=from_ms(900_000))
    assert (bar.close_micros, bar.volume_micros) == (12_400, 5_000_000)


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (["a,b,c"], 1),
        ([HEADER], 2),
        ([HEADER, "0,899999,10,12,9,11"], 2),
        ([HEADER, ROWS[0], "900000,1799999,11,10,12,10.5,1"], 3),
        ([HEADER, ROWS[0], ROWS[0]], 3),
        ([HEADER, ROWS[1], ROWS[0]], 3),
        ([HEADER, ROWS[0], "900001,1800000,11,11,10,10.5,1"], 3),
        ([HEADER, "0,899999,ten,12,9,11,5"], 2),
        ([HEADER, ROWS[0], "900000,1799999,11,11,nan,10.5,1"], 3),
        ([HEADER, ROWS[0], "900000,1799999,11,11,0,10.5,1"], 3),
        ([HEADER, ROWS[0], "900000,1799999,11,11,10,10.5,-1"], 3),
        ([HEADER, ROWS[0], "9e5,1799999,11,11,10,10.5,1"], 3),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, lines: list[str], line: int) -> None:
    with pytest.raises(InvalidInput, match=rf"BAD_15m\.csv, line {line}:"):
        load(folder(tmp_path, BAD_15m=lines))


def test_a_broken_gz_and_strange_bytes_are_named(tmp_path: Path) -> None:
    whole = gzip.compress(b"timestamp,open,high,low,close,volume\n" * 500)
    (tmp_path / "BTC_1m.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DomainError, match=r"BTC_1m\.csv\.gz, line"):
        load(tmp_path)
    (tmp_path / "BTC_1m.csv.gz").write_bytes(b"not gz at all")
    with pytest.raises(DomainError, match=r"BTC_1m\.csv\.gz, line 1"):
        load(tmp_path)
    (tmp_path / "BTC_1m.csv.gz").unlink()
    (tmp_path / "BTC_1m.csv").write_bytes(b"t,T,o,h,l,c,v\n\xff\xfe,1\n")
    with pytest.raises(DomainError, match=r"BTC_1m\.csv, line"):
        load(tmp_path)


def test_a_missing_or_empty_folder_and_an_unknown_asset_say_so(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="does not exist"):
        load(tmp_path / "nowhere")
    with pytest.raises(DomainError, match="no candle file"):
        load(tmp_path)
    with pytest.raises(DomainError, match="no candles of ETH"):
        load(folder(tmp_path, BTC_15m=[HEADER, *ROWS]), symbols=["BTC", "ETH"])


@pytest.mark.recorded
def test_the_recorded_folders_load_whole() -> None:
    source = load(recorded("hyperliquid-candles"))
    assert {item.symbol for item in (listing.instrument for listing in source.listings())} >= {
        "BTC",
        "ETH",
        "SOL",
        "HYPE",
    }
    assert source.intervals("BTC") == (900_000, 3_600_000)
    start, end = source.span()
    bars = source.candles(symbol="BTC", interval_ms=900_000, start=start, end=end)
    assert bars[-1].open_ms - bars[0].open_ms == (len(bars) - 1) * 900_000
    assert source.funding_rate_e10(symbol="BTC", at=end) != 0


@pytest.mark.recorded
def test_the_recorded_minutes_load_whole() -> None:
    source = load(recorded("minute-candles"), symbols=["DOGE"])
    assert source.intervals("DOGE") == (60_000,)
    start, end = source.span()
    assert end - start == timedelta(minutes=43_199)
