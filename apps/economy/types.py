"""Words of economy that may cross the border: what was paid, what it bought, what is owed back; money in exact wei."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import TextChoices

ETH = "0x0000000000000000000000000000000000000000"
"""How the vault names the chain's own coin."""

NETWORKS: Mapping[int, str] = {4326: "MegaETH", 6343: "MegaETH Testnet", 31337: "Local chain"}
"""Chains by their numbers, as people know them."""


class QuoteStatus(TextChoices):
    """What became of an offer."""

    OPEN = "open", "Open"
    USED = "used", "Used"
    EXPIRED = "expired", "Expired"


QUOTE_TRANSITIONS: Mapping[str, frozenset[str]] = {
    QuoteStatus.OPEN: frozenset({QuoteStatus.USED, QuoteStatus.EXPIRED}),
    QuoteStatus.USED: frozenset(),
    QuoteStatus.EXPIRED: frozenset({QuoteStatus.USED}),
}
"""An expired offer is used where an operator lets a late deposit count."""


class DepositStatus(TextChoices):
    """Where a deposit stands on its chain."""

    PENDING = "pending", "Waiting for confirmations"
    CONFIRMED = "confirmed", "Confirmed"
    DROPPED = "dropped", "Gone before it was confirmed"
    REVERSED = "reversed", "Gone after it was confirmed"


DEPOSIT_TRANSITIONS: Mapping[str, frozenset[str]] = {
    DepositStatus.PENDING: frozenset({DepositStatus.CONFIRMED, DepositStatus.DROPPED}),
    DepositStatus.DROPPED: frozenset({DepositStatus.PENDING}),
    DepositStatus.CONFIRMED: frozenset({DepositStatus.REVERSED}),
    DepositStatus.REVERSED: frozenset({DepositStatus.PENDING}),
}


class UnmatchedReason(TextChoices):
    """Why a confirmed deposit has bought nothing."""

    NO_QUOTE = "NO_QUOTE", "Nobody was offered anything under this number"
    OTHER_PAYER = "OTHER_PAYER", "Paid by another wallet than the offer names"
    TOO_LOW = "AMOUNT_TOO_LOW", "Less than the offer asks for"
    LATE = "QUOTE_EXPIRED", "The offer had run out"
    QUOTE_USED = "QUOTE_USED", "The offer was used already"
    NOT_GRANTABLE = "NOT_GRANTABLE", "What was offered can no longer be given"


class SightingKind(TextChoices):
    """What was seen of a deposit on its chain."""

    SEEN = "seen", "In a block"
    CONFIRMED = "confirmed", "Deep enough"
    GONE = "gone", "No longer in its block"


class PurchaseStatus(TextChoices):
    """Where a purchase stands."""

    CONFIRMED = "confirmed", "Confirmed"
    REVERSED = "reversed", "Its deposit left the chain"
    REFUNDED = "refunded", "Given back"


PURCHASE_TRANSITIONS: Mapping[str, frozenset[str]] = {
    PurchaseStatus.CONFIRMED: frozenset({PurchaseStatus.REVERSED, PurchaseStatus.REFUNDED}),
    PurchaseStatus.REVERSED: frozenset({PurchaseStatus.CONFIRMED}),
    PurchaseStatus.REFUNDED: frozenset(),
}


class RefundCause(TextChoices):
    """Why money is given back."""

    PURCHASE = "purchase", "What was bought is taken back"
    UNMATCHED = "unmatched", "It bought nothing"
    SURPLUS = "surplus", "Paid beyond the price"


class RefundStatus(TextChoices):
    """Where money that is to be given back stands."""

    WAITING = "waiting", "Waits for a second person"
    DENIED = "denied", "Refused"
    SIGNED = "signed", "Signed; its owner may fetch it"
    PAID = "paid", "Fetched"
    EXPIRED = "expired", "Not fetched in time"


