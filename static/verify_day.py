"""Recompute the root of a day, back to the first, and an account's place under it. Needs Python 3.11 alone.

python3 verify_day.py https://<site> 2026-03-02                 every root up to that day follows from the one before
python3 verify_day.py https://<site> 2026-03-02 acc_...         and the account's chains end where the root says
python3 verify_day.py https://<site> 2026-03-02 --root <root>   and it is the root that you wrote down
"""

import argparse
import hashlib
import json
import sys
from datetime import date, timedelta
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

PAGE = 200
CHAINS = ("decisions", "executions", "ledger")


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


def sha256(*parts):
    """SHA-256 of some bytes, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def root_of(day):
    """The root that a day must have: it seals the root before it, the date and the top of the tree."""
    before, tree = bytes.fromhex(day["previousRoot"]), bytes.fromhex(day["tree"])
    return sha256(b"\x02", before, day["date"].encode(), tree).hex()


def check_days(days):
    """Walk from the first day on; yields what is wrong."""
    before = None
    for day in days:
        if root_of(day) != day["root"]:
            yield f"{day['date']}: the root is not that of its tree"
        if day["previousRoot"] != (before["root"] if before else ""):
            yield f"{day['date']}: does not follow the root of the day before"
        if before and date.fromisoformat(day["date"]) - date.fromisoformat(before["date"]) != timedelta(
            days=1
        ):
            yield f"{day['date']}: the day before it is missing"
        before = day


def leaf_hash(proof):
    """The hash of an account's leaf, of its number and digest in each of its chains."""
    heads = [part for chain in CHAINS for part in (proof[chain]["sequence"], proof[chain]["digest"])]
    leaf = json.dumps([proof["account"], *heads], separators=(",", ":"), ensure_ascii=True)
    return sha256(b"\x00", leaf.encode("ascii"))


def climb(start, path):
    """The top of the tree to which the steps lead."""
    for step in path:
        beside = bytes.fromhex(step["hash"])
        start = sha256(b"\x01", beside, start) if step["isLeft"] else sha256(b"\x01", start, beside)
    return start.hex()


def check_account(proof, day, ledger):
    """Compare an account's proof with the day, and its ledger with the proof; yields what is wrong."""
    if climb(leaf_hash(proof), proof["path"]) != day["tree"]:
        yield f"{proof['account']}: its leaf is not under the root"
    head = proof["ledger"]
    sealed = next((row["hash"] for row in ledger if row["sequence"] == head["sequence"]), "")
    if sealed != head["digest"]:
        yield f"{proof['account']}: row {head['sequence']} of the ledger is not what the root has"


def check(site, wanted, account, root):
    """Everything that can be checked from outside: what is wrong, and what was found."""
    days = [day for day in rows(f"{site}/api/v1/proofs/days") if day["date"] <= wanted][::-1]
    if not days or days[-1]["date"] != wanted:
        sys.exit(f"{wanted} is not sealed at {site}.")
    last = days[-1]
    faults = list(check_days(days))
    told = [f"{len(days)} days up to {wanted} follow from one another; the root is {last['root']}."]
    if root and root != last["root"]:
        faults.append(f"{wanted}: the root is {last['root']}, not the one that you wrote down")
    if account:
        proof = fetch(f"{site}/api/v1/proofs/days/{wanted}/accounts/{account}")
        faults += check_account(proof, last, rows(f"{site}/api/v1/prop/accounts/{account}/ledger"))
        ends = ", ".join(f"{chain} {proof[chain]['sequence']}" for chain in CHAINS)
        told.append(f"{account} is under it: {ends}.")
    return faults, told


def main(arguments):
    """Check and print; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("site")
    parser.add_argument("date")
    parser.add_argument("account", nargs="?")
    parser.add_argument("--root", default="")
    given = parser.parse_args(arguments)
    try:
        faults, told = check(given.site.rstrip("/"), given.date, given.account, given.root)
    except HTTPError as refused:
        sys.exit(f"{refused.url} answers {refused.code}: nothing that anybody may read is there.")
    except URLError as silent:
        sys.exit(f"{given.site} does not answer: {silent.reason}")
    sys.stdout.write("\n".join([f"WRONG: {fault}" for fault in faults] or told) + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
