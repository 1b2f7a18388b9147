"""An equity curve spans the account's whole life in a bounded number of rows."""

from datetime import timedelta
from typing import Any

import pytest

from apps.trading import queries
from apps.trading.models import AccountSnapshot, PropAccount
from tests.trading import world

pytestmark = pytest.mark.django_db
TEN_SECONDS = timedelta(seconds=10)


def mark(account: PropAccount, places: Any) -> None:
    """A snapshot every ten seconds, whose equity is its place."""
    AccountSnapshot.objects.bulk_create(
        AccountSnapshot(
            account=account,
            at=world.NOW + TEN_SECONDS * place,
            cash_micros=place,
            unrealized_micros=0,
            equity_micros=place,
            maintenance_micros=0,
        )
        for place in places
    )


@pytest.fixture
def account(db: None) -> PropAccount:
    """An account that was never marked."""
    return world.make_account()


def test_a_short_life_is_given_whole(account: PropAccount) -> None:
    assert queries.equity_series(account, limit=20) == []
    mark(account, range(20))
    assert [point.equity_micros for point in queries.equity_series(account, limit=20)] == list(range(20))


def test_a_long_life_is_spread_evenly_to_its_newest_point(account: PropAccount) -> None:
    mark(account, range(1_001))
    points = queries.equity_series(account.pk, limit=20)
    assert [point.equity_micros for point in points] == list(range(50, 1_001, 50))
    assert points[-1].at == world.NOW + TEN_SECONDS * 1_000


def test_a_silence_is_one_point_and_no_other_account_is_read(account: PropAccount) -> None:
    mark(world.make_account(world.make_clone("Bea")), range(5_000, 5_040))
    mark(account, [*range(30), 1_000])
    points = queries.equity_series(account, limit=10)
    assert [point.equity_micros for point in points] == [29, 1_000]


def test_the_rows_read_do_not_grow_with_the_life(
    account: PropAccount, django_assert_num_queries: Any
) -> None:
    mark(account, range(3_000))
    with django_assert_num_queries(4):
        assert len(queries.equity_series(account, limit=100)) == 100
