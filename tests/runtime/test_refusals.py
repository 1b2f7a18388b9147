"""What makes a start impossible gives one line that says what to do, and leaves the data alone."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pumpparty.runtime import ports
from pumpparty.runtime.datafolder import open_folder
from pumpparty.runtime.options import parse_early
from pumpparty.runtime.refusal import CannotStart

ROOT = Path(__file__).resolve().parents[2]


def up(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PUMPPARTY_NO_BOOTSTRAP": "1"}
    command = [sys.executable, str(ROOT / "manage.py"), "up", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60)


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = up("--data", str(tmp_path / "data"), "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "is in use" in done.stderr
    assert "--port" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--port", "99999"), "--port must be a whole number from 1 to 65535, not 99999"),
        (("--port", "0"), "--port must be a whole number from 1 to 65535, not 0"),
        (("--port",), "--port expected one argument"),
        (("--source", "crystal-ball"), "live, replay or synthetic"),
        (("--source", "replay"), "--recording"),
        (("--recording", "/nonexistent/candles"), "is not a folder"),
    ],
)
def test_an_impossible_option_is_one_line(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    done = up("--data", str(tmp_path / "data"), *arguments)
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--speed", "banana"], "--speed must be a whole number from 1 to 3600, not banana."),
        (["--speed", "0"], "--speed must be a whole number from 1 to 3600, not 0."),
        (["--speed", "nan"], "--speed must be a whole number from 1 to 3600, not nan."),
        (["--seed", "-1"], "--seed must be a whole number from 0 to 2147483648, not -1."),
        (["--seed", "9" * 40], f"--seed must be a whole number from 0 to 2147483648, not {'9' * 40}."),
        (["--port", "²"], "--port must be a whole number from 1 to 65535, not ²."),
        (["--smoke-timeout", "0"], "--smoke-timeout must be a whole number from 1 to 86400, not 0."),
        (["--bogus"], "Unrecognized arguments: --bogus."),
        (["--spee", "3"], "Unrecognized arguments: --spee 3."),
    ],
)
def test_what_the_command_line_cannot_mean_is_one_line(arguments: list[str], line: str) -> None:
    with pytest.raises(CannotStart) as caught:
        parse_early(arguments)
    assert str(caught.value) == f"{line} See `manage.py up --help`."


def test_the_command_line_is_read_with_djangos_own_options() -> None:
    options = parse_early(["--speed", "60", "--seed", "0", "--no-color", "--verbosity", "0"])
    assert (options.speed, options.seed, options.port) == (60, 0, 8000)


def test_a_second_start_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    first = open_folder(tmp_path / "data")
    with pytest.raises(CannotStart, match=f"already running.*{os.getpid()}"):
        open_folder(tmp_path / "data")
    os.close(first.lock)
    second = open_folder(tmp_path / "data")
    os.close(second.lock)


def test_the_key_is_private_and_survives(tmp_path: Path) -> None:
    folder = open_folder(tmp_path)
    key = folder.secret_key()
    assert len(key) >= 50
    assert folder.secret_key() == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    os.close(folder.lock)


def test_the_socket_path_fits_the_kernel_however_deep_the_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120) / "data"
    folder = open_folder(deep)
    path = folder.socket_path()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    path.unlink()
    assert folder.socket_path() == path
    path.parent.rmdir()
    os.close(folder.lock)


def test_a_free_port_is_free() -> None:
    ports.demand_free("127.0.0.1", ports.find_free("127.0.0.1"))


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="choose another with --data"):
        open_folder(tmp_path / "file")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PUMPPARTY_ARENA_SLOTS", "many", "whole number from 1 to 1000"),
        ("PUMPPARTY_PRODUCTION", "perhaps", "must be 1 or 0"),
        ("DATABASE_URL", "oracle://somewhere/db", "must start with postgres:// or sqlite:///"),
    ],
)
def test_an_impossible_setting_is_one_line(name: str, value: str, words: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, "PUMPPARTY_DATA": str(tmp_path / "data"), name: value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1
    assert words in lines[0]
