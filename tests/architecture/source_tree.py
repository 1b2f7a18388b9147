"""Reads the project's own source as syntax trees, for the architecture tests."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ROOT / "apps"

# The rows of docs/architecture.md, lowest first; an app may look at rows below its own.
ROWS: tuple[frozenset[str], ...] = (
    frozenset({"core"}),
    frozenset({"operations", "exchange"}),
    frozenset({"users", "market"}),
    frozenset({"clones", "terminal"}),
    frozenset({"decisions"}),
    frozenset({"trading", "backtests"}),
    frozenset({"competition"}),
    frozenset({"economy"}),
    frozenset({"console", "web"}),
)


def row_of(app: str) -> int:
    """The row in which `app` stands; KeyError for an app that has no place."""
    for number, row in enumerate(ROWS):
        if app in row:
            return number
    raise KeyError(app)


def modules(*, below: Path = APPS, migrations: bool = False) -> Iterator[Path]:
    """Every Python file of the product below a folder."""
    for path in sorted(below.rglob("*.py")):
        if migrations or "migrations" not in path.parts:
            yield path


def tree(path: Path) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[str]:
    """Every module name that a file imports when it runs, relative imports spelled out."""
    package = ".".join(path.relative_to(ROOT).with_suffix("").parts[:-1])
    parsed = tree(path)
    annotations_only = {
        id(inner)
        for node in ast.walk(parsed)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(parsed):
        if id(node) in annotations_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                base = ".".join(parts[: len(parts) - node.level + 1] + ([base] if base else []))
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of one file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
