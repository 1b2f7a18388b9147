"""A payer says that a payment was made: the chain is asked at once, and the answer says where the payment stands."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.core import limits
from apps.core.errors import AdapterError, Conflict, DomainError, InvalidInput, NotFound, PermissionRefused
from apps.economy.adapters.chain.port import ChainReader, TxReverted
from apps.economy.models import Deposit, Purchase, Quote
from apps.economy.queries import own
from apps.economy.services import chains, confirming, scanning, sightings, tips
from apps.economy.services.chains import OpenReaders
from apps.economy.services.tips import Tip
from apps.economy.types import ETH, DepositStatus, PurchaseStatus, UnmatchedReason, Vault, VaultLog
from apps.operations.audit import Actor

RATE = "60/minute"
RANGES = 2
"""How much of the chain one request reads; the rest is the cadence's."""


class QuoteMismatch(InvalidInput):
    """What is submitted is not what was offered under this number."""

    code = "QUOTE_MISMATCH"


class DepositAlreadyClaimed(Conflict):
    """This payment has bought something already, and not for who asks or not under this number."""

    code = "DEPOSIT_ALREADY_CLAIMED"


class DepositNotSeen(Conflict):
    """The offer ran out and nothing of its payment is on the chain; it may be submitted again should it come."""

    code = "DEPOSIT_NOT_SEEN"
    retryable = True


@dataclass(frozen=True, slots=True)
class Submission:
    """Where a submitted payment stands: `purchase` once it has bought, else what it waits for.

    `confirmations` counts the deposit's block and those above it, 0 while it is in none.
    """

    quote: Quote
    deposit: Deposit | None
    purchase: Purchase | None
    confirmations: int
    confirmations_needed: int


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look at the chain showed: the head's height and the events of the named transaction, None if not mined."""

    height: int
    events: list[VaultLog] | None = None
    refusal: TxReverted | None = None


def submit(
    *,
    user: Any,
    deposit_nonce: int,
    tier: str,
    asset_capacity: int,
    model_strength: str,
    clone_public_id: str = "",
    clone_name: str = "",
    clone_description: str = "",
    tx_hash: str = "",
    chain_id: int | None = None,
    open_readers: OpenReaders,
    by: Actor,
    now: datetime,
) -> Submission:
    """Look at the chain now for the payment of the user's offer under this number, and say where it stands.

    What is due is what was offered; the other arguments repeat the offer and must agree with it. Nothing is decided
    here: the deposit is written down, confirmed and settled as the cadences do it, and asking again gives the same
    purchase again. Raises QUOTE_NOT_FOUND 404, QUOTE_OF_ANOTHER 403, DEPOSIT_ALREADY_CLAIMED 409, QUOTE_MISMATCH,
    WRONG_CHAIN, DEPOSIT_NOT_FOUND, TX_REVERTED, WRONG_TOKEN, OTHER_PAYER and AMOUNT_TOO_LOW 422, QUOTE_EXPIRED and
    QUOTE_USED 409, DEPOSIT_NOT_SEEN 409 and CHAIN_UNAVAILABLE 503, which may pass, PAYMENTS_OFF 503.
    """
    limits.take("economy.submit", str(user.pk), rate=RATE)
    quote = _offered(user, deposit_nonce)
    terms = (tier, asset_capacity, model_strength, clone_public_id, clone_name, clone_description)
    _refuse_other_terms(quote, terms, chain_id)
    vault = chains.get_vault_of(chain_id=quote.chain_id, address=quote.vault, resolver=quote.resolver)
    standing = _standing(quote, vault)
    if standing.purchase is not None:
        return standing
    _refuse_unmatched(standing.deposit)
    with open_readers(vault) as readers:
        look = _look(vault, quote, readers, tx_hash.lower(), now=now)
        if (deposit := _paid(quote)) is not None and deposit.status == DepositStatus.PENDING:
            confirming.confirm(vault=vault, readers=readers, now=now, limit=1, only=deposit)
    standing = _standing(quote, vault, height=look.height)
    if standing.purchase is not None:
        return standing
    _refuse_unmatched(standing.deposit)
    if standing.deposit is None or standing.deposit.status not in (
        DepositStatus.PENDING,
        DepositStatus.CONFIRMED,
    ):
        _refuse_unseen(quote, vault, look, tx_hash.lower(), open_readers, now=now)
    return standing


def _offered(user: Any, nonce: int) -> Quote:
    """The user's own offer under this number; numbers are 128 random bits and never the same twice."""
    quote = Quote.objects.select_related("clone").filter(nonce=nonce).first()
    if quote is None:
        raise NotFound("Nothing was offered under this number.", code="QUOTE_NOT_FOUND")
    if quote.user_id == user.pk:
        return quote
    if Purchase.objects.filter(quote=quote).exists():
        raise DepositAlreadyClaimed("This payment has bought something for somebody else.")
    raise PermissionRefused("This was offered to somebody else.", code="QUOTE_OF_ANOTHER")


def _refuse_other_terms(quote: Quote, said: tuple[Any, ...], chain_id: int | None) -> None:
    clone = quote.clone.public_id if quote.clone else ""
    offered = (
        quote.tier,
        quote.asset_capacity,
        quote.model_strength,
        clone,
        quote.clone_name,
        quote.clone_description,
    )
    if tuple(_as_kept(one) for one in said) != offered:
        raise QuoteMismatch("This is not what was offered under this number; repeat the offer as it was.")
    if chain_id is not None and chain_id != quote.chain_id:
        raise chains.WrongChain(
            f"This was offered on chain {quote.chain_id}; a payment elsewhere buys nothing."
        )


