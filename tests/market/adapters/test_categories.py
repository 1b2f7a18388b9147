"""The table of categories: what it says, and that it says one thing of each coin."""

from collections import Counter
from datetime import timedelta

import pytest

from apps.market.adapters import categories
from apps.market.models import Asset
from apps.market.services import ingest, sources
from apps.market.types import AssetCategory
from tests.market.places import START


@pytest.mark.parametrize(
    ("symbol", "category"),
    [
        ("BTC", AssetCategory.MAJOR),
        ("AVAX", AssetCategory.LAYER_1),
        ("ARB", AssetCategory.LAYER_2),
        ("LINK", AssetCategory.DEFI),
        ("DOGE", AssetCategory.MEME),
        ("kPEPE", AssetCategory.MEME),
        ("TAO", AssetCategory.AI),
        ("kNOBODY", AssetCategory.OTHER),
        ("btc", AssetCategory.OTHER),
        ("", AssetCategory.OTHER),
    ],
)
def test_a_coin_has_the_category_of_what_it_is(symbol: str, category: AssetCategory) -> None:
    assert categories.category_of(symbol) is category


def test_no_coin_stands_in_two_categories() -> None:
    named = Counter(symbol for symbols in categories._SYMBOLS.values() for symbol in symbols.split())
    assert [symbol for symbol, count in named.items() if count > 1] == []


@pytest.mark.django_db
def test_registration_says_the_category_and_corrects_an_old_one() -> None:
    sources.select(wanted="synthetic", recording=None, seed=7, now=START)
    ingest.ingest_all(now=START)
    assert Asset.objects.get(symbol="DOGE").category == AssetCategory.MEME
    Asset.objects.filter(symbol="DOGE").update(category=AssetCategory.OTHER)
    ingest.ingest_all(now=START + timedelta(hours=2))
    assert Asset.objects.get(symbol="DOGE").category == AssetCategory.MEME
