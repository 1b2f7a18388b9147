"""What is wrong with a graph, and at which node: one fault, the list of them, and the error that carries the first."""

from dataclasses import dataclass

MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class GraphFault:
    """One thing wrong with a document: where (`nodes[3].cadenceMinutes`), a stable code, and a sentence."""

    path: str
    code: str
    message: str


class GraphInvalid(ValueError):
    """The document is no strategy; `path` points at the offending place, as in `nodes[3].cadenceMinutes`."""

    code = "GRAPH_INVALID"

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


class LimitExceeded(GraphInvalid):
    """The strategy is sound and uses more than its entitlement allows."""

    code = "ENTITLEMENT_EXCEEDED"


class Faults:
    """The faults of one document in the order they are met; only the first hundred are kept."""

    def __init__(self) -> None:
        self.found: list[GraphFault] = []

    def __bool__(self) -> bool:
        return bool(self.found)

    def add(self, path: str, code: str, message: str) -> None:
        """Note a fault."""
        if len(self.found) < MOST_FAULTS:
            self.found.append(GraphFault(path, code, message))

    def raise_first(self) -> None:
        """Raise GraphInvalid for the first fault, if there is one."""
        if self.found:
            raise GraphInvalid(self.found[0].path, self.found[0].message)
