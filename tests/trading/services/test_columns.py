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


def waits(held: columns.Columns) -> list[str]:
    return [held.reasons[place] for place in held.accounts["wait"].tolist()]


def looked_at() -> list[Any]:
    """What is held now, beside what a process that holds nothing reads; times apart, those of marks."""
    with columns.open_accounts() as held:
        found = [waits(held), held.accounts.copy(), held.positions.copy(), list(held.symbols)]
    kept = columns._memory.columns
    columns.forget()
    with columns.open_accounts() as fresh:
        symbols = np.array(fresh.symbols)
        assert found[0] == waits(fresh)
        for name in found[1].dtype.names:
            if name not in ("wait", "policy"):
                assert found[1][name].tolist() == fresh.accounts[name].tolist(), name
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
    keys = found[1]["account"].tolist()
    assert keys == sorted(keys)
    assert len(keys) == 6


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
    assert set(looked_at()[0]) == {"BTC: PRICE_STALE", ""}
    world.put_quote(dollars=100, at=silent)
    marking.mark_open_accounts(now=silent + SECONDS)
    assert set(looked_at()[0]) == {""}


def test_what_another_process_marked_is_seen_before_a_drawdown_is_judged() -> None:
    every = timedelta(minutes=1)
    world.put_quote(dollars=100)
    account = world.make_account(max_drawdown_bps=300)
    carry_out(account, notional_micros=50_000 * world.DOLLAR)
    for place in (0, 1):
        marking.mark_open_accounts(now=world.NOW + place * SECONDS, snapshots_every=every)
    mine = columns._memory.columns
    columns.forget()
    peak_at, fall_at = world.NOW + 2 * SECONDS, world.NOW + 3 * SECONDS
    world.put_quote(dollars=110, at=peak_at)
    marking.mark_open_accounts(now=peak_at, snapshots_every=every)
    account.refresh_from_db()
    assert account.drawdown_base_micros > 104_000 * world.DOLLAR
    columns._memory.columns = mine
    world.put_quote(dollars=102, at=fall_at)
    marking.mark_open_accounts(now=fall_at, snapshots_every=every)
    account.refresh_from_db()
    assert (account.status, account.status_reason) == ("locked", "DRAWDOWN")


def test_a_wait_that_another_process_wrote_ends_at_the_first_good_price() -> None:
    every = timedelta(minutes=10)
    world.put_quote(dollars=100)
    account = world.make_account()
    carry_out(account)
    marking.mark_open_accounts(now=world.NOW, snapshots_every=every)
    looked_at()
    mine = columns._memory.columns
    columns.forget()
    silent = world.NOW + timedelta(minutes=5)
    marking.mark_open_accounts(now=silent, snapshots_every=every)
    account.refresh_from_db()
    assert account.wait_reason == "BTC: PRICE_STALE"
    columns._memory.columns = mine
    world.put_quote(dollars=100, at=silent + SECONDS)
    marking.mark_open_accounts(now=silent + SECONDS, snapshots_every=every)
    account.refresh_from_db()
    assert (account.wait_reason, account.last_marked_at) == ("", silent + SECONDS)


def test_what_a_cycle_marked_itself_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world.put_quote(dollars=100)
    clone = world.make_clone()
    mine = [world.make_account(clone) for _ in range(3)]
    for account in mine[:2]:
        carry_out(account)
    marking.mark_open_accounts(now=world.NOW)
    for moment in (timedelta(seconds=1, microseconds=20), timedelta(seconds=2, milliseconds=500), SECONDS):
        now = world.NOW + moment
        world.put_quote(dollars=101, at=now)
        marking.mark_open_accounts(now=now)
        with monkeypatch.context() as patch:
            patch.setattr(columns, "_read", lambda keys, *_: pytest.fail(f"read again: {keys}"))
            with columns.open_accounts():
                pass
    marking.mark_open_accounts(now=world.NOW + timedelta(minutes=10))
    with monkeypatch.context() as patch:
        patch.setattr(columns, "_read", lambda keys, *_: pytest.fail(f"read again: {keys}"))
        with columns.open_accounts() as held:
            assert set(waits(held)) == {"BTC: PRICE_STALE", ""}


def test_a_cycle_that_fails_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world.make_account()
    with pytest.raises(RuntimeError), columns.open_accounts():
        raise RuntimeError("a test")
    assert columns._memory.columns is None
    assert marking.mark_open_accounts(now=world.NOW).done == 1
    assert AccountSnapshot.objects.count() == 1