def _as_kept(said: Any) -> Any:
    """A text as offers keep names and descriptions."""
    return unicodedata.normalize("NFKC", said).strip(" ") if isinstance(said, str) else said


def _standing(quote: Quote, vault: Vault, *, height: int = 0) -> Submission:
    """Where the payment stands by what is written down; a purchase whose deposit left the chain waits again."""
    deposit = _paid(quote)
    bought = own.list_own_purchases(quote.user).filter(quote=quote).exclude(status=PurchaseStatus.REVERSED)
    stands = deposit is not None and deposit.tx_hash != ""
    depth = height - deposit.block_number + 1 if deposit is not None and stands else 0
    return Submission(quote, deposit, bought.first(), max(0, depth), vault.confirmations)


def _paid(quote: Quote) -> Deposit | None:
    """The deposit of the offer's own wallet under its number; anybody may pay under it, and nobody else counts."""
    return Deposit.objects.filter(
        chain_id=quote.chain_id,
        vault=quote.vault,
        resolver=quote.resolver,
        nonce=quote.nonce,
        payer_address=quote.wallet_address,
        token=ETH,
    ).first()


def _look(
    vault: Vault, quote: Quote, readers: Sequence[ChainReader], tx_hash: str, *, now: datetime
) -> _Look:
    """Ask about the payment and write down what is there; the next provider where one fails."""
    failure = AdapterError("No provider of the chain may be asked.", transient=True)
    for tip in tips.abreast(vault, readers, now=now):
        try:
            return _look_at(tip, vault, quote, readers, tx_hash, now=now)
        except AdapterError as error:
            failure = error
    raise failure


def _look_at(
    tip: Tip, vault: Vault, quote: Quote, readers: Sequence[ChainReader], tx_hash: str, *, now: datetime
) -> _Look:
    events, refusal = None, None
    try:
        events = tip.reader.receipt(tx_hash) if tx_hash else None
    except TxReverted as reverted:
        refusal = reverted
    for event in events or []:
        sightings.learn(vault=vault, log=event, now=now)
    # What was paid may stand in another transaction than the one named: it was sent anew, or none was named.
    found = _paid(quote)
    if found is None or not found.tx_hash:
        paid = tip.reader.deposit_of(quote.wallet_address, quote.nonce, block_hash=tip.head.hash)
        if paid:
            scanning.scan(vault=vault, readers=readers, now=now, ranges=RANGES)
    return _Look(tip.head.number, events, refusal)


def _refuse_unmatched(deposit: Deposit | None) -> None:
    """Say why a confirmed deposit bought nothing; the money is kept, and may be claimed or asked back."""
    if deposit is None or deposit.status != DepositStatus.CONFIRMED or not deposit.unmatched_reason:
        return
    reason = UnmatchedReason(deposit.unmatched_reason)
    is_short = reason == UnmatchedReason.TOO_LOW
    raise DomainError(
        f"{reason.label}. The payment is kept as {deposit.public_id}; ask for it back, or claim it.",
        code=reason.value,
        status=422 if is_short else 409,
    )


def _refuse_unseen(
    quote: Quote, vault: Vault, look: _Look, tx_hash: str, open_readers: OpenReaders, *, now: datetime
) -> None:
    """Say what is wrong with a payment that is not there; nothing where it may still come."""
    if look.refusal is not None:
        raise look.refusal
    if look.events is not None:
        _refuse_events(quote, look.events)
    if tx_hash and _is_elsewhere(vault, tx_hash, open_readers):
        raise chains.WrongChain(
            f"This was paid on another chain than {quote.chain_id}, where it was offered."
        )
    if now > quote.expires_at:
        raise DepositNotSeen("The offer ran out, and no payment for it is on the chain.")


def _refuse_events(quote: Quote, events: Sequence[VaultLog]) -> None:
    """Say why none of the events of a mined transaction is this offer's payment."""
    paid = [event for event in events if event.name == "Deposit"]
    under = [event for event in paid if event.nonce == quote.nonce]
    if any(event.token != ETH for event in under):
        raise InvalidInput("This was paid in a token; only the chain's own coin counts.", code="WRONG_TOKEN")
    if under:
        raise InvalidInput(
            "Another wallet paid than the offer names; the payment is kept for that wallet to claim.",
            code="OTHER_PAYER",
        )
    there = Purchase.objects.filter(
        chain_id=quote.chain_id, deposit__tx_hash__in={one.tx_hash for one in paid}
    )
    if there.exists():
        raise DepositAlreadyClaimed("This payment has bought something already.")
    raise InvalidInput("The transaction holds no payment for this offer.", code="DEPOSIT_NOT_FOUND")


def _is_elsewhere(vault: Vault, tx_hash: str, open_readers: OpenReaders) -> bool:
    """Whether another of our vaults was paid by it; one that cannot be asked says nothing either way."""
    for other in chains.configured():
        if other.chain_id == vault.chain_id:
            continue
        try:
            with open_readers(other) as readers:
                if readers[0].receipt(tx_hash):
                    return True
        except (AdapterError, DomainError):
            continue
    return False
