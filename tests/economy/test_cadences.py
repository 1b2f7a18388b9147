"""The workers of the money path: over every vault, quick where there is nothing, a silent chain reported and kept."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest

from apps.economy.models import ChainCursor, Deposit, Finding, Quote
from apps.economy.services import chains, watching
from apps.economy.types import DepositStatus, FindingKind, QuoteStatus, Vault
from apps.operations.cadence import get_cadence, run_once
from tests.economy import shop
from tests.economy.world import NOW, VAULT, FakeChain, silent

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(seconds=30)


@pytest.fixture
def providers(chain: FakeChain, monkeypatch: pytest.MonkeyPatch) -> dict[int, list[FakeChain]]:
    """Who serves each chain, as the settings would have it."""
    serving = {VAULT.chain_id: [chain]}

    @contextmanager
    def every(vault: Vault, *, seconds: float = 1.0) -> Iterator[Sequence[FakeChain]]:
        yield serving[vault.chain_id]

    monkeypatch.setattr(chains, "every", every)
    return serving


def test_the_cadences_are_declared_in_real_time() -> None:
    told = {
        name: get_cadence(f"economy.{name}").every.total_seconds()
        for name in (
            "scan-deposits",
            "confirm-deposits",
            "expire-quotes",
        )
    }
    assert told == {"scan-deposits": 5, "confirm-deposits": 5, "expire-quotes": 60}


def test_nothing_configured_is_nothing_to_do(settings: Any, django_assert_num_queries: Any) -> None:
    settings.VAULTS = []
    with django_assert_num_queries(0):
        assert watching.scan_all(now=NOW).seen == watching.confirm_all(now=NOW, limit=10).seen == 0
    for name in ("scan-deposits", "confirm-deposits", "expire-quotes"):
        outcome = run_once(f"economy.{name}", force=True)
        assert (outcome.status, outcome.report.failed) == ("succeeded", 0)


def test_a_payment_is_seen_confirmed_and_granted_by_the_workers_alone(
    chain: FakeChain, providers: dict[int, list[FakeChain]]
) -> None:
    quote = shop.quote_for(shop.player(), chain)
    chain.pay(quote.wallet_address, quote.nonce, quote.fee_wei)
    chain.mine(VAULT.confirmations)
    assert run_once("economy.scan-deposits", force=True).report.done == 1
    assert run_once("economy.confirm-deposits", force=True).report.done == 1
    assert Deposit.objects.get().purchase.quote == quote


def test_nobody_is_asked_while_nothing_waits(
    chain: FakeChain, providers: dict[int, list[FakeChain]], django_assert_num_queries: Any
) -> None:
    chain.down = "It must not be asked."
    with django_assert_num_queries(1):
        assert watching.confirm_all(now=NOW, limit=10).failed == 0


def test_a_silent_chain_is_reported_and_holds_up_no_other(
    chain: FakeChain, providers: dict[int, list[FakeChain]], settings: Any
) -> None:
    second = replace(VAULT, chain_id=4326)
    other = FakeChain(vault=second, name="other.test", served_chain=4326)
    settings.VAULTS, providers[4326] = [asdict(VAULT), asdict(second)], [other]
    watching.scan_all(now=NOW)
    other.pay("0x" + "0a" * 20, 7, 1)
    with silent(chain, "chain.test does not answer."):
        report = watching.scan_all(now=LATER)
    assert (report.failed, report.errors) == (1, ("chain 6343: chain.test does not answer.",))
    assert Deposit.objects.get().chain_id == 4326
    first = ChainCursor.objects.get(chain_id=VAULT.chain_id)
    assert (first.last_error, first.version, first.succeeded_at) == ("chain.test does not answer.", 1, NOW)
    assert watching.scan_all(now=LATER).failed == 0
    first.refresh_from_db()
    assert (first.last_error, first.succeeded_at) == ("", LATER)


@pytest.mark.parametrize(
    "fault", [{"served_chain": 1}, {"served_code": "0x" + "00" * 32}], ids=["chain", "code"]
)
def test_c06_a_provider_of_another_chain_is_not_believed_and_somebody_is_told(
    chain: FakeChain, providers: dict[int, list[FakeChain]], fault: dict[str, Any]
) -> None:
    wrong = chain.twin("wrong.test")
    for name, value in fault.items():
        setattr(wrong, name, value)
    wrong.pay("0x" + "0a" * 20, 7, 1)
    providers[VAULT.chain_id] = [wrong, chain]
    assert watching.scan_all(now=NOW).failed == 0
    assert not Deposit.objects.exists()
    finding = Finding.objects.get()
    assert (finding.kind, finding.subject) == (FindingKind.WRONG_CHAIN, "wrong.test")
    providers[VAULT.chain_id] = [wrong]
    assert watching.scan_all(now=NOW).failed == 1
    assert "wrong.test" in ChainCursor.objects.get().last_error
    providers[VAULT.chain_id] = [chain]
    assert watching.scan_all(now=LATER).failed == 0
    finding.refresh_from_db()
    assert finding.closed_at == LATER


def test_c06_a_provider_that_is_silent_is_not_taken_for_mended(
    chain: FakeChain, providers: dict[int, list[FakeChain]]
) -> None:
    wrong = chain.twin("wrong.test")
    wrong.served_chain = 1
    providers[VAULT.chain_id] = [wrong, chain]
    watching.scan_all(now=NOW)
    with silent(wrong):
        watching.scan_all(now=LATER)
    assert Finding.objects.get().closed_at is None


def test_offers_end_by_themselves(chain: FakeChain) -> None:
    shop.quote_for(shop.player(), chain)
    assert run_once("economy.expire-quotes", force=True).report.done == 1  # it was issued long ago
    assert Quote.objects.get().status == QuoteStatus.EXPIRED


def test_a_deposit_that_waits_for_a_silent_chain_waits(
    chain: FakeChain, providers: dict[int, list[FakeChain]]
) -> None:
    deposit = shop.paid(shop.quote_for(shop.player(), chain), chain)
    chain.mine(VAULT.confirmations)
    with silent(chain):
        assert watching.confirm_all(now=LATER, limit=10).failed == 1
    deposit.refresh_from_db()
    assert deposit.status == DepositStatus.PENDING
