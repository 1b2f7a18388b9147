"""Offers: the published price, what they pin, who gets one, and how they end."""

from datetime import timedelta
from typing import Any

import pytest

from apps.clones import services as clones
from apps.clones.types import AUDITION_FEES_WEI, ModelStrength, Tier
from apps.competition import queries as competition
from apps.core.errors import DomainError
from apps.core.limits import RateLimited
from apps.economy.models import Quote
from apps.economy.services import quotes
from apps.economy.types import QuoteStatus
from apps.operations.models import AuditEvent
from tests.economy import shop
from tests.economy.world import NOW, VAULT, FakeChain, silent

pytestmark = pytest.mark.django_db


def refused(who: shop.Player, chain: FakeChain, **changes: Any) -> DomainError:
    """Why there is no such offer."""
    asked: dict[str, Any] = {
        "user": who.user,
        "wallet_address": who.address,
        "chain_id": VAULT.chain_id,
        "tier": "starter",
        "asset_capacity": 1,
        "model_strength": "light",
        "clone_name": "Trader",
        "readers": [chain],
        "by": shop.BY,
        "now": NOW,
    }
    with pytest.raises(DomainError) as caught:
        quotes.issue(**{**asked, **changes})
    assert not Quote.objects.exists()
    return caught.value


def test_an_offer_pins_the_price_the_payer_the_rulebook_and_where_the_chain_stood(chain: FakeChain) -> None:
    who = shop.player()
    quote = shop.quote_for(who, chain, tier="builder", assets=6, strength="frontier", name="  Anna's  ")
    offered = competition.offered_rulebook()
    assert offered is not None
    assert (quote.fee_wei, quote.rulebook_digest) == (60 * 10**15, offered.digest)
    assert (quote.user, quote.wallet_address, quote.clone) == (who.user, who.address, None)
    assert (quote.chain_id, quote.vault, quote.resolver) == (VAULT.chain_id, VAULT.address, VAULT.resolver)
    assert (quote.clone_name, quote.from_block) == ("Anna's", chain.blocks[-1].number)
    assert (quote.status, quote.expires_at - quote.issued_at) == (QuoteStatus.OPEN, quotes.LASTS)
    assert AuditEvent.objects.filter(verb="economy.quote.issued", subject_id=quote.public_id).count() == 1


@pytest.mark.parametrize("strength", ModelStrength.values)
@pytest.mark.parametrize("tier", Tier.values)
def test_the_price_is_that_of_the_published_table(tier: str, strength: str) -> None:
    most = {"starter": 3, "builder": 6, "pro": 10}[tier]
    assert (
        quotes.price(tier=tier, asset_capacity=most, model_strength=strength)
        == (AUDITION_FEES_WEI[strength][tier])
    )
    for count in (0, -1, most + 1):
        with pytest.raises(DomainError) as caught:
            quotes.price(tier=tier, asset_capacity=count, model_strength=strength)
        assert caught.value.code == "ASSET_CAPACITY_INVALID"


@pytest.mark.parametrize(("tier", "strength"), [("gold", "light"), ("starter", "huge"), ("", "")])
def test_what_is_not_on_offer_has_no_price(tier: str, strength: str) -> None:
    with pytest.raises(DomainError) as caught:
        quotes.price(tier=tier, asset_capacity=1, model_strength=strength)
    assert caught.value.code == "TERMS_INVALID"


def test_numbers_are_of_128_bits_and_never_the_same(chain: FakeChain) -> None:
    who = shop.player()
    nonces = {
        shop.quote_for(who, chain, name=f"Trader {number}").nonce for number in range(quotes.OPEN_AT_ONCE)
    }
    assert len(nonces) == quotes.OPEN_AT_ONCE
    assert max(nonces).bit_length() <= 128 and max(nonces).bit_length() > 120


