"""What operators do to accounts: states, two persons for money and ends, an audit row for each act."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core.errors import Conflict, DomainError, IllegalTransition, InvalidInput
from apps.operations.invariants import registered
from apps.operations.models import AuditEvent
from apps.operations.second_person import SecondPersonRequired
from apps.operations.types import Actor
from apps.trading.models import LedgerEntry, Order, Position, PropAccount
from apps.trading.services import accounts, execution, halts, marking
from apps.trading.types import ACCOUNT_TRANSITIONS, CLOSED_STATUSES, OPEN_STATUSES, AccountStatus
from tests.trading import world
from tests.trading.prices import carry_out

pytestmark = pytest.mark.django_db
ANN, BOB = Actor("user", "usr_ann", "ann"), Actor("user", "usr_bob", "bob")
S = AccountStatus
MOVES = {
    accounts.pause_account: (S.PAUSED, "trading.account.paused"),
    accounts.resume_account: (S.ACTIVE, "trading.account.resumed"),
    accounts.restrict_account: (S.REDUCE_ONLY, "trading.account.restricted"),
    accounts.halt_account: (S.HALTED, "trading.account.halted"),
    accounts.lock_account: (S.LOCKED, "trading.account.locked"),
}


@pytest.fixture
def account() -> PropAccount:
    """An account that holds $10,000 of BTC."""
    world.put_quote(dollars=100)
    account = world.make_account()
    execution.execute_action(action=world.propose_action(account), now=world.NOW)
    account.refresh_from_db()
    return account


def given(account: PropAccount, **more: Any) -> dict[str, Any]:
    return {"account": account, "reason": "because of a test", "by": ANN, "now": world.NOW, **more}


def put(account: PropAccount, status: str) -> None:
    PropAccount.objects.filter(pk=account.pk).update(status=status)
    account.status = status


def broken() -> dict[str, list[str]]:
    """Every invariant of trading that does not hold."""
    ours = [check for check in registered() if check.check.__module__.startswith("apps.trading.")]
    return {check.key: wrong for check in ours if (wrong := check.check())}


@pytest.mark.parametrize("source", AccountStatus.values)
@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.__name__)
def test_every_move_from_every_state_follows_the_table_and_leaves_a_row(move: Any, source: str) -> None:
    account = world.make_account()
    put(account, source)
    target, verb = MOVES[move]
    if target in ACCOUNT_TRANSITIONS[source]:
        moved = move(**given(account))
        event = AuditEvent.objects.get(verb=verb)
        assert (moved.status, moved.status_reason) == (target, "because of a test")
        assert (event.subject_id, event.reason, event.actor_label) == (
            account.public_id,
            "because of a test",
            "ann",
        )
    else:
        with pytest.raises(IllegalTransition):
            move(**given(account))
        assert PropAccount.objects.get().status == source
        assert not AuditEvent.objects.filter(verb=verb).exists()


@pytest.mark.parametrize("hold", [move for move in MOVES if MOVES[move][0] not in (S.ACTIVE, S.HALTED)])
def test_no_other_hold_lifts_a_halt_and_a_locked_account_can_be_halted(hold: Any) -> None:
    account = world.make_account()
    accounts.lock_account(**given(account))
    assert accounts.halt_account(**given(account)).status == "halted"
    with pytest.raises(IllegalTransition):
        hold(**given(account))
    with pytest.raises(IllegalTransition):
        accounts.force_exit(**given(account))
    assert PropAccount.objects.get().status == "halted"
    assert accounts.resume_account(**given(account)).status == "active"


@pytest.mark.parametrize(("hold", "left"), [("pause", 0), ("lock", 0), ("restrict", 0), ("halt", 1)])
def test_a_stop_still_fires_under_every_hold_but_a_halt(account: PropAccount, hold: str, left: int) -> None:
    carry_out(account, "set_stop", stop_micros=95 * world.DOLLAR)
    getattr(accounts, f"{hold}_account")(**given(account))
    later = world.NOW + timedelta(seconds=10)
    world.put_quote(dollars=94, at=later)
    marking.mark_open_accounts(now=later)
    assert Position.objects.exclude(size_lots=0).count() == left


@pytest.mark.parametrize("source", AccountStatus.values)
def test_ending_by_force_works_in_every_open_state_and_in_no_other(source: str) -> None:
    account = world.make_account()
    put(account, source)
    if source in OPEN_STATUSES:
        assert accounts.force_liquidate(**given(account, approved_by=BOB)).status == "liquidated"
    else:
        with pytest.raises(Conflict):
            accounts.force_liquidate(**given(account, approved_by=BOB))
        assert PropAccount.objects.get().status == source


def test_a_resumed_account_measures_its_drawdown_from_today(account: PropAccount) -> None:
    PropAccount.objects.filter(pk=account.pk).update(equity_micros=90_000 * world.DOLLAR)
    accounts.pause_account(**given(account))
    assert accounts.resume_account(**given(account)).drawdown_base_micros == 90_000 * world.DOLLAR


def test_forcing_out_closes_everything_and_locks(account: PropAccount) -> None:
    assert accounts.force_exit(**given(account)).status == "locked"
    assert Position.objects.get().size_lots == 0
    accounts.force_exit(**given(account))
    assert AuditEvent.objects.filter(verb="trading.account.forced-out").count() == 2
    assert accounts.close_account(**given(account)).status == "completed"


def test_liquidating_by_force_closes_at_the_market_and_names_both_persons(account: PropAccount) -> None:
    ended = accounts.force_liquidate(**given(account, approved_by=BOB))
    assert (ended.status, ended.closed_at, ended.closed_reason) == (
        "liquidated",
        world.NOW,
        "because of a test",
    )
    assert Position.objects.get().size_lots == 0 and Order.objects.count() == 2
    event = AuditEvent.objects.get(verb="trading.account.force-liquidated")
    assert (event.actor_label, event.detail["approved_by_label"]) == ("ann", "bob")
    assert broken() == {}


def test_f15_an_adjustment_needs_two_persons_and_is_a_row_of_the_ledger(account: PropAccount) -> None:
    before, rows = account.cash_micros, LedgerEntry.objects.count()
    adjust = given(account, amount_micros=-5_000_000, reference="hld_1")
    with pytest.raises(SecondPersonRequired):
        accounts.adjust_cash(**adjust, approved_by=ANN)
    assert (PropAccount.objects.get().cash_micros, LedgerEntry.objects.count()) == (before, rows)
    after = accounts.adjust_cash(**adjust, approved_by=BOB)
    assert (after.cash_micros, after.adjustment_micros) == (before - 5_000_000, 5_000_000)
    legs = LedgerEntry.objects.filter(kind="adjustment").order_by("sequence")
    assert [(leg.book, leg.amount_micros, leg.reference) for leg in legs] == [
        ("cash", -5_000_000, "adjustment:hld_1"),
        ("adjustment", 5_000_000, "adjustment:hld_1"),
    ]
    event = AuditEvent.objects.get(verb="trading.account.adjusted")
    assert event.detail["amount_micros"] == -5_000_000
    assert (event.actor_id, event.detail["approved_by"]) == ("usr_ann", "usr_bob")
    assert broken() == {}


def test_an_adjustment_is_booked_once(account: PropAccount) -> None:
    for _ in range(2):
        accounts.adjust_cash(**given(account, amount_micros=7, reference="hld_1", approved_by=BOB))
    assert LedgerEntry.objects.filter(kind="adjustment", book="cash").count() == 1
    assert AuditEvent.objects.filter(verb="trading.account.adjusted").count() == 1


@pytest.mark.parametrize("amount", [0, True, 10**15, -(10**15)])
def test_an_adjustment_of_nothing_or_beyond_bounds_is_refused(account: PropAccount, amount: int) -> None:
    with pytest.raises(InvalidInput):
        accounts.adjust_cash(**given(account, amount_micros=amount, reference="hld_1", approved_by=BOB))


def test_an_adjustment_leaves_no_debt_and_no_closed_books_behind(account: PropAccount) -> None:
    adjust = given(account, amount_micros=-account.cash_micros - 1, reference="hld_1", approved_by=BOB)
    with pytest.raises(Conflict) as caught:
        accounts.adjust_cash(**adjust)
    assert caught.value.code == "INSUFFICIENT_CASH"
    for status in CLOSED_STATUSES:
        put(account, status)
        with pytest.raises(Conflict):
            accounts.adjust_cash(**{**adjust, "amount_micros": 5})
    assert not LedgerEntry.objects.filter(kind="adjustment").exists()


ENDS = {
    "close": lambda account: accounts.close_account(**given(account)),
    "force out": lambda account: accounts.force_exit(**given(account)),
    "liquidate": lambda account: accounts.force_liquidate(**given(account, approved_by=BOB)),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
@pytest.mark.parametrize("halted", ["account", "asset", "everything"])
def test_a_halt_holds_back_forced_exits_too(account: PropAccount, end: Any, halted: str) -> None:
    if halted == "account":
        accounts.halt_account(**given(account))
    else:
        symbol = "BTC" if halted == "asset" else ""
        halts.set_halt(scope=halted, symbol=symbol, mode="halted", reason="test", by=ANN, now=world.NOW)
    status = PropAccount.objects.get().status
    with pytest.raises(DomainError) as caught:
        end(account)
    assert (caught.value.code, caught.value.retryable) == ("TRADING_HALTED", True)
    assert PropAccount.objects.get().status == status and Position.objects.get().size_lots > 0


def test_with_nothing_to_sell_a_halted_account_may_end() -> None:
    account = world.make_account()
    accounts.halt_account(**given(account))
    assert accounts.close_account(**given(account)).status == "completed"


def test_a_switch_that_leaves_reducing_lets_accounts_leave_the_market(account: PropAccount) -> None:
    halts.set_halt(scope="everything", mode="reducing", reason="test", by=ANN, now=world.NOW)
    assert accounts.close_account(**given(account)).status == "completed"
    assert Position.objects.get().size_lots == 0
