"""The market stream is a process that says what it does and stops when asked."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.market.models import IngestionRun, Quote
from apps.operations.models import WorkerHeartbeat

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_once_fills_the_memory_and_leaves_a_heartbeat(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("stream_market", "--source", "synthetic", "--seed", "11", "--once")
    assert "SYNTHETIC PRICES (seed 11)" in capsys.readouterr().out
    assert Quote.objects.count() == 8
    assert IngestionRun.objects.count() == 6
    assert WorkerHeartbeat.objects.get(name="market.ingest").status == "succeeded"


def test_sigterm_ends_it_cleanly(tmp_path: Path) -> None:
    env = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"} | {
        "PUMPPARTY_DATA": str(tmp_path)
    }
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "--verbosity", "0"], cwd=ROOT, env=env, check=True, timeout=120)
    process = subprocess.Popen(
        [*manage, "stream_market", "--source", "synthetic"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert "SYNTHETIC PRICES" in process.stdout.readline()
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "market: stopped" in rest
