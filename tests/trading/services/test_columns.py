"""Columns that are held over are the accounts as they stand, whatever changed them."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from apps.trading.models import AccountSnapshot
from apps.trading.services import accounts, columns, marking
from tests.trading import world
from tests.trading.prices import carry_out

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = timedelta(seconds=10)


@pytest.fixture(autouse=True)
def _nothing_held(db: None) -> None:
    columns.forget()


def looked_at() -> list[Any]:
    """What is held now, beside what a process that holds nothing reads; times apart, those of marks."""
    with columns.open_accounts() as held:
        found = [held.heads, held.accounts.copy(), held.positions.copy(), list(held.symbols)]
    kept = columns._memory.columns
    columns.forget()
    with columns.open_accounts() as fresh:
        symbols = np.array(fresh.symbols)
        assert found[0] == fresh.heads
        for name in ("account", "sequence", "status", "cash", "equity", "peak", "low", "base", "snapshot_ms"):
            assert found[1][name].tolist() == fresh.accounts[name].tolist(), name
        assert found[1]["wait"].tolist() == fresh.accounts["wait"].tolist()
        for name in ("account", "size", "cost", "leverage", "is_isolated", "margin"):
            assert found[2][name].tolist() == fresh.positions[name].tolist(), name
        before = np.array(found[3])[found[2]["asset"]] if len(found[2]) else symbols[:0]
        now = symbols[fresh.positions["asset"]] if len(fresh.positions) else symbols[:0]
        assert before.tolist() == now.tolist()
    columns._memory.columns = kept
    return found


def test_every_change_is_seen_and_nothing_else_is_read_again(django_assert_num_queries: Any) -> None:
    for symbol in ("BTC", "ETH"):
        world.put_quote(symbol, dollars=100)
    clone = world.make_clone()
    mine = [world.make_account(clone) for _ in range(6)]
    looked_at()
    with django_assert_num_queries(1), columns.open_accounts():
        pass
    carry_out(mine[1])
    looked_at()
    carry_out(mine[1], "close")
    carry_out(mine[4], symbol="ETH", is_isolated=True)
    looked_at()
    accounts.pause_account(account=mine[2], reason="a test", by=world.BY, now=world.NOW)
    accounts.close_account(account=mine[0], reason="a test", by=world.BY, now=world.NOW)
    world.make_account(clone)
    found = looked_at()
    keys = [int(head[0]) for head in found[0]]
    assert keys == sorted(keys)
    assert len(found[0]) == 6


def test_what_a_cycle_writes_it_holds_as_well() -> None:
    world.put_quote(dollars=100)
    clone = world.make_clone()
    mine = [world.make_account(clone) for _ in range(3)]
    for account in mine[:2]:
        carry_out(account)
    for place, dollars in enumerate((100, 105, 95, 100), start=1):
        now = world.NOW + place * SECONDS
        world.put_quote(dollars=dollars, at=now)
        marking.mark_open_accounts(now=now, snapshots_every=timedelta(seconds=20))
        looked_at()
    silent = world.NOW + timedelta(minutes=10)
    marking.mark_open_accounts(now=silent)
    assert set(looked_at()[1]["wait"].tolist()) == {"BTC: PRICE_STALE", ""}
    world.put_quote(dollars=100, at=silent)
    marking.mark_open_accounts(now=silent + SECONDS)
    assert set(looked_at()[1]["wait"].tolist()) == {""}


def test_a_cycle_that_fails_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world.make_account()
    with pytest.raises(RuntimeError), columns.open_accounts():
        raise RuntimeError("a test")
    assert columns._memory.columns is None
    assert marking.mark_open_accounts(now=world.NOW).done == 1
    assert AccountSnapshot.objects.count() == 1
