"""Snapshots grow fewer with age, by the ladder, and what nobody cites goes with them."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.conf import settings

from apps.core.moments import from_ms, to_ms
from apps.trading.models import AccountSnapshot, MarkSet
from apps.trading.services import thinning
from tests.trading import world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def snapshots(account: Any, moments: list[datetime]) -> None:
    """A snapshot with a mark set of its own at each moment."""
    sets = MarkSet.objects.bulk_create(
        MarkSet(at=at, digest=str(place), marks={}) for place, at in enumerate(moments)
    )
    AccountSnapshot.objects.bulk_create(
        AccountSnapshot(
            account=account,
            at=at,
            cash_micros=1,
            unrealized_micros=0,
            equity_micros=1,
            maintenance_micros=0,
            mark_set=mark_set,
        )
        for at, mark_set in zip(moments, sets, strict=True)
    )


def left(account: Any) -> list[datetime]:
    return list(AccountSnapshot.objects.filter(account=account).order_by("at").values_list("at", flat=True))


def every(step: timedelta, *, first: datetime, count: int) -> list[datetime]:
    return [first + place * step for place in range(count)]


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


@pytest.mark.parametrize(("age", "step"), settings.TRADING_SNAPSHOT_LADDER)
def test_of_every_step_the_last_stays_and_of_the_account_the_first_and_the_last(
    age: timedelta, step: timedelta
) -> None:
    account = world.make_account()
    until = from_ms(to_ms(world.NOW - age) // _ms(step) * _ms(step))
    moments = every(step / 10, first=until - step - step / 20, count=20)
    snapshots(account, moments)
    thinning.thin_snapshots(now=world.NOW)
    kept = left(account)
    last_of_step = {to_ms(at) // _ms(step): at for at in moments if at < until}
    assert kept == sorted({moments[0], *last_of_step.values(), *(at for at in moments if at >= until)})
    assert len(kept) < len(moments)
    again = thinning.thin_snapshots(now=world.NOW)
    assert again.done == 0 and left(account) == kept


def test_what_is_younger_than_a_day_or_lies_ahead_stays_whole() -> None:
    account = world.make_account()
    moments = every(timedelta(minutes=1), first=world.NOW - DAY + timedelta(minutes=6), count=100)
    ahead = every(timedelta(minutes=1), first=world.NOW + 5 * DAY, count=20)
    snapshots(account, [*moments, *ahead])
    assert thinning.thin_snapshots(now=world.NOW).done == 0
    assert left(account) == [*moments, *ahead]


def test_an_account_grows_old_step_by_step() -> None:
    account = world.make_account()
    snapshots(account, every(timedelta(minutes=1), first=world.NOW, count=24 * 60))
    for hours in range(24, 24 * 9, 6):
        thinning.thin_snapshots(now=world.NOW + timedelta(hours=hours))
        if hours == 24 * 3:
            assert {after - before for before, after in pairwise(left(account)[1:-1])} == {
                timedelta(minutes=5)
            }
    kept = left(account)
    assert {after - before for before, after in pairwise(kept[1:-1])} == {timedelta(hours=1)}
    assert len(kept) == 25
    assert MarkSet.objects.count() == len(kept)


def test_mark_sets_go_with_their_last_snapshot_but_not_those_an_account_stands_at_or_that_are_fresh() -> None:
    account = world.make_account()
    old, standing, fresh = (
        MarkSet.objects.create(at=at, digest="x", marks={})
        for at in (world.NOW - DAY, world.NOW - 2 * DAY, world.NOW - timedelta(minutes=1))
    )
    account.last_mark_set = standing
    account.save()
    assert thinning.thin_snapshots(now=world.NOW).done == 1
    assert set(MarkSet.objects.values_list("pk", flat=True)) == {standing.pk, fresh.pk}
    assert not MarkSet.objects.filter(pk=old.pk).exists()
