"""An offer that could buy no audition of what is published is not made."""

import pytest

from apps.clones import services as clones
from apps.core.errors import Conflict
from apps.economy.models import Quote
from tests.economy import shop
from tests.economy.world import NOW, FakeChain
from tests.trading import world

pytestmark = pytest.mark.django_db


def test_a_tier_that_does_not_cover_what_is_published_is_not_sold(chain: FakeChain) -> None:
    for symbol in ("BTC", "ETH", "SOL", "DOGE"):
        world.make_asset(symbol)
    who = shop.player()
    clone = clones.create_clone(owner=who.user, name="Wide", by=shop.BY, now=NOW)
    clones.grant_entitlement(
        clone=clone, tier="pro", model_strength="light", is_mock=False, source="t", by=shop.BY, now=NOW
    )
    shop.quote_for(who, chain, clone=clone)
    wide = clones.compose_basic(assets=["BTC", "ETH", "SOL", "DOGE"])
    clones.save_draft(clone=clone, document=wide, by=shop.BY, now=NOW)
    clones.publish(clone=clone, by=shop.BY, now=NOW)
    with pytest.raises(Conflict) as refused:
        shop.quote_for(who, chain, clone=clone)
    assert refused.value.code == "GRANT_TOO_SMALL"
    assert shop.quote_for(who, chain, clone=clone, tier="builder", assets=4).tier == "builder"
    assert Quote.objects.count() == 2
