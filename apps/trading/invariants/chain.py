"""Invariant of the seals: the ledger's hash chain, the fills' digests and the triggers that keep them."""

from django.db import connection

from apps.core.append_only import installed_triggers, trigger_names
from apps.trading.invariants.one_account import invariant, rows_of
from apps.trading.models import Fill, LedgerEntry, PropAccount
from apps.trading.seals import entry_hash, fill_digest


@invariant(
    "I-41", "Ledger and fills are sealed: the hash chain is whole and no row can be changed", is_slow=True
)
def chain_is_intact(account: int | None = None) -> list[str]:
    """Broken links, wrong heads, fills that differ from their seal, missing triggers."""
    return [*_missing_triggers(), *_broken_links(account), *_broken_fills(account)]


def _missing_triggers() -> list[str]:
    problems = []
    for model in (LedgerEntry, Fill):
        table = model._meta.db_table
        missing = set(trigger_names(table)) - installed_triggers(connection, table)
        problems += [f"trigger {name} is missing" for name in sorted(missing)]
    return problems


def _broken_links(account: int | None) -> list[str]:
    problems = []
    accounts = {
        pk: (ordinal, public_id, head)
        for pk, ordinal, public_id, head in rows_of(PropAccount, account).values_list(
            "pk", "ordinal", "public_id", "ledger_head"
        )
    }
    heads: dict[int, str] = {}
    for entry in rows_of(LedgerEntry, account).order_by("account_id", "sequence").iterator(chunk_size=2000):
        ordinal, public_id, _ = accounts[entry.account_id]
        if entry.previous_hash != heads.get(entry.account_id, ""):
            problems.append(f"{public_id} row {entry.sequence}: does not follow the row before")
        if entry.hash != entry_hash(entry, ordinal=ordinal):
            problems.append(f"{public_id} row {entry.sequence}: does not match its hash")
        heads[entry.account_id] = entry.hash
    for pk, (_, public_id, head) in accounts.items():
        if head != heads.get(pk, ""):
            problems.append(f"{public_id}: the account's head is not the last row's hash")
    return problems


def _broken_fills(account: int | None) -> list[str]:
    sealed = {
        (account_id, reference): digest
        for account_id, reference, digest in rows_of(LedgerEntry, account)
        .filter(reference__startswith="fill:", reference__endswith=":fee")
        .values_list("account_id", "reference", "source_digest")
    }
    problems = []
    for fill in rows_of(Fill, account).select_related("order", "terms").iterator(chunk_size=2000):
        sequence = fill.order.sequence
        if sealed.get((fill.account_id, f"fill:{sequence}:{fill.index}:fee")) != fill_digest(
            fill, order_sequence=sequence
        ):
            problems.append(f"fill {fill.pk}: does not match the seal on its ledger row")
    return problems
