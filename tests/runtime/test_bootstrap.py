"""The environment is prepared from what the machine says, once, and redone after an interruption."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pumpparty import bootstrap

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with a pip configuration and no client variables."""
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "nowhere"))
    (tmp_path / ".config" / "pip").mkdir(parents=True)
    return tmp_path


def test_pip_configuration_reaches_uv_and_missing_places_are_dropped(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels = bare / "wheels"
    wheels.mkdir()
    (bare / ".config" / "pip" / "pip.conf").write_text(
        f"[global]\nindex-url = https://index.invalid/simple\nfind-links = {wheels} {bare}/absent\n"
        f"[install]\nextra-index-url = file://{wheels} file://{bare}/gone https://more.invalid/simple\n"
    )
    environment = bootstrap.client_environment()
    assert environment["UV_DEFAULT_INDEX"] == "https://index.invalid/simple"
    assert environment["UV_FIND_LINKS"] == str(wheels)
    assert environment["UV_INDEX"] == f"file://{wheels} https://more.invalid/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "https://nearer.invalid/simple")
    assert bootstrap.client_environment()["UV_DEFAULT_INDEX"] == "https://nearer.invalid/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.invalid/simple")
    assert bootstrap.client_environment()["UV_DEFAULT_INDEX"] == "https://uv.invalid/simple"


def test_without_configuration_no_index_is_named(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    environment = bootstrap.client_environment()
    assert not {"UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS"} & set(environment)


def test_only_a_complete_environment_of_this_lock_is_ready(tmp_path: Path) -> None:
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    digest = bootstrap.lock_digest(ROOT)
    assert not bootstrap.is_ready(venv, digest)
    (venv / bootstrap.STAMP).write_text(digest)
    assert bootstrap.is_ready(venv, digest)
    assert not bootstrap.is_ready(venv, "another lock")


def test_an_interrupted_set_up_is_thrown_away_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "half-installed").touch()
    (venv / bootstrap.UNFINISHED).touch()

    def install(project: Path, target: Path) -> None:
        assert not (target / "half-installed").exists()
        (target / "bin").mkdir(parents=True)
        (target / "bin" / "python").touch()
        (target / bootstrap.UNFINISHED).touch()

    monkeypatch.setattr(bootstrap, "_with_uv_on_path", install)
    bootstrap.prepare(tmp_path, venv, "digest")
    assert bootstrap.is_ready(venv, "digest")
    assert not (venv / bootstrap.UNFINISHED).exists()


def test_where_nothing_works_one_line_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(project: Path, target: Path) -> None:
        raise bootstrap.SetupFailed("the line is down")

    for way in ("_with_uv_on_path", "_with_fetched_uv", "_with_pip_alone"):
        monkeypatch.setattr(bootstrap, way, fail)
    with pytest.raises(SystemExit) as exit_:
        bootstrap.prepare(tmp_path, tmp_path / ".venv", "digest")
    assert "the line is down" in str(exit_.value)
    assert "\n" not in str(exit_.value)
    assert not bootstrap.is_ready(tmp_path / ".venv", "digest")


def test_it_steps_inside_the_environment(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "lock.txt").write_text("")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\necho "inside $@"\n')
    python.chmod(0o755)
    digest = bootstrap.lock_digest(tmp_path)
    (tmp_path / ".venv" / bootstrap.STAMP).write_text(digest)
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from pumpparty import bootstrap; "
    code += f"bootstrap.enter({str(tmp_path)!r}, ['manage.py', 'hello'])"
    environment = {name: value for name, value in os.environ.items() if name != bootstrap.OPT_OUT}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout == "inside manage.py hello\n"
