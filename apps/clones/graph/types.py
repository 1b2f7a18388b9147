"""A compiled strategy: what decisions read, as frozen values that survive JSON unchanged."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COMPILER_VERSION = "graph-2"
"""Told by every compilation; another one where the same document may compile to something else."""

MODES = ("off", "auto", "standard", "required")
"""How much a stream matters, weakest first.

`off` compiles to nothing; `auto` is left out while it is stale, `standard` is told with its age; without a fresh
`required` one nothing is decided.
"""

ENGINES = ("rules", "noop", "model")
RULE_STRATEGIES = ("trend", "mean_reversion", "breakout")


@dataclass(frozen=True, slots=True)
class StreamUse:
    """One expanded data link: a stream of an asset and how much it matters."""

    stream: str
    mode: str


@dataclass(frozen=True, slots=True)
class CompiledAsset:
    """One asset with its expanded data links; an inactive asset is kept and never traded."""

    symbol: str
    active: bool
    streams: tuple[StreamUse, ...]


@dataclass(frozen=True, slots=True)
class Wakes:
    """What lets a prompt decide about one of its assets before its cadence; a move of 0 bps asks for none."""

    price_move_bps: int = 0
    stop_hit: bool = False
    new_market: bool = False

    def __bool__(self) -> bool:
        """Whether anything wakes the prompt."""
        return bool(self.price_move_bps or self.stop_hit or self.new_market)

    def to_document(self) -> dict[str, Any]:
        """Plain JSON values under the names of the graph document."""
        return {
            "priceMoveBps": self.price_move_bps,
            "stopHit": self.stop_hit,
            "newMarket": self.new_market,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Wakes":
        """The wakes of a sound document, in which each may be left out."""
        return cls(
            price_move_bps=document.get("priceMoveBps", 0),
            stop_hit=document.get("stopHit", False),
            new_market=document.get("newMarket", False),
        )


NO_WAKES = Wakes()


@dataclass(frozen=True, slots=True)
class CompiledPrompt:
    """One trading prompt: who decides, how often, and about which active assets (symbols, sorted)."""

    key: str
    name: str
    engine: str
    strategy: str
    cadence_minutes: int
    enabled: bool
    behaviour: str
    assets: tuple[str, ...]
    streams: Mapping[str, tuple[str, ...]]
    wakes: Wakes = NO_WAKES

    def to_document(self) -> dict[str, Any]:
        """Plain JSON values; a prompt that asks for no wakes is written as before there were any."""
        return {
            "key": self.key,
            "name": self.name,
            "engine": self.engine,
            "strategy": self.strategy,
            "cadenceMinutes": self.cadence_minutes,
            "enabled": self.enabled,
            "behaviour": self.behaviour,
            "assets": list(self.assets),
            "streams": {symbol: list(keys) for symbol, keys in self.streams.items()},
            **({"wakes": self.wakes.to_document()} if self.wakes else {}),
        }


@dataclass(frozen=True, slots=True)
class CompiledStrategy:
    """A whole strategy; the same document always compiles to the same value."""

    compiler: str
    assets: tuple[CompiledAsset, ...]
    prompts: tuple[CompiledPrompt, ...]

    @property
    def active_assets(self) -> tuple[str, ...]:
        """Symbols that some enabled prompt may trade."""
        return tuple(asset.symbol for asset in self.assets if asset.active)

    @property
    def enabled_prompts(self) -> tuple[CompiledPrompt, ...]:
        """The prompts that decide."""
        return tuple(prompt for prompt in self.prompts if prompt.enabled)

    @property
    def waking_prompts(self) -> tuple[CompiledPrompt, ...]:
        """The prompts that decide, and may be woken before their cadence."""
        return tuple(prompt for prompt in self.enabled_prompts if prompt.wakes)

    @property
    def expanded_links(self) -> int:
        """Data links of the active assets after expansion."""
        return sum(len(asset.streams) for asset in self.assets if asset.active)

    def prompt(self, key: str) -> CompiledPrompt:
        """Return the prompt of this key; raises KeyError when there is none."""
        for prompt in self.prompts:
            if prompt.key == key:
                return prompt
        raise KeyError(key)

    def streams_for(self, symbol: str) -> tuple[str, ...]:
        """Return the stream keys of an asset; an asset outside the strategy has none."""
        for asset in self.assets:
            if asset.symbol == symbol:
                return tuple(use.stream for use in asset.streams)
        return ()

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values: strings, whole numbers, booleans, lists and objects."""
        return {
            "compiler": self.compiler,
            "assets": [
                {
                    "symbol": asset.symbol,
                    "active": asset.active,
                    "streams": [{"stream": use.stream, "mode": use.mode} for use in asset.streams],
                }
                for asset in self.assets
            ],
            "prompts": [prompt.to_document() for prompt in self.prompts],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "CompiledStrategy":
        """Rebuild what `to_document` wrote; raises KeyError when the document is something else."""
        return cls(
            compiler=document["compiler"],
            assets=tuple(
                CompiledAsset(
                    symbol=asset["symbol"],
                    active=asset["active"],
                    streams=tuple(StreamUse(use["stream"], use["mode"]) for use in asset["streams"]),
                )
                for asset in document["assets"]
            ),
            prompts=tuple(
                CompiledPrompt(
                    key=prompt["key"],
                    name=prompt["name"],
                    engine=prompt["engine"],
                    strategy=prompt["strategy"],
                    cadence_minutes=prompt["cadenceMinutes"],
                    enabled=prompt["enabled"],
                    behaviour=prompt["behaviour"],
                    assets=tuple(prompt["assets"]),
                    streams={symbol: tuple(keys) for symbol, keys in sorted(prompt["streams"].items())},
                    wakes=Wakes.from_document(prompt.get("wakes", {})),
                )
                for prompt in document["prompts"]
            ),
        )
