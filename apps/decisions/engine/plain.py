"""Facts as plain JSON values and back again: field by field, tuples as lists.

A field that came later is left out where a fact has none, so that packets from before it keep their documents and digests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from apps.decisions.engine.stream_facts import (
    BookFact,
    CandleFact,
    CapitalFact,
    CostFact,
    DepthFact,
    FundingFact,
    IndicatorFact,
    LiquidityFact,
    MissingFact,
    PositioningFact,
    PredictionFact,
    StreamFacts,
    VolatilityFact,
)
from apps.decisions.engine.truth import AccountTruth, ExitTruth, FillTruth, PositionTruth

_WITHIN: Mapping[type, Mapping[str, type]] = {
    StreamFacts: {
        "funding": FundingFact,
        "candles": CandleFact,
        "indicators": IndicatorFact,
        "volatility": VolatilityFact,
        "positioning": PositioningFact,
        "order_book": BookFact,
        "liquidity": LiquidityFact,
        "predictions": PredictionFact,
        "capital": CapitalFact,
        "missing": MissingFact,
    },
    LiquidityFact: {"depths": DepthFact, "costs": CostFact},
    AccountTruth: {"positions": PositionTruth, "exits": ExitTruth, "fills": FillTruth},
}
"""Which facts stand within which, by field."""
_LATER: Mapping[type, frozenset[str]] = {
    BookFact: frozenset({"size_decimals"}),
    PositionTruth: frozenset({"own_funding_micros"}),
}
"""Fields that came after the first packets were sealed; each is None by default."""
_LATER_NAMES = frozenset().union(*_LATER.values())

_ATOMS = frozenset({int, str, bool, type(None)})
_NAMES: dict[type, tuple[str, ...]] = {}
"""The fields of every kind of fact met so far: asking for them each time costs more than reading them."""


def to_plain(fact: Any) -> dict[str, Any]:
    """The fact's fields by name, what stands within it alike."""
    names = _NAMES.get(type(fact))
    if names is None:
        names = _NAMES[type(fact)] = tuple(field.name for field in fields(fact))
    told = {
        name: value if type(value) in _ATOMS else _plain(value)
        for name, value in zip(names, map(fact.__getattribute__, names), strict=True)
    }
    for name in _LATER.get(type(fact), ()):
        if told[name] is None:
            del told[name]
    return told


def as_before(made: Any, told: Any) -> Any:
    """The plain value `made` without later fields that `told`, its like from another time, does not have."""
    if isinstance(made, Mapping) and isinstance(told, Mapping):
        names = [name for name in made if name in told or name not in _LATER_NAMES]
        return {name: as_before(made[name], told.get(name)) for name in names}
    if isinstance(made, list) and isinstance(told, list):
        return [as_before(one, told[place] if place < len(told) else None) for place, one in enumerate(made)]
    return made


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int | str):
        return value
    if not isinstance(value, tuple):
        return to_plain(value)
    if value and type(value[0]) in _ATOMS:
        return list(value)
    return [_plain(item) for item in value]


def from_plain(kind: type, document: Mapping[str, Any]) -> Any:
    """The fact of that kind whose fields these are; raises TypeError where they are not."""
    within = _WITHIN.get(kind, {})
    return kind(**{name: _value(within.get(name), value) for name, value in document.items()})


def _value(kind: type | None, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_value(kind, item) for item in value)
    if isinstance(value, Mapping) and kind is not None:
        return from_plain(kind, value)
    return value
