"""Strict parsing of DefiLlama's answers; a body of another shape is refused whole as schema drift.

A figure that is null comes out as None and a negative one as it is: the service refuses those one by one.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from fractions import Fraction

from apps.core.errors import AdapterError, AdapterFault
from apps.core.moments import EPOCH
from apps.market.types import CapitalMetric, CapitalTick, SubjectKind

EARLIEST_SECONDS, LATEST_SECONDS = 1_262_304_000, 4_102_444_800
"""2010 and 2100: a date outside is in other units."""
MAX_ROWS = 20_000
DAY = timedelta(days=1)


def day_of(at: datetime) -> datetime:
    """Return the start of a moment's UTC day."""
    return EPOCH + (at - EPOCH) // DAY * DAY


def _refuse(what: str) -> AdapterError:
    return AdapterError(f"DefiLlama: {what}", transient=False, fault=AdapterFault.SCHEMA_DRIFT)


def _list(value: object, what: str) -> list[object]:
    if not isinstance(value, list) or len(value) > MAX_ROWS:
        raise _refuse(f"{what} is not a list of at most {MAX_ROWS}")
    return value


def _dict(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _refuse(f"{what} is not an object")
    return value


def usd(value: object, what: str) -> int | None:
    """Return dollars as micro-dollars, exactly the digits that were sent, rounded half-even; null is None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refuse(f"{what} is not a number")
    # The shortest text that reads back as this float is what the source wrote: no binary noise comes in.
    return round(Fraction(repr(value)) * 1_000_000)


def seconds(value: object) -> datetime:
    """Return a UNIX time in seconds, a number or its digits as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refuse("a date is not in seconds")
    if not EARLIEST_SECONDS <= value < LATEST_SECONDS:
        raise _refuse(f"a date is far from now: {str(value)[:40]}")
    return EPOCH + timedelta(seconds=value)


def _pegged(value: object, what: str) -> int | None:
    """The sum over all pegs of a {peg: dollars} object, None for an empty one."""
    amounts = [usd(amount, what) for amount in _dict(value, what).values()]
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value or len(value) > 120 or not value.isprintable():
        raise _refuse(f"{what} is not a name")
    return value


def _chart(
    rows: list[tuple[datetime, int | None]],
    like: CapitalTick,
    *,
    since: datetime,
) -> list[CapitalTick]:
    """One figure a day from `since` on, stamped at its day; the last of a day counts, that of today is provisional."""
    today = day_of(like.at)
    by_day: dict[datetime, CapitalTick] = {}
    for at, value in sorted(rows, key=lambda row: row[0]):
        day = day_of(at)
        if day > today + DAY:
            raise _refuse("a date lies ahead")
        if since <= day <= today:
            by_day[day] = like._replace(at=day, value_micros=value, is_provisional=day == today)
    if not by_day:
        raise _refuse(f"the chart of {like.subject} has no day since {since:%Y-%m-%d}")
    return list(by_day.values())


def tvl_chart(body: object, *, like: CapitalTick, since: datetime) -> list[CapitalTick]:
    """Return the daily figures of a chain-TVL chart since a day, ascending; `like` says whose, asked at its `at`."""
    rows = [_dict(row, "a point") for row in _list(body, "the TVL chart")]
    return _chart([(seconds(row.get("date")), usd(row.get("tvl"), "tvl")) for row in rows], like, since=since)


def protocol_chart(body: object, *, like: CapitalTick, since: datetime) -> list[CapitalTick]:
    """Return the daily figures of a protocol since a day, ascending."""
    found = _list(_dict(body, "the protocol").get("tvl"), "the protocol's tvl")
    rows = [_dict(row, "a point") for row in found]
    key = "totalLiquidityUSD"
    return _chart([(seconds(row.get("date")), usd(row.get(key), key)) for row in rows], like, since=since)


def stablecoin_chart(body: object, *, like: CapitalTick, since: datetime) -> list[CapitalTick]:
    """Return the daily stablecoin supply in dollars since a day, ascending."""
    rows = [_dict(row, "a point") for row in _list(body, "the stablecoin chart")]
    key = "totalCirculatingUSD"
    return _chart([(seconds(row.get("date")), _pegged(row.get(key), key)) for row in rows], like, since=since)


def chains(body: object, *, names: Collection[str], at: datetime) -> list[CapitalTick]:
    """Return the value locked of the named chains now; one that the answer lacks has none."""
    found = {}
    for entry in _list(body, "the list of chains"):
        row = _dict(entry, "a chain")
        found[_text(row.get("name"), "a chain's name")] = row.get("tvl")
    values = {name: usd(found.get(name), "tvl") for name in names}
    return [_now(CapitalMetric.TVL, SubjectKind.CHAIN, name, at, value) for name, value in values.items()]


def stablecoin_chains(body: object, *, names: Collection[str], at: datetime) -> list[CapitalTick]:
    """Return the stablecoin supply of the named chains now, in dollars."""
    found: dict[str, int | None] = dict.fromkeys(names)
    for entry in _list(body, "the list of chains"):
        row = _dict(entry, "a chain")
        name = _text(row.get("name"), "a chain's name")
        if name in found:
            found[name] = _pegged(row.get("totalCirculatingUSD"), "totalCirculatingUSD")
    metric = CapitalMetric.STABLECOIN_SUPPLY
    return [_now(metric, SubjectKind.CHAIN, name, at, value) for name, value in found.items()]


def stablecoins(body: object, *, symbols: Collection[str], at: datetime) -> list[CapitalTick]:
    """Return the supply of the named coins pegged to the dollar, one unit counted as one dollar.

    Of two coins with one symbol the larger counts.
    """
    found: dict[str, int | None] = dict.fromkeys(symbols)
    for entry in _list(_dict(body, "stablecoins").get("peggedAssets"), "peggedAssets"):
        row = _dict(entry, "a stablecoin")
        symbol = _text(row.get("symbol"), "a stablecoin's symbol")
        if symbol in found and row.get("pegType") == "peggedUSD":
            supply = usd(_dict(row.get("circulating"), "circulating").get("peggedUSD"), "peggedUSD")
            found[symbol] = max(
                (amount for amount in (found[symbol], supply) if amount is not None), default=None
            )
    metric = CapitalMetric.STABLECOIN_SUPPLY
    return [_now(metric, SubjectKind.STABLECOIN, name, at, value) for name, value in found.items()]


def protocol_tvl(body: object, *, slug: str, at: datetime) -> list[CapitalTick]:
    """Return a protocol's value locked now, from a bare number."""
    return [_now(CapitalMetric.TVL, SubjectKind.PROTOCOL, slug, at, usd(body, "tvl"))]


def overview(
    body: object, *, metric: CapitalMetric, kind: SubjectKind, subject: str, at: datetime
) -> list[CapitalTick]:
    """Return the total of an overview: the last 24 hours, for open interest the present level."""
    total = usd(_dict(body, "the overview").get("total24h"), "total24h")
    return [_now(metric, kind, subject, at, total)]


def overview_chains(body: object) -> frozenset[str]:
    """Return the chains that an overview of everything covers."""
    names = _list(_dict(body, "the overview").get("allChains"), "allChains")
    return frozenset(_text(name, "a chain's name") for name in names)


def _now(
    metric: CapitalMetric, kind: SubjectKind, subject: str, at: datetime, value: int | None
) -> CapitalTick:
    return CapitalTick(metric, kind, subject, day_of(at), value, is_provisional=True)
