"""An owner's words that no model may be shown: whatever in them looks like a key or a password, named by its place."""

from apps.clones.graph.errors import GraphFault, GraphInvalid
from apps.clones.graph.topology import Topology
from apps.core.secret_shapes import kinds

_TOLD = "behaviour"
"""The one text of a node that a prompt tells."""


class SecretInText(GraphInvalid):
    """The strategy is sound, and its words hold what looks like a secret."""

    code = "SECRET_IN_TEXT"


def secret_faults(topology: Topology) -> list[GraphFault]:
    """A fault for every text that seems to hold a secret; the secret itself is not repeated."""
    found = []
    for node in topology.nodes:
        for kind in kinds(str(node.values.get(_TOLD, "")))[:1]:
            name = str(node.values.get("name", "Prompt"))
            message = (
                f"the words of {name!r} hold what looks like a secret ({kind}), and a model reads them. "
                "Take it out; if it was real, replace it where it came from."
            )
            found.append(GraphFault(f"{node.path}.{_TOLD}", SecretInText.code, message))
    return found
