"""The files of a recording that this system made: gz CSV per asset and stream, and a manifest with every digest.

Candles are decimals in the format of the venue, as in any recording; the other streams hold the whole numbers of the
tables: micro-dollars, lots, fractions in 1e-10, microseconds since 1970. The same memory makes the same bytes.
"""

import csv
import gzip
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.core import json_strict
from apps.core.errors import DomainError, InvalidInput
from apps.exchange.types import Instrument, MarginTier
from apps.market.types import INTERVAL_NAMES, Listing

FORMAT = "pumpparty-tape-1"
MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 4_000_000
CANDLES, QUOTES, BOOKS, CONTEXTS, FUNDING = "candles", "quotes", "books", "contexts", "funding"
HEADERS: Mapping[str, Sequence[str]] = {
    CANDLES: ("t", "T", "o", "h", "l", "c", "v", "k"),
    QUOTES: ("at", "mark", "oracle", "mid", "funding", "known"),
    BOOKS: ("at", "bids", "asks", "known"),
    CONTEXTS: ("at", "oi", "notional", "base", "previous", "premium", "impactBid", "impactAsk", "known"),
    FUNDING: ("hour", "rate", "premium", "known"),
}
"""The columns of each stream; `k` and `known` say when a row became knowable."""
Field = int | str | None


@dataclass(frozen=True, slots=True)
class TapeFile:
    """One file of a tape; `interval_ms` is 0 for anything but candles."""

    name: str
    kind: str
    symbol: str
    interval_ms: int
    rows_count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TapeAsset:
    """One asset of a tape, with what the registry said of it besides the contract."""

    listing: Listing
    category: str
    base_interval_ms: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a tape holds: `source` and `label` are those of the memory that it was made from."""

    source: str
    label: str
    start_ms: int
    end_ms: int
    assets: tuple[TapeAsset, ...]
    files: tuple[TapeFile, ...]


def is_tape(folder: Path) -> bool:
    """Tell whether a folder says that it is a tape."""
    return (folder / MANIFEST).is_file()


def plain(value: int, decimals: int) -> str:
    """Return a scaled integer as the shortest decimal text."""
    sign, digits = "-" if value < 0 else "", str(abs(value)).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def write_file(
    folder: Path, *, kind: str, symbol: str, rows: Iterable[Sequence[Field]], interval_ms: int = 0
) -> TapeFile | None:
    """Write one stream of one asset, None where there is no row; None in a row is an empty field."""
    stream = INTERVAL_NAMES[interval_ms] if kind == CANDLES else kind
    path = folder / f"{re.sub(r'[^A-Za-z0-9]', '-', symbol)}_{stream}.csv.gz"
    rows_count = 0
    with path.open("xb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        text = io.TextIOWrapper(packed, encoding="ascii", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(HEADERS[kind])
        for row in rows:
            writer.writerow(row)
            rows_count += 1
        text.detach()
    if not rows_count:
        path.unlink()
        return None
    return TapeFile(path.name, kind, symbol, interval_ms, rows_count, _digest(path))


def _digest(path: Path) -> str:
    with path.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest: the last file of a tape."""
    document = {
        "format": FORMAT,
        "source": manifest.source,
        "label": manifest.label,
        "startMs": manifest.start_ms,
        "endMs": manifest.end_ms,
        "assets": [_asset_document(asset) for asset in manifest.assets],
        "files": [
            {
                "name": file.name,
                "kind": file.kind,
                "symbol": file.symbol,
                "intervalMs": file.interval_ms,
                "rowsCount": file.rows_count,
                "sha256": file.sha256,
            }
            for file in manifest.files
        ],
    }
    (folder / MANIFEST).write_bytes(json_strict.dumps_canonical(document) + b"\n")


def _asset_document(asset: TapeAsset) -> dict[str, Any]:
    listing, instrument = asset.listing, asset.listing.instrument
    return {
        "symbol": instrument.symbol,
        "sizeDecimals": instrument.size_decimals,
        "maxLeverage": instrument.max_leverage,
        "marginTiers": [[tier.lower_bound_micros, tier.max_leverage] for tier in instrument.tiers],
        "isDelisted": instrument.is_delisted,
        "onlyIsolated": instrument.only_isolated,
        "marginMode": listing.margin_mode,
        "unitsPerContract": listing.units_per_contract,
        "venueIndex": listing.venue_index,
        "category": asset.category,
        "baseIntervalMs": asset.base_interval_ms,
    }


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a tape; raises InvalidInput (RECORDING_MALFORMED) with what is wrong."""
    try:
        document = json_strict.loads((folder / MANIFEST).read_bytes(), max_bytes=MAX_MANIFEST_BYTES)
        if document["format"] != FORMAT:
            raise ValueError(f"the format is {document['format']!r}, known is {FORMAT}")
        return Manifest(
            source=str(document["source"]),
            label=str(document["label"]),
            start_ms=int(document["startMs"]),
            end_ms=int(document["endMs"]),
            assets=tuple(_asset(entry) for entry in document["assets"]),
            files=tuple(_file(entry) for entry in document["files"]),
        )
    except (OSError, DomainError, KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"Recording {folder.name}, {MANIFEST}: {type(error).__name__}: {error}.",
            code="RECORDING_MALFORMED",
        ) from error


def _asset(entry: Mapping[str, Any]) -> TapeAsset:
    instrument = Instrument(
        symbol=str(entry["symbol"]),
        size_decimals=int(entry["sizeDecimals"]),
        max_leverage=int(entry["maxLeverage"]),
        tiers=tuple(MarginTier(int(bound), int(leverage)) for bound, leverage in entry["marginTiers"]),
        is_delisted=entry["isDelisted"] is True,
        only_isolated=entry["onlyIsolated"] is True,
    )
    place = entry["venueIndex"]
    listing = Listing(
        instrument,
        venue_index=None if place is None else int(place),
        units_per_contract=int(entry["unitsPerContract"]),
        margin_mode=str(entry["marginMode"]),
    )
    return TapeAsset(listing, str(entry["category"]), int(entry["baseIntervalMs"]))


def _file(entry: Mapping[str, Any]) -> TapeFile:
    name, kind, interval_ms = str(entry["name"]), str(entry["kind"]), int(entry["intervalMs"])
    if not re.fullmatch(r"[A-Za-z0-9-]{1,40}_[0-9a-z]{1,12}\.csv\.gz", name, re.ASCII):
        raise ValueError(f"{name[:80]!r} is not the name of a file of a tape")
    if kind not in HEADERS or (kind == CANDLES and interval_ms not in INTERVAL_NAMES):
        raise ValueError(f"{name} is of no known kind")
    return TapeFile(
        name, kind, str(entry["symbol"]), interval_ms, int(entry["rowsCount"]), str(entry["sha256"])
    )


def verify(folder: Path, manifest: Manifest) -> None:
    """Check every file against its digest; raises InvalidInput (RECORDING_CHANGED) naming the first that differs."""
    for file in manifest.files:
        path = folder / file.name
        if not path.is_file():
            raise InvalidInput(f"Recording {folder.name} lacks {file.name}.", code="RECORDING_CHANGED")
        if _digest(path) != file.sha256:
            raise InvalidInput(
                f"Recording {folder.name}: {file.name} is not as it was written (its SHA-256 differs).",
                code="RECORDING_CHANGED",
            )
