"""The practice chain while `up` runs: its programme, its vault, and a block now and then."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pumpparty.runtime.children import Child
from pumpparty.runtime.local_chain import configuration, tools
from pumpparty.runtime.local_chain.configuration import CHAIN_ID, HOST, VAULT, LocalChain
from pumpparty.runtime.supervisor import Supervisor

ROOT = Path(__file__).resolve().parents[3]
OFF = "Payments: off; no vault is configured"
INSTALL_PATIENCE = 60.0
"""So long a first start waits for npm beyond what else it does; a later start finds the packages there."""
ANSWER_SECONDS = 0.5
LOOK_SECONDS = 1.0
BUSY_BLOCKS = 30
"""So many blocks follow a transaction, or a start, one a second: more than a chain that was killed can have lost."""
IDLE_SECONDS = 300.0
"""Otherwise a block so often: time goes on, and the history stays small."""
SAVE_SECONDS = 10
KEPT_STATES = 64


class Installing:
    """npm at work beside the rest of a start, where its packages are not there yet."""

    def __init__(self, *, is_wanted: bool) -> None:
        self._process: subprocess.Popen[str] | None = None
        if is_wanted and not tools.is_installed():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pumpparty.runtime.local_chain.tools"],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )

    def wait(self) -> str:
        """Why the chain cannot run; "" where it can."""
        if self._process is None:
            return ""
        try:
            _, said = self._process.communicate(timeout=INSTALL_PATIENCE)
        except subprocess.TimeoutExpired:
            return "npm has not brought its packages yet"
        code = self._process.returncode
        return (" ".join(said.split())[:300] or f"npm ended with exit code {code}") if code else ""


class ChainChild(Child):
    """The chain's programme. At every look it is given its vault, if that is not there, and a block when one is due."""

    def __init__(self, chain: LocalChain, *, logs: Path) -> None:
        options = {
            "host": HOST,
            "port": str(chain.port),
            "chain-id": str(CHAIN_ID),
            "hardfork": "osaka",
            "state": str(chain.state),
            "state-interval": str(SAVE_SECONDS),
            "prune-history": str(KEPT_STATES),
            "cache-path": str(chain.folder / "cache"),
        }
        command = [str(tools.ANVIL), "--silent", "--preserve-historical-states"]
        command += [part for name, value in options.items() for part in (f"--{name}", value)]
        super().__init__("chain", command, logs=logs, environment=os.environ, folder=chain.folder)
        self._url = chain.url
        self._looked_at = 0.0
        self._mined_at = 0.0
        self._left_at = -1
        self._busy = 0

    def watch(self, *, report: Callable[[str], None]) -> int | None:
        """Look once, as at every child; about once a second look at the chain too."""
        group = super().watch(report=report)
        now = time.monotonic()
        if self.is_running() and now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            try:
                self._look(now)
            except (OSError, ValueError):
                self._left_at = -1  # not there yet, or not any more: the next look begins anew
        return group

    def _look(self, now: float) -> None:
        height = int(self._ask("eth_blockNumber"), 16)
        if height != self._left_at:
            if self._ask("eth_getCode", VAULT, "latest") == "0x":
                self._deploy()
            self._busy = BUSY_BLOCKS
        if self._busy or now - self._mined_at >= IDLE_SECONDS:
            self._ask("evm_mine")
            self._mined_at = now
            self._busy = max(self._busy - 1, 0)
            height += 1
        self._left_at = height

    def _deploy(self) -> None:
        first = self._ask("eth_accounts")[0]
        if (
            self._ask("eth_getTransactionCount", first, "latest") == "0x0"
        ):  # the address is its first contract's
            self._ask("eth_sendTransaction", {"from": first, "data": configuration.vault_code()})

    def _ask(self, method: str, *params: Any) -> Any:
        return ask(self._url, method, *params)


def start(supervisor: Supervisor, chain: LocalChain | None, installing: Installing, *, logs: Path) -> str:
    """Start the chain where there is one to start; one line for people, "" where payments are configured otherwise."""
    if chain is None:
        return "" if os.environ.get("PUMPPARTY_VAULTS", "").strip() else f"{OFF} (see PUMPPARTY_VAULTS)"
    if reason := installing.wait():
        configuration.undo(chain)
        return f"{OFF}, and no chain runs on this machine: {reason}"
    supervisor.start(ChainChild(chain, logs=logs))
    return (
        f"Payments: in coin that is worth nothing, on a chain of this machine: {chain.url}, chain id {CHAIN_ID} "
        "(fill a wallet: manage.py fund_wallet 0x...)"
    )


def ask(url: str, method: str, *params: Any) -> Any:
    """The result of one question to a chain; OSError where nobody answers, ValueError where it refuses."""
    question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()
    request = urllib.request.Request(url, question, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
        answer = json.load(response)
    if "result" not in answer:
        raise ValueError(str(answer.get("error")))
    return answer["result"]
