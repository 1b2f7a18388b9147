"""From a graph document to a compiled strategy, or to everything that is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.clones.graph.errors import Faults, GraphFault
from apps.clones.graph.limits import Usage, exceeded, usage
from apps.clones.graph.streams import STREAMS, expand
from apps.clones.graph.texts import SecretInText, secret_faults
from apps.clones.graph.topology import Node, Topology, judge
from apps.clones.graph.types import (
    COMPILER_VERSION,
    MODES,
    CompiledAsset,
    CompiledPrompt,
    CompiledStrategy,
    StreamUse,
    Wakes,
)
from apps.clones.graph.validate import read

_STREAM_ORDER = {key: position for position, key in enumerate(STREAMS)}


def compile_document(document: object) -> CompiledStrategy:
    """Compile and validate a graph document; raises GraphInvalid with the path of the first fault.

    The result does not depend on the order of nodes or edges. Limits of an entitlement are not checked here.
    """
    faults = Faults()
    topology = _judged(document, faults)
    faults.raise_first()
    assert topology is not None  # a document whose structure is hidden has a fault
    return _build(topology)


@dataclass(frozen=True, slots=True)
class Review:
    """All there is to say about a document: its faults, and what it compiles to and uses where it compiles."""

    faults: tuple[GraphFault, ...]
    usage: tuple[Usage, ...]
    compiled: CompiledStrategy | None

    @property
    def ok(self) -> bool:
        """Whether the document could be published."""
        return not self.faults


def review(document: object, *, tier: str | None = None) -> Review:
    """Name every fault of a document (the first hundred) in the order of the checks, instead of raising one.

    With `tier` a sound strategy is also measured against that tier's limits; KeyError for an unknown tier.
    """
    faults = Faults()
    topology = _judged(document, faults)
    if topology is None or faults:
        return Review(tuple(faults.found), (), None)
    strategy = _build(topology)
    beyond = exceeded(strategy, tier=tier) if tier is not None else []
    return Review((*secret_faults(topology), *beyond), usage(strategy, tier), strategy)


def refuse_secrets(document: object) -> None:
    """Raise SecretInText for a document that compiles and whose words hold what looks like a secret.

    It is no part of compiling: what was published is compiled again for ever, and what looks like a secret may change.
    """
    topology = _judged(document, Faults())
    for fault in secret_faults(topology) if topology is not None else ():
        raise SecretInText(fault.path, fault.message)


def check(document: object, *, tier: str | None = None) -> tuple[GraphFault, ...]:
    """The faults of a document alone; none means that it compiles, within `tier` where one is named."""
    return review(document, tier=tier).faults


def _judged(document: object, faults: Faults) -> Topology | None:
    topology = read(document, faults)
    if topology is not None:
        judge(topology, faults)
    return topology


def _build(topology: Topology) -> CompiledStrategy:
    """The compiled form of a topology without faults."""
    assets = _assets(topology)
    claims = _claims(topology)
    return CompiledStrategy(
        compiler=COMPILER_VERSION,
        assets=tuple(assets[symbol] for symbol in sorted(assets)),
        prompts=tuple(
            _prompt(node, tuple(sorted(claims[node.id])), assets)
            for node in sorted(topology.of_kind("trading_prompt"), key=lambda node: node.id)
        ),
    )


def _claims(topology: Topology) -> dict[str, list[str]]:
    """The active symbols of each prompt."""
    nodes = {node.id: node for node in topology.nodes}
    claims: dict[str, list[str]] = {node.id: [] for node in topology.of_kind("trading_prompt")}
    for source, target in topology.edges:
        if nodes[source].kind == "asset" and nodes[source].is_on("active"):
            claims[target].append(nodes[source].values["symbol"])
    return claims


def _assets(topology: Topology) -> dict[str, CompiledAsset]:
    nodes = {node.id: node for node in topology.nodes}
    modes: dict[str, dict[str, str]] = {node.id: {} for node in topology.of_kind("asset")}
    for source, target in topology.edges:
        if nodes[source].kind == "data_stream":
            _merge(modes[target], nodes[source])
    assets: dict[str, CompiledAsset] = {}
    for node in topology.of_kind("asset"):
        streams = sorted(modes[node.id].items(), key=lambda item: _STREAM_ORDER[item[0]])
        uses = tuple(StreamUse(key, mode) for key, mode in streams)
        assets[node.values["symbol"]] = CompiledAsset(node.values["symbol"], node.is_on("active"), uses)
    return assets


def _merge(modes: dict[str, str], node: Node) -> None:
    """Add a stream node's expansion to an asset's modes; the stronger mode of a stream named twice wins."""
    mode = node.values.get("mode", "auto")
    if mode == "off":
        return
    for stream in expand(node.values["stream"]):
        known = modes.get(stream, mode)
        modes[stream] = max(known, mode, key=MODES.index)


def _prompt(node: Node, symbols: tuple[str, ...], assets: Mapping[str, CompiledAsset]) -> CompiledPrompt:
    return CompiledPrompt(
        key=node.id,
        name=node.values.get("name", "Prompt"),
        engine=node.values["engine"],
        strategy=node.values.get("strategy", ""),
        cadence_minutes=node.values["cadenceMinutes"],
        enabled=node.is_on("enabled"),
        behaviour=node.values.get("behaviour", ""),
        assets=symbols,
        streams={symbol: tuple(use.stream for use in assets[symbol].streams) for symbol in symbols},
        wakes=Wakes.from_document(node.values.get("wakes", {})),
    )
