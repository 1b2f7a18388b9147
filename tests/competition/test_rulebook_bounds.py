"""F12: a rulebook sets no fee, and its numbers are held to their bounds before anybody plays under it."""

from dataclasses import fields, replace
from typing import Any

import pytest

from apps.competition.models import Rulebook
from apps.competition.services import rulebooks
from apps.competition.services.policies import policy_for
from apps.competition.types import RulebookTerms
from apps.core.errors import InvalidInput
from apps.exchange.types import Policy
from apps.trading.services.accounts import open_account
from tests.trading import world

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", sorted(rulebooks.BOUNDS))
@pytest.mark.parametrize("end", [0, 1])
def test_f12_a_rulebook_out_of_bounds_is_not_published(name: str, end: int) -> None:
    beyond: dict[str, Any] = {name: rulebooks.BOUNDS[name][end] + (1 if end else -1)}
    with pytest.raises(InvalidInput) as refused:
        rulebooks.publish(terms=replace(RulebookTerms(), **beyond), now=world.NOW)
    assert refused.value.code == "RULEBOOK_INVALID"
    assert not Rulebook.objects.exists()


def test_f12_a_rulebook_has_no_word_about_fees() -> None:
    assert [field.name for field in fields(RulebookTerms) if "fee" in field.name] == []
    version = world.make_clone().versions.get()
    policy = Policy.from_document(policy_for(version=version, terms=RulebookTerms()))
    assert (policy.taker_fee_rate_e10, policy.has_fee_tiers) == (4_500_000, True)


@pytest.mark.parametrize("end", [0, 1])
def test_f12_every_rulebook_that_is_published_opens_an_account(end: int) -> None:
    ends: dict[str, Any] = {name: bounds[end] for name, bounds in rulebooks.BOUNDS.items()}
    terms = replace(RulebookTerms(), **ends)
    rulebooks.publish(terms=terms, now=world.NOW)
    clone = world.make_clone()
    account = open_account(
        clone=clone,
        purpose="audition",
        policy=policy_for(version=clone.versions.get(), terms=terms),
        starting_micros=terms.start_micros,
        by=world.BY,
        now=world.NOW,
    )
    assert account.cash_micros == terms.start_micros
