"""A head that cannot be there is not believed, and what one once did to a cursor can be taken back."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.core.errors import InvalidInput, NotFound
from apps.economy.models import ChainCursor, Deposit, Finding
from apps.economy.services import rereading, scanning, watching
from apps.economy.types import FindingKind, Head, VaultLog
from apps.operations import invariants
from apps.operations.models import AuditEvent
from tests.economy import shop
from tests.economy.providers import asked
from tests.economy.world import NOW, VAULT, FakeChain

pytestmark = pytest.mark.django_db

PAYER = "0x" + "0a" * 20
ABSURD = 10**9


class Boaster(FakeChain):
    """A provider that tells of a head which never was, and of whatever block it is asked for."""

    def head(self, tag: str = "latest") -> Head:
        return Head(ABSURD, "0x" + "aa" * 32, 1)

    def block(self, number: int) -> Head:
        return Head(number, "0x" + "aa" * 32, 1)


def cursor() -> ChainCursor:
    return ChainCursor.objects.get()


def test_an_absurd_head_is_not_believed_and_the_honest_one_is_read(chain: FakeChain) -> None:
    shop.scan(chain)
    report = shop.scan(Boaster(name="boaster.test"), now=NOW + timedelta(hours=1))
    assert report.failed == 1 and "above block 73009 that can be there" in report.errors[0]
    chain.pay(PAYER, 7, 10**16)
    assert shop.scan(Boaster(name="boaster.test"), chain).failed == 0
    assert (cursor().head_number, Deposit.objects.count()) == (10, 1)


def test_the_very_first_head_is_held_against_the_other_providers(chain: FakeChain) -> None:
    assert shop.scan(Boaster(name="boaster.test"), chain).failed == 0
    assert cursor().head_number == 9


@pytest.mark.parametrize(("blocks", "is_read"), [(1_000 + 20 * 60, True), (1_001 + 20 * 60, False)])
def test_so_much_may_be_mined_in_a_minute_and_no_more(chain: FakeChain, blocks: int, is_read: bool) -> None:
    shop.scan(chain)
    chain.mine(blocks)
    assert (shop.scan(chain, now=NOW + timedelta(minutes=1)).failed == 0) is is_read


def test_a_head_that_stood_still_leaves_room_for_all_that_was_mined_meanwhile(chain: FakeChain) -> None:
    stuck = chain.twin("stuck.test")
    for minute in range(0, 180, 10):
        shop.scan(stuck, now=NOW + timedelta(minutes=minute))
    chain.mine(20_000)
    assert shop.scan(chain, now=NOW + timedelta(hours=3)).failed == 0
    assert cursor().head_number == 20_009


def poisoned(chain: FakeChain) -> None:
    """As a cursor was left by an arena that believed every head."""
    shop.scan(chain)
    ChainCursor.objects.update(head_number=ABSURD, scanned_to=5_009, withdrawals_to=ABSURD - 12)


def test_an_operator_reads_anew_and_payments_go_on(chain: FakeChain, everything_agrees: None) -> None:
    event = chain.pay(PAYER, 7, 10**16)
    shop.settle([chain])
    poisoned(chain)
    chain.pay(PAYER, 8, 10**16)
    assert shop.scan(chain).failed == 1
    out = StringIO()
    call_command("reread_vault", chain=VAULT.chain_id, from_block=5, reason="a lying provider", stdout=out)
    assert VAULT.address in out.getvalue()
    assert (cursor().head_number, cursor().scanned_to, cursor().withdrawals_to) == (4, 4, 4)
    assert all(not each.check() for each in invariants.registered() if each.key == "I-56.economy")
    said = AuditEvent.objects.get(verb="economy.chain.read-anew")
    assert (said.reason, said.detail["head"], said.detail["fromBlock"]) == ("a lying provider", ABSURD, 5)
    shop.settle([chain])
    assert set(Deposit.objects.values_list("nonce", "status")) == {(7, "confirmed"), (8, "confirmed")}
    assert Deposit.objects.get(nonce=7).block_hash == event.block_hash
    assert Deposit.objects.get(nonce=7).sightings.count() == 2


def test_reading_anew_leaves_nothing_out_and_needs_a_reason(chain: FakeChain) -> None:
    said: dict[str, Any] = {"reason": "x", "by": shop.BY, "now": NOW}
    with pytest.raises(NotFound):
        rereading.read_anew(chain_id=VAULT.chain_id, from_block=0, **said)
    shop.scan(chain)
    with pytest.raises(InvalidInput) as refused:
        rereading.read_anew(chain_id=VAULT.chain_id, from_block=11, **said)
    assert refused.value.code == "BLOCK_NOT_READ"
    with pytest.raises(CommandError, match="Say why"):
        call_command("reread_vault", chain=VAULT.chain_id, from_block=0, reason=" ")
    assert (cursor().scanned_to, cursor().version) == (9, 1)


def test_a_scan_under_way_does_not_undo_it(chain: FakeChain, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.scan(chain)
    told = chain.logs

    def anew(first: int, last: int) -> list[VaultLog]:
        monkeypatch.setattr(chain, "logs", told)
        rereading.read_anew(chain_id=VAULT.chain_id, from_block=0, reason="x", by=shop.BY, now=NOW)
        return told(first, last)

    monkeypatch.setattr(chain, "logs", anew)
    assert scanning.scan(vault=VAULT, readers=[chain], now=NOW).skipped == 1
    assert cursor().head_at is None


def unread() -> list[Finding]:
    return list(Finding.objects.filter(kind=FindingKind.UNREAD, closed_at=None))


def test_somebody_is_told_of_a_vault_that_is_not_read_until_it_is(chain: FakeChain) -> None:
    with asked(chain):
        watching.scan_all(now=NOW)
        chain.down = "chain.test answers with HTML."
        watching.scan_all(now=NOW + timedelta(minutes=15))
        assert unread() == []
        for minute in (16, 17):
            watching.scan_all(now=NOW + timedelta(minutes=minute))
        (finding,) = unread()
        assert (finding.subject, finding.found_at) == (VAULT.name, NOW + timedelta(minutes=16))
        assert (finding.seen_at, finding.detail["since"]) == (NOW + timedelta(minutes=17), NOW.isoformat())
        assert "HTML" in finding.detail["why"]
        chain.down = ""
        watching.scan_all(now=NOW + timedelta(minutes=18))
        assert unread() == []
