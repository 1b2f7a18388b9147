"""The newest block that may be relied on: from a provider that has not fallen behind what was seen before."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from apps.core.errors import AdapterError
from apps.economy.adapters.chain.port import ChainReader
from apps.economy.models import ChainCursor
from apps.economy.types import Head, Vault

BLOCKS_A_SECOND, MOST_AHEAD = 20, 1_000
"""More than any chain mines, and more than two honest providers are apart: a head beyond both is not believed."""


class Tip(NamedTuple):
    """A head, and the provider that told it: everything that is concluded from it is asked there."""

    reader: ChainReader
    head: Head


def abreast(vault: Vault, readers: Sequence[ChainReader], *, now: datetime) -> list[Tip]:
    """The providers that answer and are not behind the highest head ever seen, in their order, at least one.

    A lagging node behind a balancer shows an old chain: nothing may be learned, and above all unlearned, from it. Nor is
    a head believed that could not have been mined since the highest one rose, or, while none is known, that is far above
    what another provider tells: it would be kept as the highest, and every honest one be behind it for ever. A
    transient AdapterError where nobody is left, told in one line.
    """
    seen, head_at = _highest(vault)
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
    base = seen if head_at is not None else min((tip.head.number for tip in found), default=0)
    most = base + MOST_AHEAD + BLOCKS_A_SECOND * max(0, int((now - (head_at or now)).total_seconds()))
    for tip in [tip for tip in found if tip.head.number > most]:
        found.remove(tip)
        refused.append(
            f"{tip.reader.name} is at block {tip.head.number}, above block {most} that can be there."
        )
    if not found:
        raise AdapterError(" ".join(refused) or "No provider of the chain may be asked.", transient=True)
    return found


def final_number(vault: Vault, tip: Tip) -> int:
    """The highest block that counts. Depth and the chain's own tag decide, never a block's word for the time."""
    deep_enough = tip.head.number - vault.confirmations + 1  # a deposit's own block is its first confirmation
    if vault.finality == "depth":
        return deep_enough
    return min(deep_enough, tip.reader.head(vault.finality).number)


def refuse_moved(tip: Tip) -> None:
    """Raise a transient AdapterError where the head is no longer the block of its height: what was read is two chains."""
    block = tip.reader.block(tip.head.number)
    if block is None or block.hash != tip.head.hash:
        raise AdapterError(
            f"{tip.reader.name} changed its chain below block {tip.head.number}.", transient=True
        )


def _highest(vault: Vault) -> tuple[int, datetime | None]:
    """The highest head ever seen, and when it was first; 0 and None where nothing is known."""
    found = ChainCursor.objects.filter(**vault.where).values_list("head_number", "head_at").first()
    return found or (0, None)
