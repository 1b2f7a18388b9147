"""What is wrong with a graph, and at which node."""


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
