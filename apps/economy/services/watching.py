"""Going over every configured vault: its providers opened and checked, a chain that does not answer reported."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from apps.core.errors import AdapterError
from apps.economy.adapters.chain.port import ChainReader
from apps.economy.models import ChainCursor, Finding
from apps.economy.services import chains, confirming, fetching, reconciling, refunds, scanning
from apps.economy.services.findings import close_findings, keep_findings, open_finding
from apps.economy.types import FindingKind, Vault
from apps.operations.cadence import Report

UNREAD_FOR = timedelta(minutes=15)
"""After so long without a successful reading of a chain somebody is told."""


def scan_all(*, now: datetime) -> Report:
    """Read the deposits of every vault; nothing where none is configured."""
    vaults = chains.configured()
    report = _over(vaults, lambda vault, readers: scanning.scan(vault=vault, readers=readers, now=now), now)
    if vaults:
        _tell_unread(vaults, now)
    return report


def confirm_all(*, now: datetime, limit: int) -> Report:
    """Settle what is final in every vault that has something to wait for; `limit` deposits of each at most."""
    waiting = [vault for vault in chains.configured() if confirming.count_pending(vault)]

    def act(vault: Vault, readers: Sequence[ChainReader]) -> Report:
        return confirming.confirm(vault=vault, readers=readers, now=now, limit=limit)

    return _over(waiting, act, now)


def fetch_all(*, now: datetime, limit: int) -> Report:
    """Sign what was let go, then look in every vault whether what was signed is fetched, or ran out."""
    report = refunds.sign_authorised(now=now, limit=limit)

    def act(vault: Vault, readers: Sequence[ChainReader]) -> Report:
        return fetching.watch(vault=vault, readers=readers, now=now)

    return report + _over(chains.configured(), act, now)


def reconcile_all(*, now: datetime, chain_id: int | None = None) -> Report:
    """Hold the books of every vault against its chain, or of the one chain that is named."""
    _forget_unasked(now)
    vaults = [vault for vault in chains.configured() if chain_id in (None, vault.chain_id)]

    def act(vault: Vault, readers: Sequence[ChainReader]) -> Report:
        return reconciling.reconcile(vault=vault, readers=readers, now=now)

    return _over(vaults, act, now)


def _over(
    vaults: Sequence[Vault], act: Callable[[Vault, Sequence[ChainReader]], Report], now: datetime
) -> Report:
    """The sum of what was done for each vault: one that cannot be asked is counted and holds up no other."""
    report = Report()
    for vault in vaults:
        try:
            with chains.every(vault) as readers:
                believed, left_out = chains.trusted(vault, readers)
                _tell_wrong(vault, left_out, now)
                if believed:
                    report += act(vault, believed)
                else:
                    report += scanning.failed(vault=vault, words=" ".join(each.why for each in left_out))
        except AdapterError as error:
            report += scanning.failed(vault=vault, words=error.detail)
    return report


def _forget_unasked(now: datetime) -> None:
    """Close what was said of reading chains that no vault is on any more: nobody asks about them again."""
    asked = {vault.chain_id for vault in chains.configured()}
    told = Finding.objects.filter(
        kind__in=(FindingKind.WRONG_CHAIN, FindingKind.UNREAD), closed_at__isnull=True
    )
    for kind, chain_id in set(told.exclude(chain_id__in=asked).values_list("kind", "chain_id")):
        close_findings(
            kind=FindingKind(kind), chain_id=chain_id, because="Its vault left the settings.", now=now
        )


def _tell_wrong(vault: Vault, left_out: Sequence[chains.LeftOut], now: datetime) -> None:
    """Say which providers serve something else than the vault; one that answers nothing now is not taken for mended."""
    for each in left_out:
        if each.is_wrong:
            open_finding(
                kind=FindingKind.WRONG_CHAIN,
                chain_id=vault.chain_id,
                subject=each.name,
                detail={"why": each.why, "vault": vault.name},
                now=now,
            )
    left, others = {each.name for each in left_out}, {one.name for one in chains.configured()} - {vault.name}
    told = Finding.objects.filter(
        kind=FindingKind.WRONG_CHAIN, chain_id=vault.chain_id, closed_at__isnull=True
    )
    close_findings(
        kind=FindingKind.WRONG_CHAIN,
        chain_id=vault.chain_id,
        # What another vault of this chain was refused is closed by that one.
        subject=[
            row.subject for row in told if row.subject not in left and row.detail.get("vault") not in others
        ],
        because="The provider serves the vault, or is no longer asked.",
        now=now,
    )


def _tell_unread(vaults: Sequence[Vault], now: datetime) -> None:
    """A finding for every vault whose chain was read once and was not for a while; closed when it is, or is left out."""
    unread: dict[int, dict[str, dict[str, str]]] = {}
    for vault in vaults:
        cursor = ChainCursor.objects.filter(**vault.where, succeeded_at__lt=now - UNREAD_FOR).first()
        if cursor is not None and cursor.succeeded_at is not None:
            since = {"since": cursor.succeeded_at.isoformat(), "why": cursor.last_error}
            unread.setdefault(vault.chain_id, {})[vault.name] = since
    told = Finding.objects.filter(kind=FindingKind.UNREAD, closed_at__isnull=True)
    for chain_id in unread.keys() | set(told.values_list("chain_id", flat=True)):
        keep_findings(
            kind=FindingKind.UNREAD,
            chain_id=chain_id,
            found=unread.get(chain_id, {}),
            about=lambda _: True,
            because="It is read again, or no longer configured.",
            now=now,
        )
