"""How the nodes of a document hang together: orphans, claims and doubles, each noted at its node."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.clones.graph.errors import Faults


@dataclass(frozen=True, slots=True)
class Node:
    """A node with a readable identity, and the path at which it stands in its document."""

    id: str
    kind: str
    path: str
    values: Mapping[str, Any]

    def is_on(self, field: str) -> bool:
        """A flag that is true unless the document says otherwise."""
        return self.values.get(field, True) is not False


@dataclass(frozen=True, slots=True)
class Topology:
    """Nodes in their order, and edges as (from, to) pairs of node ids."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]

    def of_kind(self, kind: str) -> tuple[Node, ...]:
        """Return the nodes of one kind, in the document's order."""
        return tuple(node for node in self.nodes if node.kind == kind)


def judge(topology: Topology, faults: Faults) -> None:
    """Note what is wrong with the way the nodes hang together."""
    for kind in ("asset", "trading_prompt"):
        if not topology.of_kind(kind):
            faults.add("nodes", "NODE_REQUIRED", f"holds no {kind}")
    _orphans(topology, faults)
    _claims(topology, faults)
    _assets(topology, faults)


def _orphans(topology: Topology, faults: Faults) -> None:
    sources = {source for source, _ in topology.edges}
    targets = {target for _, target in topology.edges}
    for node in topology.nodes:
        if node.kind != "trading_prompt" and node.id not in sources:
            wanted = "asset" if node.kind == "data_stream" else "trading prompt"
            faults.add(node.path, "ORPHAN", f"{node.id!r} leads to no {wanted}")
        if node.kind != "data_stream" and node.id not in targets:
            wanted = "data stream" if node.kind == "asset" else "asset"
            faults.add(node.path, "ORPHAN", f"{node.id!r} is fed by no {wanted}")


def _claims(topology: Topology, faults: Faults) -> None:
    """Exactly one enabled prompt must claim each active asset, and each enabled prompt must have one."""
    nodes = {node.id: node for node in topology.nodes}
    leading = [edge for edge in topology.edges if nodes[edge[0]].kind == "asset"]
    owners = Counter(source for source, target in leading if nodes[target].is_on("enabled"))
    fed = {target for source, target in leading if nodes[source].is_on("active")}
    linked = {target for _, target in leading}
    for asset in topology.of_kind("asset"):
        count = owners[asset.id]
        if asset.is_on("active") and count != 1:
            found = "no enabled prompt" if count == 0 else f"{count} enabled prompts"
            message = f"{asset.id!r} is active and claimed by {found}, not by exactly one"
            faults.add(asset.path, "CLAIM_INVALID", message)
    for prompt in topology.of_kind("trading_prompt"):
        if prompt.is_on("enabled") and prompt.id in linked and prompt.id not in fed:
            faults.add(prompt.path, "CLAIM_INVALID", f"{prompt.id!r} is enabled and has no active asset")


def _assets(topology: Topology, faults: Faults) -> None:
    """An asset stands in one node only, and an active one has at least one data stream that is not off."""
    nodes = {node.id: node for node in topology.nodes}
    feeds = [edge for edge in topology.edges if nodes[edge[0]].kind == "data_stream"]
    linked = {target for _, target in feeds}
    fed = {target for source, target in feeds if nodes[source].values.get("mode") != "off"}
    symbols: set[str] = set()
    for asset in topology.of_kind("asset"):
        symbol = str(asset.values.get("symbol", ""))
        if symbol in symbols:
            faults.add(f"{asset.path}.symbol", "DUPLICATE", f"{symbol!r} already stands in another node")
        symbols.add(symbol)
        if asset.is_on("active") and asset.id in linked and asset.id not in fed:
            faults.add(asset.path, "STREAM_REQUIRED", f"{asset.id!r} is active and every data stream is off")
