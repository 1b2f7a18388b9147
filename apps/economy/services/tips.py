"""The newest block that may be relied on: from a provider that has not fallen behind what was seen before."""

from collections.abc import Sequence
from typing import NamedTuple

from apps.core.errors import AdapterError
from apps.economy.adapters.chain.port import ChainReader
from apps.economy.models import ChainCursor
from apps.economy.types import Head, Vault


class Tip(NamedTuple):
    """A head, and the provider that told it: everything that is concluded from it is asked there."""

    reader: ChainReader
    head: Head


def abreast(vault: Vault, readers: Sequence[ChainReader]) -> list[Tip]:
    """The providers that answer and are not behind the highest head ever seen, in their order, at least one.

    A lagging node behind a balancer shows an old chain: nothing may be learned, and above all unlearned, from it.
    A transient AdapterError where nobody is left, told in one line.
    """
    seen = _highest(vault)
    found: list[Tip] = []
    refused: list[str] = []
    for reader in readers:
        try:
            head = reader.head()
        except AdapterError as error:
            refused.append(error.detail)
            continue
        if head.number < seen:
            refused.append(f"{reader.name} is at block {head.number}, behind block {seen} that was seen.")
        else:
            found.append(Tip(reader, head))
    if not found:
        raise AdapterError(" ".join(refused) or "No provider of the chain may be asked.", transient=True)
    return found


def refuse_moved(tip: Tip) -> None:
    """Raise a transient AdapterError where the head is no longer the block of its height: what was read is two chains."""
    block = tip.reader.block(tip.head.number)
    if block is None or block.hash != tip.head.hash:
        raise AdapterError(
            f"{tip.reader.name} changed its chain below block {tip.head.number}.", transient=True
        )


def _highest(vault: Vault) -> int:
    found = ChainCursor.objects.filter(chain_id=vault.chain_id, vault=vault.address)
    return found.values_list("head_number", flat=True).first() or 0
