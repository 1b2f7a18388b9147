"""From a graph document to a compiled strategy: expansion, claims and orphans."""

from collections.abc import Mapping

from apps.clones.graph.errors import GraphInvalid
from apps.clones.graph.streams import STREAMS, expand
from apps.clones.graph.types import (
    COMPILER_VERSION,
    MODES,
    CompiledAsset,
    CompiledPrompt,
    CompiledStrategy,
    StreamUse,
)
from apps.clones.graph.validate import Node, Topology, read

_STREAM_ORDER = {key: position for position, key in enumerate(STREAMS)}


def compile_document(document: object) -> CompiledStrategy:
    """Compile and validate a graph document; raises GraphInvalid with the path of the first fault.

    The result does not depend on the order of nodes or edges. Limits of an entitlement are not checked here.
    """
    topology = read(document)
    for kind in ("asset", "trading_prompt"):
        if not topology.of_kind(kind):
            raise GraphInvalid("nodes", f"holds no {kind}")
    _refuse_orphans(topology)
    claims = _claims(topology)
    assets = _assets(topology)
    return CompiledStrategy(
        compiler=COMPILER_VERSION,
        assets=tuple(assets[symbol] for symbol in sorted(assets)),
        prompts=tuple(
            _prompt(node, claims[node.id], assets)
            for node in sorted(topology.of_kind("trading_prompt"), key=lambda node: node.id)
        ),
    )


def _refuse_orphans(topology: Topology) -> None:
    sources = {source for source, _ in topology.edges}
    targets = {target for _, target in topology.edges}
    for node in topology.nodes:
        if node.kind != "trading_prompt" and node.id not in sources:
            wanted = "asset" if node.kind == "data_stream" else "trading prompt"
            raise GraphInvalid(node.path, f"{node.id!r} leads to no {wanted}")
        if node.kind != "data_stream" and node.id not in targets:
            wanted = "data stream" if node.kind == "asset" else "asset"
            raise GraphInvalid(node.path, f"{node.id!r} is fed by no {wanted}")


def _claims(topology: Topology) -> dict[str, tuple[str, ...]]:
    """Return the active symbols of each prompt; exactly one enabled prompt must claim each."""
    nodes = {node.id: node for node in topology.nodes}
    claims: dict[str, list[str]] = {node.id: [] for node in topology.of_kind("trading_prompt")}
    owners: dict[str, list[str]] = {node.id: [] for node in topology.of_kind("asset")}
    for source, target in topology.edges:
        if nodes[source].kind == "asset" and nodes[source].values.get("active", True):
            claims[target].append(nodes[source].values["symbol"])
            if nodes[target].values.get("enabled", True):
                owners[source].append(target)
    for asset in topology.of_kind("asset"):
        count = len(owners[asset.id])
        if asset.values.get("active", True) and count != 1:
            found = "no enabled prompt" if count == 0 else f"{count} enabled prompts"
            raise GraphInvalid(
                asset.path, f"{asset.id!r} is active and claimed by {found}, not by exactly one"
            )
    for prompt in topology.of_kind("trading_prompt"):
        if prompt.values.get("enabled", True) and not claims[prompt.id]:
            raise GraphInvalid(prompt.path, f"{prompt.id!r} is enabled and has no active asset")
    return {prompt_id: tuple(sorted(symbols)) for prompt_id, symbols in claims.items()}


def _assets(topology: Topology) -> dict[str, CompiledAsset]:
    nodes = {node.id: node for node in topology.nodes}
    modes: dict[str, dict[str, str]] = {node.id: {} for node in topology.of_kind("asset")}
    for source, target in topology.edges:
        if nodes[source].kind == "data_stream":
            _merge(modes[target], nodes[source])
    assets: dict[str, CompiledAsset] = {}
    for node in topology.of_kind("asset"):
        symbol, active = node.values["symbol"], node.values.get("active", True)
        if symbol in assets:
            raise GraphInvalid(f"{node.path}.symbol", f"{symbol!r} already stands in another node")
        if active and not modes[node.id]:
            raise GraphInvalid(node.path, f"{node.id!r} is active and every data stream of it is off")
        streams = sorted(modes[node.id].items(), key=lambda item: _STREAM_ORDER[item[0]])
        assets[symbol] = CompiledAsset(symbol, active, tuple(StreamUse(key, mode) for key, mode in streams))
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
        enabled=node.values.get("enabled", True),
        behaviour=node.values.get("behaviour", ""),
        assets=symbols,
        streams={symbol: tuple(use.stream for use in assets[symbol].streams) for symbol in symbols},
    )
