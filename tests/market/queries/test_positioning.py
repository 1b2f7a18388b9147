"""Reads of positioning and funding: newest first known, paged backwards, nothing from the future."""

from datetime import datetime, timedelta

import pytest

from apps.market import queries
from apps.market.models import Asset, AssetContext, FundingRate
from tests.market.places import START

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def rows() -> None:
    for symbol, shift in (("BTC", 0), ("ETH", 100)):
        asset = Asset.objects.create(
            symbol=symbol, size_decimals=5, max_leverage=40, source="synthetic", created_at=START
        )
        for hour in range(6):
            at = START + hour * HOUR
            late = at + timedelta(minutes=1)
            AssetContext.objects.create(
                asset=asset,
                at=at,
                open_interest_micros=shift + hour,
                day_notional_micros=1,
                day_base_micros=1,
                source="synthetic",
                knowable_at=late,
            )
            FundingRate.objects.create(
                asset=asset, hour_at=at, rate_e10=shift + hour, source="synthetic", knowable_at=late
            )


def interests(at: datetime, limit: int = 10, before: datetime | None = None) -> list[int]:
    found = queries.list_contexts("BTC", at=at, limit=limit, before=before)
    return [one.open_interest_micros for one in found]


def rates(at: datetime, limit: int = 10, before: datetime | None = None) -> list[int]:
    return [one.rate_e10 for one in queries.list_funding("BTC", at=at, limit=limit, before=before)]


@pytest.mark.parametrize("read", [interests, rates])
def test_series_ascend_page_backwards_and_know_nothing_later(read) -> None:
    end = START + 6 * HOUR
    assert read(end) == [0, 1, 2, 3, 4, 5]
    assert read(end, limit=2) == [4, 5]
    assert read(end, limit=2, before=START + 4 * HOUR) == [2, 3]
    assert read(START + 3 * HOUR) == [0, 1, 2], "the row of three o'clock was written a minute later"
    assert read(START + 3 * HOUR + timedelta(minutes=1)) == [0, 1, 2, 3]
    assert read(START) == []


def test_the_latest_contexts_are_of_their_own_asset(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        found = queries.latest_contexts(["BTC", "ETH", "NOPE"], at=START + 3 * HOUR)
    assert {symbol: one.open_interest_micros for symbol, one in found.items()} == {"BTC": 2, "ETH": 102}
