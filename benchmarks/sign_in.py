"""Processor time of every bad sign-in of the table, and of a good one, beside one bare signature recovery."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pumpparty.runtime.scratch import scratch_environment  # noqa: E402 - a script finds the project first

INSIDE = "PUMPPARTY_BENCHMARK"
ROUNDS = 5
GOAL_MS = 50.0


def main() -> int:
    """Start over inside a scratch database, or measure where that has happened."""
    if os.environ.get(INSIDE) == "1":
        sys.stdout.write(json.dumps(measure()) + "\n")
        return 0
    with scratch_environment() as variables:
        environment = {**variables, INSIDE: "1", "DJANGO_SETTINGS_MODULE": "pumpparty.settings"}
        return subprocess.run([sys.executable, __file__], env=environment, check=False).returncode


def measure() -> dict[str, Any]:
    """The whole table, each refusal with its own challenge; the median of a few rounds each."""
    import django

    django.setup()
    from django.core.management import call_command

    from apps.core import limits
    from apps.core.errors import DomainError
    from apps.users.adapters.wallets import eoa
    from apps.users.services.sign_in import sign_in
    from tests.users.bad_sign_ins import BAD_SIGN_INS
    from tests.users.signing import CLIENT, NOW, ask, enter, sign, wallet
    from tests.users.test_bad_sign_ins import signed

    call_command("migrate", verbosity=0)
    enter(wallet(2))  # the first use of a library is its import
    text = ask(wallet()).message
    signature = bytes.fromhex(sign(wallet(), text)[2:])
    floor = cpu_ms(lambda: eoa.prove(address=wallet().address, message=text, signature=signature))
    times = {}
    for bad in BAD_SIGN_INS:
        limits.forget()
        message = bad.message(ask(wallet()).message)
        proof = (bad.signature or signed)(message)

        def refused(message: str = message, proof: str = proof) -> None:
            try:
                sign_in(message=message, signature=proof, client=CLIENT, now=NOW)
            except DomainError:
                return
            raise AssertionError("A bad sign-in was let in.")

        times[bad.name] = cpu_ms(refused)
    slowest = max(times, key=lambda name: times[name])
    limits.forget()
    good = cpu_ms(lambda: enter(wallet()))
    return {
        "benchmark": "bad sign-ins",
        "vectors": len(times),
        "medianMilliseconds": round(statistics.median(times.values()), 2),
        "slowestMilliseconds": round(times[slowest], 2),
        "slowest": slowest,
        "recoveryMilliseconds": round(floor, 2),
        "ratio": round(times[slowest] / floor, 2),
        "goodSignInMilliseconds": round(good, 2),
        "goalMilliseconds": GOAL_MS,
        "withinGoal": times[slowest] < GOAL_MS,
    }


def cpu_ms(act: Callable[[], object]) -> float:
    """The median processor time of a few rounds, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        act()
        times.append((time.process_time() - started) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    raise SystemExit(main())
