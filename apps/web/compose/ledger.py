"""An account's ledger as postings with their two legs and seals."""

from itertools import groupby
from typing import Any

from apps.trading import queries as trading
from apps.web import formats, words

MOST_LEGS = 120
SHORT_SEAL = 10


def ledger(account: Any) -> dict[str, Any]:
    """The latest postings, newest first, and the seal that covers all of them."""
    legs = list(trading.list_ledger(account)[:MOST_LEGS])
    groups = [list(one) for _, one in groupby(legs, key=lambda leg: leg.group)]
    whole = [one for one in groups if len(one) == 2]
    return {
        "postings": [_posting(one[::-1]) for one in whole],
        "count": account.ledger_sequence,
        "is_cut": account.ledger_sequence > 2 * len(whole),
        "head": account.ledger_head,
        "url": f"/api/v1/prop/accounts/{account.public_id}/ledger",
    }


def _posting(legs: list[Any]) -> dict[str, Any]:
    cash, last = legs[0], legs[-1]
    return {
        "id": f"group-{cash.group}",
        "at": formats.moment(cash.at),
        "kind": words.LEDGER_KINDS.get(cash.kind, words.spelt_out(cash.kind.upper())),
        "about": words.source(cash.reference),
        "amount": formats.small_dollars(cash.amount_micros),
        "tone": formats.tone(cash.amount_micros),
        "balance": formats.dollars(cash.balance_after_micros),
        "seal": last.hash[:SHORT_SEAL],
        "legs": [_leg(leg) for leg in legs],
    }


def _leg(leg: Any) -> dict[str, Any]:
    return {
        "sequence": leg.sequence,
        "book": leg.book.capitalize(),
        "amount": formats.signed_dollars(leg.amount_micros, places=6),
        "balance": formats.dollars(leg.balance_after_micros, places=6),
        "reference": leg.reference,
        "source_digest": leg.source_digest,
        "previous": leg.previous_hash or "none: this is the first row",
        "hash": leg.hash,
    }
