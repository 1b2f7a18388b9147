"""Rounds of reconciling come to their end: whatever fails late, whoever was first, however many strays there are."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.errors import AdapterError, IllegalTransition
from apps.economy.models import ChainCursor, Finding
from apps.economy.services import comparing, fetching, reconciling, standing
from apps.economy.types import FindingKind
from tests.economy.giving_back import LATER, PAYER, VAULT, look
from tests.economy.test_reconciling import Arena, arena, signed

__all__ = ["arena"]
pytestmark = pytest.mark.django_db


def test_a_round_goes_on_though_what_follows_fails(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "MOST_RANGES", 1)
    monkeypatch.setattr(reconciling, "RECENT_BLOCKS", 5)

    def fails(**also: Any) -> None:
        raise AdapterError("HTTP 500.", transient=True)

    monkeypatch.setattr(standing, "tell_balance", fails)
    few = replace(VAULT, most_blocks=5)
    reached = []
    for _ in range(2):
        with pytest.raises(AdapterError):
            reconciling.reconcile(vault=few, readers=[arena.chain], now=LATER)
        reached.append(ChainCursor.objects.get().reconciled_to)
    assert reached == [5, 10]


def test_a_thousand_strays_are_told_with_as_few_questions_as_three(arena: Arena) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            standing.tell_strays(vault=VAULT, now=LATER)
        return len(seen)

    asked()
    before = asked()
    for number in range(100, 150):
        arena.chain.pay(PAYER, number, 10**15, resolver=VAULT.resolver)
    arena.chain.mine(VAULT.confirmations)
    look(arena.chain)
    first, again = asked(), asked()
    assert Finding.objects.filter(kind=FindingKind.ORPHAN_DEPOSIT, closed_at=None).count() > 50
    assert first <= before + 3 and again == before


def test_a_withdrawal_that_another_run_books_first_ends_no_round(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = signed(arena.stray)
    arena.chain.withdraw(refund.payee_address, refund.nonce, refund.amount_wei)
    arena.chain.mine(VAULT.confirmations)
    look(arena.chain)

    def overtaken(**also: Any) -> None:
        raise IllegalTransition("It is paid by now.")

    final = fetching.final_block(vault=VAULT, readers=[arena.chain], now=LATER)
    monkeypatch.setattr(fetching, "take", overtaken)
    blocks = (0, final.block.number)
    assert comparing.compare(vault=VAULT, final=final, blocks=blocks, now=LATER).failed == 0