def test_an_offer_is_for_an_own_clone_that_may_audition(chain: FakeChain) -> None:
    who, other = shop.player(1), shop.player(2)
    clone = clones.create_clone(owner=who.user, name="Mine", by=shop.BY, now=NOW)
    assert refused(other, chain, clone_public_id=clone.public_id, clone_name="").code == "CLONE_NOT_FOUND"
    quote = shop.quote_for(who, chain, clone=clone)
    assert (quote.clone, quote.clone_name) == (clone, "")
    Quote.objects.all().delete()
    clones.moderate_clone(clone=clone, to="hidden", reason="reported", by=shop.BY, now=NOW)
    assert refused(who, chain, clone_public_id=clone.public_id, clone_name="").code == "CLONE_RETIRED"
    clones.moderate_clone(clone=clone, to="retired", reason="reported", by=shop.BY, now=NOW)
    assert refused(who, chain, clone_public_id=clone.public_id, clone_name="").code == "CLONE_RETIRED"


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"wallet_address": "0x" + "ab" * 20}, "WALLET_NOT_LINKED", 403),
        ({"chain_id": 1}, "WRONG_CHAIN", 422),
        ({"clone_name": ""}, "CLONE_REQUIRED", 422),
        ({"clone_public_id": "cln_x"}, "CLONE_REQUIRED", 422),
        ({"clone_name": "admin"}, "NAME_RESERVED", 422),
        ({"clone_name": "x" * 33}, "NAME_INVALID", 422),
        ({"clone_description": "x" * 281}, "DESCRIPTION_INVALID", 422),
        ({"tier": "gold"}, "TERMS_INVALID", 422),
        ({"asset_capacity": 4}, "ASSET_CAPACITY_INVALID", 422),
    ],
)
def test_an_offer_that_cannot_be_is_refused(
    chain: FakeChain, changes: dict[str, Any], code: str, status: int
) -> None:
    error = refused(shop.player(), chain, **changes)
    assert (error.code, error.status) == (code, status)


def test_a_name_that_looks_like_anothers_is_not_offered(chain: FakeChain) -> None:
    clones.create_clone(owner=shop.player(2).user, name="Oracle", by=shop.BY, now=NOW)
    assert refused(shop.player(1), chain, clone_name="0racle").code == "NAME_TAKEN"


def test_payments_are_off_where_no_vault_is_configured(chain: FakeChain, settings: Any) -> None:
    settings.VAULTS = []
    error = refused(shop.player(), chain)
    assert (error.code, error.status) == ("PAYMENTS_OFF", 503)


def test_nothing_is_offered_while_the_chain_is_silent_or_behind(chain: FakeChain) -> None:
    who = shop.player()
    with silent(chain):
        error = refused(who, chain)
    assert (error.code, error.status, error.retryable) == ("CHAIN_UNAVAILABLE", 503, True)
    shop.scan(chain)
    chain.lag = 3
    assert refused(who, chain).code == "CHAIN_UNAVAILABLE"


def test_a_person_has_twenty_open_offers_and_more_when_some_ran_out(chain: FakeChain) -> None:
    who = shop.player()
    for number in range(quotes.OPEN_AT_ONCE):
        shop.quote_for(who, chain, name=f"Trader {number}", now=NOW + timedelta(minutes=number))
    at = NOW + timedelta(minutes=20)
    with pytest.raises(RateLimited) as caught:
        shop.quote_for(who, chain, name="One more", now=at)
    assert caught.value.retry_after == 600
    shop.quote_for(shop.player(2), chain, now=at)
    shop.quote_for(who, chain, name="One more", now=at + timedelta(minutes=10))


def test_offers_end_when_they_ran_out_and_no_sooner(chain: FakeChain) -> None:
    who = shop.player()
    early = shop.quote_for(who, chain, name="Early")
    late = shop.quote_for(who, chain, name="Late", now=NOW + timedelta(seconds=1))
    report = quotes.expire_due(now=early.expires_at, limit=10)
    assert (report.seen, report.done) == (1, 1)
    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.status, late.status) == (QuoteStatus.EXPIRED, QuoteStatus.OPEN)
    assert quotes.expire_due(now=early.expires_at, limit=10).seen == 0
