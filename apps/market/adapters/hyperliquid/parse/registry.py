"""The venue's universe: its contracts in their order, with margin tiers."""

from apps.core.errors import AdapterError
from apps.exchange.types import Instrument, MarginTier
from apps.market.adapters.contracts import units_of
from apps.market.adapters.hyperliquid.parse.reading import as_dict, as_list, as_name, drift, readable, refusal
from apps.market.adapters.numbers import scaled, whole
from apps.market.types import Listing

SINGLE_TIER_TABLES_BELOW = 50
MOST_DECIMALS = 6
HIGHEST_LEVERAGE = 1_000
LONGEST_MARGIN_MODE = 24
Tables = dict[int, tuple[MarginTier, ...]]


def names(body: object) -> list[str | None]:
    """Return the names of a `meta` answer in the venue's order, None for an unreadable one.

    Raises AdapterError for a name that stands twice, and when no name can be read.
    """
    places: list[str | None] = []
    for entry in _universe(as_dict(body, "meta")):
        try:
            places.append(as_name(as_dict(entry, "an asset").get("name"), "an asset's name"))
        except AdapterError:
            places.append(None)
    known = [name for name in places if name is not None]
    if places and not known:
        raise drift("no asset has a name")
    if len(set(known)) != len(known):
        raise refusal("universe names an asset twice")
    return places


def meta(body: object, *, rejected: list[str] | None = None) -> list[Listing]:
    """Return the contracts of a `meta` answer in the venue's order, delisted ones included.

    The place in the universe is the asset id, so an unreadable contract leaves its place empty.
    """
    names(body)
    document = as_dict(body, "meta")
    tables = _margin_tables(document.get("marginTables"))
    return readable(
        list(enumerate(_universe(document))),
        lambda entry: _listing(entry, tables),
        what="contract",
        rejected=rejected,
    )


def _universe(document: dict[str, object]) -> list[object]:
    return as_list(document.get("universe"), "universe")


def _listing(entry: tuple[int, object], tables: Tables) -> Listing:
    place, asset = entry[0], as_dict(entry[1], "an asset")
    name = as_name(asset.get("name"), "an asset's name")
    leverage = whole(asset.get("maxLeverage"), low=1, high=HIGHEST_LEVERAGE)
    mode = asset.get("marginMode")
    if mode is not None and len(as_name(mode, "a margin mode")) > LONGEST_MARGIN_MODE:
        raise drift("a margin mode is not a word")
    instrument = Instrument(
        symbol=name,
        size_decimals=whole(asset.get("szDecimals"), high=MOST_DECIMALS),
        max_leverage=leverage,
        tiers=_tiers(asset.get("marginTableId"), leverage, tables),
        is_delisted=_flag(asset, "isDelisted"),
        only_isolated=_flag(asset, "onlyIsolated") or mode is not None,
    )
    return Listing(
        instrument, venue_index=place, units_per_contract=units_of(name), margin_mode=str(mode or "")
    )


def _flag(asset: dict[str, object], key: str) -> bool:
    value = asset.get(key, False)
    if not isinstance(value, bool):
        raise drift(f"{key} is neither true nor false")
    return value


def _margin_tables(value: object) -> Tables:
    tables: Tables = {}
    for entry in as_list([] if value is None else value, "marginTables"):
        pair = as_list(entry, "a margin table")
        if len(pair) != 2:
            raise drift("a margin table is not a pair")
        listed = as_list(as_dict(pair[1], "a margin table").get("marginTiers"), "marginTiers")
        tiers = tuple(_tier(as_dict(tier, "a margin tier")) for tier in listed)
        bounds = [tier.lower_bound_micros for tier in tiers]
        if not bounds or bounds[0] != 0 or bounds != sorted(set(bounds)):
            raise refusal("margin tiers do not ascend from zero")
        tables[whole(pair[0])] = tiers
    return tables


def _tier(tier: dict[str, object]) -> MarginTier:
    leverage = whole(tier.get("maxLeverage"), low=1, high=HIGHEST_LEVERAGE)
    return MarginTier(scaled(tier.get("lowerBound"), 6), leverage)


def _tiers(table: object, leverage: int, tables: Tables) -> tuple[MarginTier, ...]:
    if table is None:
        return (MarginTier(0, leverage),)
    number = whole(table)
    if number in tables:
        return tables[number]
    if 0 < number < SINGLE_TIER_TABLES_BELOW:
        return (MarginTier(0, number),)
    if tables:
        raise refusal(f"margin table {number} is not in the answer")
    return (MarginTier(0, leverage),)