REFUND_TRANSITIONS: Mapping[str, frozenset[str]] = {
    RefundStatus.WAITING: frozenset({RefundStatus.SIGNED, RefundStatus.DENIED}),
    RefundStatus.DENIED: frozenset(),
    RefundStatus.SIGNED: frozenset({RefundStatus.PAID, RefundStatus.EXPIRED}),
    RefundStatus.PAID: frozenset({RefundStatus.SIGNED}),
    RefundStatus.EXPIRED: frozenset(),
}
"""A fetched one stands as signed again where the withdrawal left the chain."""

LIVE_REFUNDS = (RefundStatus.WAITING, RefundStatus.SIGNED, RefundStatus.PAID)
"""The states in which a refund counts against what is owed: one of them at most for one debt."""


class FindingKind(TextChoices):
    """What does not agree between the chain and the books."""

    ORPHAN_DEPOSIT = "orphan_deposit", "A deposit that bought nothing"
    MISSING_DEPOSIT = "missing_deposit", "An event of the vault without a row"
    MISSING_EVENT = "missing_event", "A row whose event is not on the chain"
    DOUBLE = "double", "One payment counted twice"
    MISSING_GRANT = "missing_grant", "A purchase without its grant"
    REORG = "reorg", "A deposit left the chain after it was confirmed"
    DISAGREEMENT = "disagreement", "Providers of one chain tell different things"
    UNREAD = "unread", "A vault could not be read for a while"
    WRONG_CHAIN = (
        "wrong_chain",
        "A provider serves another chain, or other code stands at the vault's address",
    )
    UNKNOWN_WITHDRAWAL = "unknown_withdrawal", "A withdrawal that nobody here has signed"
    BALANCE = "balance", "The vault holds something else than the books say"


class Book(TextChoices):
    """The books of a chain. What lies in the vault is positive; what is owed or earned against it is negative."""

    VAULT = "vault", "In the vault"
    CLEARING = "clearing", "Between two books; zero after every transaction"
    UNMATCHED = "unmatched", "Owed: bought nothing"
    FEES = "fees", "Earned: audition fees"
    SURPLUS = "surplus", "Owed: paid beyond the price"
    REFUNDS = "refunds", "Owed: signed, not yet fetched"


@dataclass(frozen=True, slots=True)
class Vault:
    """One vault of one chain as this arena is configured: where it is, who may be asked, and when a payment is final.

    `finality` is "depth" (so many `confirmations`) or a tag of the chain ("safe", "finalized") which must have
    passed the block besides. `overlap` blocks are read again at every scan, at most `most_blocks` in one question,
    from `start_block` on. A deposit above `agree_above_wei` counts only where every provider tells the same of it.
    Addresses and hashes are 0x and lower case. A `closed` one takes no new offers; what was paid into it is still read,
    confirmed, given back and watched.
    """

    chain_id: int
    address: str
    code_hash: str
    resolver: str
    rpc_urls: tuple[str, ...]
    confirmations: int
    finality: str
    start_block: int
    overlap: int
    most_blocks: int
    agree_above_wei: int
    abi_path: str = ""
    closed: bool = False

    @property
    def name(self) -> str:
        """How findings about all of it are called: two resolvers of one contract are two."""
        return f"{self.address}/{self.resolver}"

    @property
    def where(self) -> dict[str, int | str]:
        """What its rows are found by: a deposit, a refund and a cursor are of one resolver of one contract."""
        return {"chain_id": self.chain_id, "vault": self.address, "resolver": self.resolver}


class Head(NamedTuple):
    """A block: its number, its hash (0x, lower case) and its own word for the time (seconds; of no use for depth)."""

    number: int
    hash: str
    timestamp: int


class VaultLog(NamedTuple):
    """One event of the vault as a provider told it; addresses and hashes are 0x, lower case; the amount in wei.

    `name` is "Deposit" or "Withdrawal".
    """

    name: str
    tx_hash: str
    log_index: int
    block_number: int
    block_hash: str
    user: str
    token: str
    resolver: str
    nonce: int
    amount_wei: int
