"""Recompute a prop account from its public rows: every seal, every balance, every receipt. Needs Python 3.11 alone.

python3 verify_account.py https://<site>/api/v1/prop/accounts/acc_...
"""

import hashlib
import json
import sys
from datetime import UTC, datetime
from decimal import Decimal
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

PAGE = 200


def fetch(address):
    """The JSON at an address."""
    with urlopen(address) as answer:
        return json.load(answer)


def rows(address):
    """Every row of a paged list, newest first."""
    cursor = ""
    while cursor is not None:
        page = fetch(f"{address}?limit={PAGE}" + (f"&cursor={cursor}" if cursor else ""))
        yield from page["items"]
        cursor = page["nextCursor"]


def micros(text):
    """Dollars as whole micro-dollars."""
    return int(Decimal(text) * 1_000_000)


def moment(text):
    """A time as whole microseconds since 1970."""
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def seal(document):
    """SHA-256 of the document as JSON with sorted keys and no spaces."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def entry_seal(row, ordinal):
    """The seal of a ledger row of the account with this ordinal."""
    return seal(
        {
            "account": ordinal,
            "sequence": row["sequence"],
            "group": row["group"],
            "book": row["book"],
            "kind": row["kind"],
            "amount_micros": micros(row["amount"]),
            "balance_after_micros": micros(row["balanceAfter"]),
            "reference": row["reference"],
            "source_digest": row["sourceDigest"],
            "previous_hash": row["previousHash"],
            "at": moment(row["at"]),
        }
    )


def check_ledger(account, ledger):
    """Walk the ledger from its first row; yields what is wrong."""
    previous, balances, groups = "", {}, {}
    for place, row in enumerate(ledger, start=1):
        number = row["sequence"]
        balances[row["book"]] = balances.get(row["book"], 0) + micros(row["amount"])
        groups[row["group"]] = groups.get(row["group"], 0) + micros(row["amount"])
        if number != place:
            yield f"row {place} is missing"
        if row["previousHash"] != previous:
            yield f"row {number} does not follow the row before it"
        if entry_seal(row, account["ordinal"]) != row["hash"]:
            yield f"row {number} is not what was sealed"
        if balances[row["book"]] != micros(row["balanceAfter"]):
            yield f"row {number} has another balance than its book"
        previous = row["hash"]
    yield from (f"posting {group} does not add up to zero" for group, total in groups.items() if total)
    if previous != account["ledgerHead"]:
        yield "the last seal is not the account's"
    if balances.get("cash", 0) != micros(account["cash"]):
        yield "the cash is not what the ledger adds up to"


def check_receipts(ledger, fills):
    """Compare every receipt with the seal on the ledger rows that it caused; yields what is wrong."""
    seals = {cause(row): row["sourceDigest"] for row in ledger if row["sourceDigest"]}
    for fill in fills:
        name = receipt_name(fill)
        missing = NEWER if fill["kernelVersion"] == "exchange-1" else ()
        receipt = {field: read(fill) for field, read in RECEIPT.items() if field not in missing}
        if seal(receipt) != seals.get(name):
            yield f"the receipt {name} is not what was sealed"


# What receipts of the first kernel did not have.
NEWER = ("leverage", "is_isolated", "margin_micros", "taken_lots", "terms_digest")
RECEIPT = {
    "order": lambda fill: fill["orderSequence"],
    "index": lambda fill: fill["index"],
    "symbol": lambda fill: fill["symbol"],
    "side": lambda fill: 1 if fill["side"] == "buy" else -1,
    "size_lots": lambda fill: fill["sizeLots"],
    "price_micros": lambda fill: micros(fill["price"]),
    "notional_micros": lambda fill: micros(fill["notional"]),
    "fee_micros": lambda fill: micros(fill["fee"]),
    "realized_micros": lambda fill: micros(fill["realized"]),
    "mid_micros": lambda fill: micros(fill["mid"]),
    "half_spread_micros": lambda fill: micros(fill["halfSpread"]),
    "walk_micros": lambda fill: micros(fill["walk"]),
    "leverage": lambda fill: fill["leverage"],
    "is_isolated": lambda fill: fill["marginMode"] == "isolated",
    "margin_micros": lambda fill: micros(fill["marginChange"]),
    "taken_lots": lambda fill: fill["takenLots"],
    "terms_digest": lambda fill: fill["terms"] or "",
    "price_age_ms": lambda fill: fill["priceAgeMs"],
    "kernel_version": lambda fill: fill["kernelVersion"],
    "at": lambda fill: moment(fill["at"]),
}


def account_of(address):
    """The statement, and the ledger and the receipts up to it: what is booked while they are read is left out."""
    account = fetch(address)
    # The ledger last: it has the rows of every receipt read before it.
    fills, ledger = list(rows(f"{address}/fills")), list(rows(f"{address}/ledger"))[::-1]
    last = account["ledgerSequence"]
    newer = {cause(row) for row in ledger if row["sequence"] > last}
    ledger = [row for row in ledger if row["sequence"] <= last]
    return account, ledger, [fill for fill in fills if receipt_name(fill) not in newer]


def cause(row):
    """What a ledger row was booked for: "fill:12:0" of "fill:12:0:fee"."""
    return row["reference"].rpartition(":")[0]


def receipt_name(fill):
    """What the ledger rows of a receipt are booked for."""
    return f"fill:{fill['orderSequence']}:{fill['index']}"


def main(address):
    """Check the account at an address of the API; returns the exit code."""
    try:
        account, ledger, fills = account_of(address)
    except HTTPError as refused:
        sys.exit(f"{address} answers {refused.code}: no account that anybody may read is there.")
    except URLError as silent:
        sys.exit(f"{address} does not answer: {silent.reason}")
    faults = [*check_ledger(account, ledger), *check_receipts(ledger, fills)]
    lines = [f"WRONG: {fault}" for fault in faults] or [
        f"{account['id']}: {len(ledger)} rows and {len(fills)} receipts are as they were sealed.",
        f"Cash {account['cash']} is what the ledger adds up to; the last seal is {account['ledgerHead']}.",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1].rstrip("/")))
