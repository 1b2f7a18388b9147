"""What the tests need of Node: the local EVM of practice, and a Solidity compiler of their own."""

from pathlib import Path

from pumpparty.runtime.local_chain import tools
from pumpparty.runtime.local_chain.tools import ANVIL, Unavailable

HERE = Path(__file__).resolve().parent
PACKAGES = HERE / tools.PACKAGES

__all__ = ["ANVIL", "HERE", "PACKAGES", "Unavailable", "node", "prepare"]


def prepare() -> None:
    """Install both unless they are; raises Unavailable where that is impossible."""
    tools.install_evm()
    tools.install(HERE)


def node(*arguments: str, stdin: str = "") -> str:
    """What Node prints for a script of this folder; raises Unavailable without Node, CalledProcessError when it fails."""
    return tools.node(*arguments, folder=HERE, stdin=stdin)
