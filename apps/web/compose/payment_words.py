"""How a payment stands, in sentences, and what to do about it."""

from apps.economy.queries.payments import PaidIn, Payment, PaymentState
from apps.economy.types import UnmatchedReason
from apps.web import formats


def words_for(payment: Payment, *, is_elsewhere: bool = False) -> tuple[str, str]:
    """A headline and a sentence or two on what it means and what to do; `is_elsewhere`: its vault is another by now."""
    price, deposit = formats.eth(payment.fee_wei), payment.deposit
    if payment.state == PaymentState.OPEN and is_elsewhere:
        return (
            "This offer can no longer be paid",
            "Payments go to another vault since it was made. Take a new offer; nothing was paid for this one.",
        )
    if payment.state == PaymentState.UNMATCHED and deposit is not None:
        return unmatched_words(deposit.unmatched_reason, payment, deposit)
    if payment.state == PaymentState.CONFIRMING and deposit is not None:
        late = deposit.first_seen_at > payment.expires_at
        more = (
            "It was seen after the offer had run out, so it may not count; nothing of it is lost either way."
            if late
            else f"When it is deep enough, {_bought(payment)} by itself. You may close this page."
        )
        return "Your payment is on the chain", more
    texts = {
        PaymentState.OPEN: (
            "Waiting for your payment",
            f"Send exactly {price} with the wallet below. Everything is filled in; check it in your wallet.",
        ),
        PaymentState.EXPIRED: (
            "This offer ran out",
            "Nothing was paid for it in time. Take a new one whenever you like. If you did pay and the payment is "
            "still on its way, do not pay again: it shows here when it arrives, and you can have it back.",
        ),
        PaymentState.SETTLING: (
            "Your payment is final",
            f"It is being booked: in a moment {_bought(payment)}.",
        ),
        PaymentState.DROPPED: (
            "Your payment has left the chain",
            "The block it was in was replaced before it was final. Nothing was granted and nothing is lost: most "
            "payments come back in a later block by themselves. Look at the transaction in your wallet if it is still "
            "gone in a few minutes. Where it was given up, send it again here while the offer holds: the vault takes "
            "one payment under this number and no second one.",
        ),
        PaymentState.BOUGHT: ("Paid", f"One audition for {payment.clone_name} is yours."),
        PaymentState.REVERSED: (
            "The chain took your payment back",
            "Its block was replaced after it had been final, so what it bought is withdrawn for now. When the payment "
            "is in a block again, everything comes back by itself. Operators have been told.",
        ),
        PaymentState.REFUNDED: (
            "Given back",
            "What this payment bought was taken back, and the money with it.",
        ),
    }
    return texts[payment.state]


def _bought(payment: Payment) -> str:
    if payment.clone_public_id:
        return f"the audition of {payment.clone_name} is yours to start"
    return f"{payment.clone_name} is made, and its audition is yours to start"


def beside_words(payment: Payment, deposit: PaidIn) -> tuple[str, str]:
    """A payment of another wallet under this offer's number, which says nothing about how the offer stands."""
    amount, wallet = formats.eth(deposit.amount_wei), formats.short_address(deposit.payer_address)
    return (
        "Another wallet paid under this number",
        f"{amount} came from {wallet}. The offer is for {formats.short_address(payment.wallet_address)} alone, so "
        "this pays nothing here and changes nothing. If that wallet is yours too, link it to this account: the payment "
        "is then listed with your payments, to pay an open offer or to be asked back.",
    )


def unmatched_words(reason: str, payment: Payment | None, deposit: PaidIn) -> tuple[str, str]:
    """Why a deposit bought nothing, and what its payer can do."""
    amount, yours = formats.eth(deposit.amount_wei), "It is yours and lies safely in the vault"
    if reason == UnmatchedReason.TOO_LOW and payment is not None:
        missing = formats.eth(payment.fee_wei - deposit.amount_wei)
        return (
            "Too little arrived",
            f"{amount} came and {formats.eth(payment.fee_wei)} was asked: {missing} is missing, so it bought nothing. "
            f"{yours}. Ask for it back, then take a new offer and pay its exact price.",
        )
    words = {
        UnmatchedReason.LATE: (
            "It came too late",
            f"The offer had run out when your {amount} were first seen, so it bought nothing. {yours}. If it came within "
            "a day, let it count after all, at the price you paid; or ask for it back.",
        ),
        UnmatchedReason.OTHER_PAYER: (
            "Another wallet paid",
            f"The offer was for another wallet than {formats.short_address(deposit.payer_address)}, which sent "
            f"{amount}. If that wallet is yours too, link it to this account; then you can let the payment count here, "
            "or ask for it back.",
        ),
        UnmatchedReason.QUOTE_USED: (
            "This was paid already",
            f"A second payment of {amount} came for an offer that had been used. It bought nothing. {yours}: ask for "
            "it back.",
        ),
        UnmatchedReason.NOT_GRANTABLE: (
            "What was offered can no longer be given",
            f"Your {amount} arrived, and the clone they were for cannot take an entitlement any more. {yours}: ask "
            "for it back.",
        ),
        UnmatchedReason.NO_QUOTE: (
            "A payment without an offer",
            f"{amount} arrived under a number that nobody was given. {yours}: let it pay an "
            "offer of yours, or ask for it back.",
        ),
    }
    return words.get(UnmatchedReason(reason), ("It bought nothing", f"{yours}. Ask for it back."))
