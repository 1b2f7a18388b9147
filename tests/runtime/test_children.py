"""Child processes are restarted when they die and never outlive their supervisor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pumpparty.runtime.children import Child, stop_all
from pumpparty.runtime.reaper import stop_groups

ROOT = Path(__file__).resolve().parents[2]
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""


def child(code: str, folder: Path) -> Child:
    return Child(
        "job", [sys.executable, "-S", "-c", code], logs=folder, environment=os.environ, folder=folder
    )


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_dead_child_is_reported_and_started_again_with_growing_pauses(tmp_path: Path) -> None:
    job = child("print('hello', flush=True); raise SystemExit(3)", tmp_path)
    lines: list[str] = []
    job.start()
    wait_for(lambda: job.watch(report=lines.append) is not None or job.restarts > 0)
    wait_for(lambda: job.watch(report=lines.append) is not None or job.restarts > 1)
    assert "ended with exit code 3; starting it again in 0.5 s" in lines[0]
    assert "in 1 s" in lines[1]
    assert (tmp_path / "job.log").read_text().count("hello") >= 2
    stop_all([job])


def test_a_child_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    job = child(STUBBORN, tmp_path)
    job.start()
    wait_for(lambda: "up" in (tmp_path / "job.log").read_text())
    began = time.monotonic()
    stop_all([job], patience=0.3)
    assert not job.is_running()
    assert time.monotonic() - began < 3


def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    code = f"""
import os, sys, time
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from pumpparty.runtime.children import Child
from pumpparty.runtime.supervisor import Supervisor
folder = Path({str(tmp_path)!r})
grandchild = (
    "import subprocess, sys, time; "
    "p = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)']); "
    "print(p.pid, flush=True); time.sleep(60)"
)
command = [sys.executable, "-S", "-c", grandchild]
job = Child("job", command, logs=folder, environment=os.environ, folder=folder)
supervisor = Supervisor(report=print)
supervisor.start(job)
print(job.process.pid, flush=True)
time.sleep(60)
"""
    supervisor = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    first = int(supervisor.stdout.readline())
    wait_for(lambda: (tmp_path / "job.log").exists() and (tmp_path / "job.log").read_text().strip() != "")
    second = int((tmp_path / "job.log").read_text())
    assert is_alive(first)
    assert is_alive(second)
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait()
    supervisor.stdout.close()
    wait_for(lambda: not is_alive(first) and not is_alive(second))


def test_groups_are_killed_after_patience(tmp_path: Path) -> None:
    job = child(STUBBORN, tmp_path)
    group = job.start()
    wait_for(lambda: "up" in (tmp_path / "job.log").read_text())
    stop_groups({group}, patience=0.2)
    wait_for(lambda: not job.is_running())
