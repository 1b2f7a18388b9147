"""What an engine that reads streams is given beside prices, account and limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.clones import queries as clones
from apps.clones.graph.types import StreamUse
from apps.decisions.engine.types import AccountTruth

if TYPE_CHECKING:
    from apps.clones.models import StrategyVersion


@dataclass(frozen=True, slots=True)
class Reading:
    """The strategy's streams of the asset and how much each matters, the strength of the model that is asked, and how to
    read the account's books where somebody keeps them.
    """

    uses: tuple[StreamUse, ...]
    strength: str
    truth: Callable[[], AccountTruth] | None = None


def find_reading(
    version: StrategyVersion, symbol: str, truth: Callable[[], AccountTruth] | None = None
) -> Reading:
    """What the version lets a model read about the asset."""
    uses = {asset.symbol: asset.streams for asset in clones.compiled(version).assets}.get(symbol, ())
    return Reading(uses, clones.model_strength(version), truth)
