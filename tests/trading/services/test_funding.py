"""Funding that takes an isolated margin below zero, and the prices of past hours."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core.errors import Conflict
from apps.market.queries import board
from apps.operations.types import Actor
from apps.trading.models import LedgerEntry, Order, Position
from apps.trading.services import accounts, columns, marking
from tests.trading import world
from tests.trading.prices import broken, carry_out, mark

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DEAR = 4 * 10**8
"""Four percent an hour, in 1e-10."""


@pytest.fixture(autouse=True)
def _nothing_held(db: None) -> None:
    columns.forget()


def isolated() -> Any:
    """An account with $500 of margin behind an isolated long of $10,000."""
    world.put_quote(dollars=100)
    account = world.make_account()
    carry_out(account, is_isolated=True, leverage=20)
    return account


def hours(*count: int) -> None:
    """Dear prices at these hours from now."""
    for hour in count:
        world.put_quote(dollars=100, at=world.NOW + hour * HOUR, rate_e10=DEAR)


def test_the_mark_that_charges_it_liquidates_what_lost_its_margin() -> None:
    account = isolated()
    hours(1, 2)
    mark(account, now=world.NOW + 2 * HOUR)
    assert Position.objects.get().size_lots == Position.objects.get().margin_micros == 0
    assert Order.objects.latest("id").cause == "backstop"
    assert broken() == {}


def test_while_exits_are_forbidden_the_margin_is_below_zero_and_frees_no_cash() -> None:
    account = isolated()
    accounts.halt_account(account=account, reason="a test", by=world.BY, now=world.NOW)
    for hour in (1, 2):
        hours(hour)
        mark(account, now=world.NOW + hour * HOUR)
    held = Position.objects.get()
    assert held.size_lots > 0 > held.margin_micros
    assert broken() == {}
    amount = -(account.cash_micros + 1)
    with pytest.raises(Conflict) as caught:
        adjust(account, amount)
    assert caught.value.code == "INSUFFICIENT_CASH"
    assert adjust(account, amount + 1).cash_micros == 0
    Position.objects.update(margin_micros=held.margin_micros - 1)
    assert "I-38" in broken()


def test_a_margin_below_zero_that_no_funding_explains_is_found() -> None:
    isolated()
    Position.objects.update(margin_micros=-1)
    assert "I-64" in broken()


def test_once_exits_are_allowed_again_the_next_mark_liquidates() -> None:
    account = isolated()
    accounts.halt_account(account=account, reason="a test", by=world.BY, now=world.NOW)
    hours(1, 2)
    until = world.NOW + 2 * HOUR
    mark(account, now=until)
    assert Position.objects.get().margin_micros < 0
    accounts.resume_account(account=account, reason="a test", by=world.BY, now=until)
    mark(account, now=until)
    assert Position.objects.get().size_lots == 0
    assert broken() == {}


def test_the_prices_of_a_past_hour_are_read_once_for_all_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    world.put_quote(dollars=100)
    clone = world.make_clone()
    for _ in range(3):
        carry_out(world.make_account(clone))
    for hour in (1, 2, 3):
        world.put_quote(dollars=100, at=world.NOW + hour * HOUR, rate_e10=1_000_000)
    asked = []
    quotes_of = board.quotes_of

    def counted(assets: Any, *, at: Any) -> Any:
        asked.append(at)
        return quotes_of(assets, at=at)

    monkeypatch.setattr(board, "quotes_of", counted)
    now = world.NOW + 3 * HOUR + timedelta(seconds=20)
    assert marking.mark_open_accounts(now=now).failed == 0
    assert LedgerEntry.objects.filter(kind="funding", book="cash").count() == 9
    assert sorted(asked) == [world.NOW + hour * HOUR for hour in (1, 2, 3)] + [now]


def adjust(account: Any, amount_micros: int) -> Any:
    """A correction on the word of two."""
    return accounts.adjust_cash(
        account=account,
        amount_micros=amount_micros,
        reference=f"test{amount_micros}",
        reason="a test",
        by=world.BY,
        approved_by=Actor.system("tests.second"),
        now=world.NOW + 2 * HOUR,
    )
