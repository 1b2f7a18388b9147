"""Building the islands: once per change, never half, and never in the way of a start."""

import shutil
import socket
import time
from pathlib import Path

import pytest

from pumpparty.runtime import frontend


@pytest.fixture
def place(tmp_path: Path) -> frontend.Islands:
    """A copy of the sources with an output of its own, and no packages."""
    own = frontend.islands()
    sources = tmp_path / "islands"
    shutil.copytree(own.sources, sources, ignore=shutil.ignore_patterns("node_modules"))
    output = tmp_path / "build" / "static" / "islands"
    output.mkdir(parents=True)
    return frontend.Islands(sources=sources, output=output)


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that nobody answers for."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{port}/")


@pytest.mark.usefixtures("unreachable")
def test_without_a_registry_the_start_goes_on_with_one_line(place: frontend.Islands) -> None:
    said: list[str] = []
    assert frontend.prepare(said.append, place=place) is False
    assert len(said) == 2
    assert (
        "were not built" in said[1]
        and "ECONNREFUSED" in said[1]
        and "build_frontend" in said[1]
        and "\n" not in said[1]
    )
    assert list(place.output.iterdir()) == []


@pytest.mark.usefixtures("unreachable")
def test_a_failed_build_leaves_the_earlier_output_as_it_was(place: frontend.Islands) -> None:
    (place.output / "equity-chart.js").write_text("earlier")
    assert frontend.prepare(lambda line: None, place=place) is False
    assert (place.output / "equity-chart.js").read_text() == "earlier"


def test_nothing_to_do_is_quick_and_silent(place: frontend.Islands) -> None:
    place.stamp.write_text(frontend.digest(place))
    said: list[str] = []
    started = time.perf_counter()
    assert frontend.prepare(said.append, place=place) is True
    assert time.perf_counter() - started < 0.5
    assert said == []


@pytest.mark.parametrize("name", ["editor/Card.tsx", "package-lock.json", "graph/catalogue.json"])
def test_a_changed_source_or_lock_asks_for_a_build(place: frontend.Islands, name: str) -> None:
    before = frontend.digest(place)
    path = place.sources / name
    path.write_text(path.read_text() + "\n")
    assert frontend.digest(place) != before


def test_a_build_replaces_the_output_and_drops_what_is_gone(place: frontend.Islands) -> None:
    packages = frontend.islands().sources / frontend.PACKAGES
    if not frontend.prepare(lambda line: None):
        pytest.skip("The npm packages cannot be fetched on this machine.")
    shutil.copytree(packages, place.sources / frontend.PACKAGES, symlinks=True)
    (place.output / "forgotten.js").write_text("old")
    frontend.build(lambda line: None, place=place)
    names = {path.name for path in place.output.iterdir()}
    assert {".stamp", *(entry.partition(".")[0] + ".js" for entry in frontend.ENTRIES)} <= names
    assert {"equity-chart.css", "strategy-graph.css"} <= names
    assert "forgotten.js" not in names
    assert place.stamp.read_text() == frontend.digest(place)
    assert list(place.output.parent.parent.iterdir()) == [place.output.parent]


def test_the_lock_names_no_address_and_no_machine() -> None:
    lock = (frontend.islands().sources / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    for platform in ("linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"):
        for stem in ("@esbuild/", "@biomejs/cli-", "@typescript/typescript-"):
            assert f'"node_modules/{stem}{platform}"' in lock
