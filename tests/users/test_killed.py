"""A server killed around the rotation of a refresh token: the retry gets one child, and it is the live one."""

import os
import signal
import subprocess
import sys
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


@pytest.fixture
def database(tmp_path: Path, transactional_db: None) -> str:
    """The address of the test's own database where it has one, else of a new file."""
    if connection.vendor != "postgresql":
        return f"sqlite://{tmp_path / 'killed.sqlite3'}"
    given = connection.settings_dict
    login = given["USER"] + (f":{given['PASSWORD']}" if given["PASSWORD"] else "")
    port = f":{given['PORT']}" if given["PORT"] else ""
    host = given["HOST"] or "/var/run/postgresql"
    return f"postgres://{login}@localhost{port}/{given['NAME']}?host={host}"


def test_a17_a_server_killed_between_rotating_and_answering_repeats_the_same_child(
    database: str, tmp_path: Path
) -> None:
    _, (token,) = run("open", url=database, folder=tmp_path)
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
    database: str, tmp_path: Path
) -> None:
    _, (token,) = run("open", url=database, folder=tmp_path)
    code, _ = run(
        "refresh", token, "0", url=database, folder=tmp_path, killed_at="users.before-rotate-commit"
    )
    assert code == -signal.SIGKILL
    _, (state, digest) = run("state", url=database, folder=tmp_path)
    assert (state, digest) == ("1/1", refresh_secrets.digest_of(token))
    later = str(timedelta(days=1).total_seconds())
    _, (child,) = run("refresh", token, later, url=database, folder=tmp_path)
    assert child.startswith("pprt_") and child != token
