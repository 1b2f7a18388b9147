"""Prepares the environment from the hashed lock, with the standard library only, and steps inside it."""

from __future__ import annotations

import configparser
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

STAMP = "pumpparty.lock.sha256"
UNFINISHED = "pumpparty.unfinished"
OPT_OUT = "PUMPPARTY_NO_BOOTSTRAP"


class SetupFailed(Exception):
    """One way of preparing the environment did not work; the text says why in one line."""


def enter(root: str, argv: Sequence[str]) -> None:
    """Return inside a complete environment: prepare one where missing, replace this process where outside.

    Set PUMPPARTY_NO_BOOTSTRAP=1 to run in whatever environment is active. Exits with one line where nothing
    works.
    """
    if os.environ.get(OPT_OUT) == "1":
        return
    project = Path(root)
    venv = project / ".venv"
    wanted = lock_digest(project)
    if not is_ready(venv, wanted):
        with _one_at_a_time(project):
            if not is_ready(venv, wanted):
                prepare(project, venv, wanted)
    if Path(sys.prefix).resolve() == venv.resolve():
        return
    python = str(venv / "bin" / "python")
    environment = {
        name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "__PYVENV_LAUNCHER__"}
    }
    sys.stdout.flush()
    os.execve(python, [python, *argv], environment)


def lock_digest(project: Path) -> str:
    """SHA-256 of the lock and of the interpreter's version: a change of either asks for a new set-up."""
    lock = (project / "requirements" / "lock.txt").read_bytes()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return hashlib.sha256(lock + version.encode()).hexdigest()


def is_ready(venv: Path, wanted: str) -> bool:
    """Whether the environment was completed from exactly this lock."""
    try:
        return (venv / STAMP).read_text().strip() == wanted and (venv / "bin" / "python").exists()
    except OSError:
        return False


def prepare(project: Path, venv: Path, wanted: str) -> None:
    """Bring `.venv` to exactly the lock and stamp it; a set-up that was cut short is thrown away first."""
    started = time.monotonic()
    _say("Preparing .venv from requirements/lock.txt (once; a minute at most on a good line) ...")
    (venv / STAMP).unlink(missing_ok=True)
    if (venv / UNFINISHED).exists() or not _runs(venv / "bin" / "python"):
        shutil.rmtree(venv, ignore_errors=True)
    reasons: list[str] = []
    for way in (_with_uv_on_path, _with_fetched_uv, _with_pip_alone):
        try:
            way(project, venv)
        except (SetupFailed, OSError) as failure:
            reasons.append(f"{way.__name__.removeprefix('_').replace('_', ' ')}: {failure}")
            continue
        (venv / UNFINISHED).unlink(missing_ok=True)
        (venv / STAMP).write_text(wanted + "\n")
        _say(f"Environment ready in {time.monotonic() - started:.1f} s.")
        return
    sys.exit("Could not prepare the environment. " + _advice() + " Tried " + "; ".join(reasons))


def client_environment() -> dict[str, str]:
    """The environment for uv: what pip's own configuration and variables say, because uv reads neither.

    Nothing is known here about any index: without configuration every client uses its own default.
    """
    environment = dict(os.environ)
    said = pip_settings(environment)
    translated = {
        "UV_DEFAULT_INDEX": said.get("index-url", ""),
        "UV_INDEX": " ".join(_present(said.get("extra-index-url", "").split())),
        "UV_FIND_LINKS": ",".join(_present(said.get("find-links", "").split())),
        "UV_INSECURE_HOST": " ".join(said.get("trusted-host", "").split()),
        "UV_NO_INDEX": "1" if said.get("no-index", "").lower() in {"1", "true", "yes", "on"} else "",
        # pip looks for a version on every index alike; the hashes of the lock decide what is accepted.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_SYSTEM_CERTS": "1",
        "UV_HTTP_TIMEOUT": "180",
    }
    certificate = said.get("cert", "")
    if certificate and Path(certificate).exists():
        translated["SSL_CERT_FILE"] = certificate
    for name, value in translated.items():
        if value:
            environment.setdefault(name, value)
    environment.pop("VIRTUAL_ENV", None)
    environment.pop("CONDA_PREFIX", None)
    return environment


