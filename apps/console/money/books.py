"""The books of a chain and its journal, page by page; nothing here changes anything."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from apps.console.money.words import amount, dated, network, short
from apps.economy.queries import books
from apps.economy.types import Book
from apps.users import queries as users

ENTRIES_SHOWN = 25
KINDS = {
    "deposit.confirmed": "Deposit arrived",
    "deposit.matched": "Bought an audition",
    "deposit.unmatched": "Bought nothing",
    "deposit.claimed": "Is to buy after all",
    "deposit.reversed": "Deposit left the chain",
    "refund.signed": "Refund signed",
    "refund.paid": "Refund fetched",
    "refund.unpaid": "Withdrawal left the chain",
    "refund.expired": "Refund ran out",
}
OTHERS = (
    (Book.FEES, "Earned"),
    (Book.UNMATCHED, "Owed to payers: bought nothing"),
    (Book.SURPLUS, "Owed to payers: paid beyond the price"),
    (Book.REFUNDS, "Owed to payers: signed, to be fetched"),
    (Book.CLEARING, "Between two books"),
)


def books_page(request: HttpRequest) -> dict[str, Any]:
    """The books of the chain that was asked for, and its journal from where was asked."""
    listed = books.list_chains()
    asked = request.GET.get("chain", "")
    named = _number(asked)
    chosen = named if named in listed else (listed[0] if listed else None)
    here = {"chains": [_chain(one, chosen) for one in listed], "network": network(chosen) if chosen else ""}
    if chosen is None:
        return here
    return here | _balances(chosen) | _journal(request, chosen)


def _number(text: str) -> int | None:
    """A number of an address; None for anything else, as digits of other scripts and what no column holds."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 17 else None


def _chain(chain_id: int, chosen: int | None) -> dict[str, Any]:
    address = f"{reverse('console-books')}?chain={chain_id}"
    return {"title": network(chain_id), "url": address, "is_here": chain_id == chosen}


def _balances(chain_id: int) -> dict[str, Any]:
    held = books.list_balances(chain_id)
    most = max(abs(held[Book.VAULT]), 1)
    return {
        "vault": amount(held[Book.VAULT]),
        "balances": [
            {
                "name": name,
                "book": book.value,
                "amount": amount(-held[book]),
                "share": min(100, abs(held[book]) * 100 // most),
            }
            for book, name in OTHERS
            if book != Book.CLEARING or held[book]
        ],
        "is_even": sum(held.values()) == 0 and held[Book.CLEARING] == 0,
    }


def _journal(request: HttpRequest, chain_id: int) -> dict[str, Any]:
    asked, subject = request.GET.get("before", ""), request.GET.get("subject", "").strip()[:40]
    before = _number(asked)
    found = books.list_entries(chain_id=chain_id, before=before, subject=subject, limit=ENTRIES_SHOWN)
    first_url = f"{reverse('console-books')}?{urlencode({'chain': chain_id, 'subject': subject})}"
    is_full = len(found) == ENTRIES_SHOWN
    return {
        "chain_id": chain_id,
        "subject": subject,
        "entries": entry_rows(found),
        "older_url": f"{first_url}&before={found[-1].sequence}" if is_full else "",
        "is_first": before is None,
        "first_url": first_url,
    }


def entry_rows(entries: list[Any]) -> list[dict[str, Any]]:
    """Entries of the journal with their lines, and the names of the people who made them."""
    names: dict[str, str] = {}
    for by in {entry.by for entry in entries}:
        kind, _, identifier = by.partition(":")
        person = users.find_active_user(identifier) if kind == "user" else None
        names[by] = str(person) if person else identifier
    return [_entry(entry, names[entry.by]) for entry in entries]


def _entry(entry: Any, by: str) -> dict[str, Any]:
    is_deposit = entry.subject.startswith("dep_")
    return {
        "sequence": f"{entry.sequence:,}",
        "what": KINDS.get(entry.kind, entry.kind),
        "kind": entry.kind,
        "subject": entry.subject,
        "subject_url": reverse("console-deposit", args=[entry.subject]) if is_deposit else "",
        "by": by,
        "reason": entry.reason,
        "at": dated(entry.at),
        "digest": entry.digest,
        "digest_short": short(entry.digest),
        "lines": [
            {
                "book": line.book,
                "amount": amount(line.amount_wei),
                "after": amount(line.balance_after_wei),
            }
            for line in entry.lines
        ],
    }
