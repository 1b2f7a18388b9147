"""What `up` says of its own chain before settings are read: one vault, one provider, a resolver of this data folder."""

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from pumpparty import environment
from pumpparty.runtime import ports
from pumpparty.runtime.local_chain.tools import Unavailable, demand_platform
from pumpparty.runtime.refusal import CannotStart

HOST = "127.0.0.1"
USUAL_PORT = 8545
CHAIN_ID = 31337
"""No public chain has it, so that nobody pays a vault of practice on a chain that has none there."""
VAULT = "0x5fbdb2315678afecb367f032d93f642f64180aa3"
"""Where the first account's first contract comes to lie."""
VARIABLES = ("PUMPPARTY_VAULTS", "PUMPPARTY_RESOLVER_KEY", "PUMPPARTY_CHAIN_RPC", "PUMPPARTY_SIGNIN_CHAINS")
ARTIFACT = Path(__file__).resolve().parents[3] / "apps" / "economy" / "adapters" / "vault" / "vault.json"
CONFIRMATIONS = 3
NOTE = "local_chain.json"


@dataclass(frozen=True)
class LocalChain:
    """A chain of this machine: where it answers, the folder it keeps, and what stood in the environment before it."""

    port: int
    folder: Path
    before: dict[str, str | None]

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://{HOST}:{self.port}"

    @property
    def state(self) -> Path:
        """What it goes on from at the next start."""
        return self.folder / "state.json"


def prepare(folder: Path, *, any_port: bool) -> LocalChain | None:
    """Set the environment for a chain of this machine that is kept in `folder`; None where another is configured.

    None in production as well, and where none can run. Its port is the usual one if it is free and `any_port` is not
    asked for, because wallets remember it.
    """
    if os.environ.get("PUMPPARTY_VAULTS", "").strip() or environment.flag("PUMPPARTY_PRODUCTION"):
        return None
    try:
        demand_platform()
    except Unavailable:
        return None
    place = folder / "chain"
    place.mkdir(exist_ok=True)
    before = {name: os.environ.get(name) for name in VARIABLES}
    chain = LocalChain(_port(any_port=any_port), place, before)
    key, resolver = _resolver(place)
    os.environ["PUMPPARTY_VAULTS"] = json.dumps([_vault(chain, resolver)])
    os.environ["PUMPPARTY_RESOLVER_KEY"] = key
    told = before["PUMPPARTY_CHAIN_RPC"]
    os.environ["PUMPPARTY_CHAIN_RPC"] = f"{f'{told},' if told else ''}{CHAIN_ID}={chain.url}"
    os.environ["PUMPPARTY_SIGNIN_CHAINS"] = before["PUMPPARTY_SIGNIN_CHAINS"] or f"4326,6343,{CHAIN_ID}"
    (folder / NOTE).write_text(json.dumps({"url": chain.url}))
    return chain


def undo(chain: LocalChain) -> None:
    """Leave the environment as it was before `prepare`: payments are off."""
    for name, value in chain.before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def vault_code() -> str:
    """What creates the vault, 0x."""
    return str(json.loads(ARTIFACT.read_text())["bytecode"])


def _vault(chain: LocalChain, resolver: str) -> dict[str, object]:
    return {
        "chainId": CHAIN_ID,
        "address": VAULT,
        "codeHash": json.loads(ARTIFACT.read_text())["codeHash"],
        "resolver": resolver,
        "rpc": [chain.url],
        "confirmations": CONFIRMATIONS,
    }


def _port(*, any_port: bool) -> int:
    if not any_port:
        with contextlib.suppress(CannotStart):
            ports.demand_free(HOST, USUAL_PORT)
            return USUAL_PORT
    return ports.find_free(HOST)


def _resolver(folder: Path) -> tuple[str, str]:
    """The resolver's key and its address, made at the first start and readable by their owner only."""
    path = folder / "resolver"
    if not path.exists():
        from eth_keys.datatypes import PrivateKey

        key = PrivateKey(os.urandom(32))
        fresh = path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(handle, f"{key.to_hex()} {key.public_key.to_address()}\n".encode())
        os.close(handle)
        fresh.replace(path)
    key_text, address = path.read_text().split()
    return key_text, address