def pip_settings(environment: dict[str, str]) -> dict[str, str]:
    """pip's effective settings: its configuration files from the widest to the nearest, then variables."""
    home = Path(environment.get("HOME") or os.path.expanduser("~"))
    config_home = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    wide = [
        Path(part) / "pip" / "pip.conf"
        for part in (environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    ]
    files = [
        *wide,
        Path("/etc/pip.conf"),
        Path("/Library/Application Support/pip/pip.conf"),
        home / ".pip" / "pip.conf",
        home / "Library" / "Application Support" / "pip" / "pip.conf",
        config_home / "pip" / "pip.conf",
    ]
    named = environment.get("PIP_CONFIG_FILE")
    if named:
        files = [] if named == os.devnull else [*files, Path(named)]
    settings: dict[str, str] = {}
    for section in ("global", "install"):
        for path in files:
            parser = configparser.RawConfigParser()
            with contextlib.suppress(configparser.Error, OSError, UnicodeDecodeError):
                parser.read(path)
            if parser.has_section(section):
                settings.update((name.replace("_", "-"), value) for name, value in parser.items(section))
    for name, value in environment.items():
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE" and value:
            settings[name[4:].lower().replace("_", "-")] = value
    return settings


def _present(places: Sequence[str]) -> list[str]:
    kept = []
    for place in places:
        path = place.removeprefix("file://")
        if (path != place or "://" not in place) and not Path(path).exists():
            continue
        kept.append(place)
    return kept


def _with_uv_on_path(project: Path, venv: Path) -> None:
    uv = shutil.which("uv")
    if uv is None or Path(uv).resolve().is_relative_to(venv.resolve()):
        raise SetupFailed("not there")
    environment = client_environment()
    if not _runs(venv / "bin" / "python"):
        _run([uv, "venv", "--quiet", "--python", _base_python(), str(venv)], environment)
    _mark(venv)
    _sync(uv, project, venv, environment)


def _with_fetched_uv(project: Path, venv: Path) -> None:
    _make_venv(venv)
    _mark(venv)
    tools = venv / "tools"
    uv = tools / "bin" / "uv"
    if not uv.exists():
        wanted = str(project / "requirements" / "bootstrap.txt")
        _run(
            [
                *_pip(venv),
                "install",
                "--quiet",
                "--require-hashes",
                "--no-deps",
                "--target",
                str(tools),
                "-r",
                wanted,
            ]
        )
    _sync(str(uv), project, venv, client_environment())


def _with_pip_alone(project: Path, venv: Path) -> None:
    _make_venv(venv)
    _mark(venv)
    _run(
        [
            *_pip(venv),
            "install",
            "--quiet",
            "--require-hashes",
            "--no-deps",
            "-r",
            str(project / "requirements" / "lock.txt"),
        ]
    )


def _sync(uv: str, project: Path, venv: Path, environment: dict[str, str]) -> None:
    python = str(venv / "bin" / "python")
    lock = str(project / "requirements" / "lock.txt")
    _run(
        [uv, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", "--python", python, lock],
        environment,
    )


def _make_venv(venv: Path) -> None:
    if _runs(venv / "bin" / "python"):
        return
    try:
        _run([_base_python(), "-m", "venv", str(venv)])
    except SetupFailed:
        shutil.rmtree(venv, ignore_errors=True)
        _run([_base_python(), "-m", "venv", "--without-pip", str(venv)])


def _pip(venv: Path) -> list[str]:
    """pip of the environment, else the machine's pip working on the environment."""
    python = str(venv / "bin" / "python")
    options = ["--disable-pip-version-check", "--no-input"]
    if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
        return [python, "-m", "pip", *options]
    if (
        subprocess.run(
            [_base_python(), "-m", "pip", "--version"], capture_output=True, check=False
        ).returncode
        == 0
    ):
        return [_base_python(), "-m", "pip", "--python", python, *options]
    raise SetupFailed("this Python has neither ensurepip nor pip")


def _advice() -> str:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    has_pip = (
        subprocess.run(
            [_base_python(), "-c", "import ensurepip"], capture_output=True, check=False
        ).returncode
        == 0
    )
    if not has_pip and shutil.which("uv") is None:
        return f"Install the system package python{version}-venv (Debian, Ubuntu) and run the command again."
    return "Check that this machine reaches its package index, and run the command again."


def _base_python() -> str:
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def _runs(python: Path) -> bool:
    """Whether the interpreter starts and has this process's version."""
    if not python.exists():
        return False
    code = f"import sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])!r})"
    return subprocess.run([str(python), "-c", code], capture_output=True, check=False).returncode == 0


def _mark(venv: Path) -> None:
    (venv / UNFINISHED).touch()


def _run(command: Sequence[str], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise SetupFailed(" ".join(lines[-3:])[:400] or f"exit code {done.returncode}")


@contextlib.contextmanager
def _one_at_a_time(project: Path) -> Iterator[None]:
    """Hold the lock file itself: a second start waits for the first and then finds the work done."""
    handle = os.open(project / "requirements" / "lock.txt", os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            _say("Another start is preparing .venv; waiting for it ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
