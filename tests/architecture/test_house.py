"""What the import linter cannot say about the house: foreign keys, private modules, sizes, clocks, names."""

import ast
import statistics
from pathlib import Path

import pytest
from django.apps import apps as registry
from django.db.models import ForeignKey

from tests.architecture import source_tree as source

PUBLIC = {"services", "queries", "types", "engine", "graph"}
WIDE_OPEN = {"core", "operations", "exchange"}
# Leases alone are dated in real time, by operations.clock.real_now; no rule of the product reads it.
CLOCKS = {
    ("timezone", "now"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("clock", "now"),
}
AT_THE_DOOR = {
    "api",
    "admin",
    "cadences.py",
    "tasks.py",
    "management",
    "pages",
    "views.py",
    "live.py",
    "site.py",
}


def app_of(path: Path) -> str:
    return path.relative_to(source.APPS).parts[0]


def test_every_app_has_a_place_and_an_ownership_card() -> None:
    for folder in sorted(path for path in source.APPS.iterdir() if (path / "__init__.py").exists()):
        source.row_of(folder.name)
        card = folder / "README.md"
        assert card.exists(), f"{folder.name} has no ownership card"
        assert len(card.read_text().splitlines()) <= 40, f"{card} is longer than a card"


def test_foreign_keys_point_down() -> None:
    wrong = []
    for model in registry.get_models():
        if not model.__module__.startswith("apps."):
            continue
        for field in model._meta.get_fields():
            if isinstance(field, ForeignKey) and field.related_model.__module__.startswith("apps."):
                here, there = model._meta.app_label, field.related_model._meta.app_label
                if here != there and source.row_of(there) >= source.row_of(here):
                    wrong.append(f"{model.__name__}.{field.name} -> {there}")
    assert wrong == []


def test_nobody_reaches_into_the_private_modules_of_another_app() -> None:
    wrong = []
    for path in source.modules():
        here = app_of(path)
        for name in source.imports(path):
            parts = name.split(".")
            if parts[0] != "apps" or len(parts) < 3 or parts[1] == here or parts[1] in WIDE_OPEN:
                continue
            if parts[2] in PUBLIC or (parts[1], parts[2]) == ("users", "permissions"):
                continue
            wrong.append(f"{path.relative_to(source.ROOT)} imports {name}")
    assert wrong == []


def test_the_domain_reads_no_clock() -> None:
    wrong = []
    for path in source.modules():
        parts = path.relative_to(source.APPS).parts
        if parts[0] in {"core", "operations", "console", "web"} or AT_THE_DOOR & set(parts):
            continue
        for node in ast.walk(source.tree(path)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and (node.func.value.id, node.func.attr) in CLOCKS
            ):
                wrong.append(f"{path.relative_to(source.ROOT)}:{node.lineno}")
    assert wrong == []


def test_files_and_functions_stay_small() -> None:
    lines = {path: len(path.read_text().splitlines()) for path in source.modules()}
    assert [str(path) for path, count in lines.items() if count > 400] == []
    assert statistics.median(count for count in lines.values() if count > 1) <= 90
    lengths = {
        f"{path.relative_to(source.ROOT)}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in source.modules()
        for node in source.functions(path)
    }
    assert [name for name, length in lengths.items() if length > 60] == []


def test_doorways_stay_thin() -> None:
    wrong = []
    for path in source.modules():
        limit = {"tasks.py": 8, "cadences.py": 15}.get(path.name)
        if limit is None or app_of(path) == "operations":
            continue
        for node in source.functions(path):
            body = (node.end_lineno or node.lineno) - node.body[0].lineno + 1
            if body > limit:
                wrong.append(f"{path.relative_to(source.ROOT)}:{node.name} has {body} lines")
    assert wrong == []


@pytest.mark.parametrize("name", ["utils", "helpers", "misc", "common", "manager"])
def test_no_file_has_a_name_that_says_nothing(name: str) -> None:
    assert [str(path) for path in source.APPS.rglob(f"{name}*.py") if path.stem == name] == []


def test_every_module_opens_with_a_sentence() -> None:
    silent = [
        str(path.relative_to(source.ROOT))
        for below in (source.APPS, source.ROOT / "pumpparty")
        for path in source.modules(below=below)
        if path.read_text().strip() and ast.get_docstring(source.tree(path)) is None
    ]
    assert silent == []
