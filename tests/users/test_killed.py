"""A server killed around the rotation of a refresh token: the retry gets one child, and it is the live one."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from apps.users.models import RefreshToken
from apps.users.services import refresh_secrets

PROCESS = "tests.users.session_process"


def run(step: str, *arguments: str, url: str, folder: Path, killed_at: str = "") -> tuple[int, list[str]]:
    """Run one process of the server on its own database; the exit code and the words of its last line."""
    done = subprocess.run(
        [sys.executable, "-m", PROCESS, step, *arguments],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": url,
            "PUMPPARTY_DATA": str(folder),
            "PUMPPARTY_FAILPOINT": killed_at,
        },
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    return done.returncode, lines[-1].split() if lines else []


@dataclass(frozen=True, slots=True)
class Opened:
    """A database in which one session was opened, and the session's refresh token."""

    url: str
    token: str


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """A file with every table and one session, for the tests to copy."""
    folder = tmp_path_factory.mktemp("killed")
    url = f"sqlite://{folder / 'template.sqlite3'}"
    return Opened(url, run("open", url=url, folder=folder)[1][0])


@pytest.fixture
def opened(request: pytest.FixtureRequest, tmp_path: Path, transactional_db: None) -> Opened:
    """A copy of the template, or the test's own database where other processes can reach it."""
    if connection.vendor != "postgresql":
        template: Opened = request.getfixturevalue("template")
        path = tmp_path / "killed.sqlite3"
        shutil.copy(template.url.removeprefix("sqlite://"), path)
        return Opened(f"sqlite://{path}", template.token)
    given = connection.settings_dict
    login = given["USER"] + (f":{given['PASSWORD']}" if given["PASSWORD"] else "")
    port = f":{given['PORT']}" if given["PORT"] else ""
    host = given["HOST"] or "/var/run/postgresql"
    url = f"postgres://{login}@localhost{port}/{given['NAME']}?host={host}"
    return Opened(url, run("open", url=url, folder=tmp_path)[1][0])


def test_a17_a_server_killed_between_rotating_and_answering_repeats_the_same_child(
    opened: Opened, tmp_path: Path
) -> None:
    database, token = opened.url, opened.token
    code, _ = run("refresh", token, "0", url=database, folder=tmp_path, killed_at="users.after-rotate-commit")
    assert code == -signal.SIGKILL
    _, (state, *_) = run("state", url=database, folder=tmp_path)
    assert state == "2/1"
    _, (child,) = run("refresh", token, "9", url=database, folder=tmp_path)
    assert child.startswith("pprt_") and child != token
    _, (state, digest) = run("state", url=database, folder=tmp_path)
    assert (state, digest) == ("2/1", refresh_secrets.digest_of(child))
    _, (grandchild,) = run("refresh", child, "20", url=database, folder=tmp_path)
    assert grandchild not in {token, child}
    _, (late,) = run("refresh", token, "21", url=database, folder=tmp_path)
    assert late == "REFRESH_REUSED"
    if connection.vendor == "postgresql":
        assert RefreshToken.objects.filter(revoked_at=None, rotated_at=None).count() == 0


def test_a17_a_server_killed_before_the_rotation_is_kept_has_rotated_nothing(
    opened: Opened, tmp_path: Path
) -> None:
    database, token = opened.url, opened.token
    code, _ = run(
        "refresh", token, "0", url=database, folder=tmp_path, killed_at="users.before-rotate-commit"
    )
    assert code == -signal.SIGKILL
    _, (state, digest) = run("state", url=database, folder=tmp_path)
    assert (state, digest) == ("1/1", refresh_secrets.digest_of(token))
    later = str(timedelta(days=1).total_seconds())
    _, (child,) = run("refresh", token, later, url=database, folder=tmp_path)
    assert child.startswith("pprt_") and child != token
