"""F12: a rulebook sets no fee, and its numbers are held to their bounds before anybody plays under it."""

from dataclasses import fields, replace
from typing import Any

import pytest

from apps.competition import queries
from apps.competition.models import Rulebook
from apps.competition.services import rulebooks
from apps.competition.services.policies import policy_for
from apps.competition.types import Outage, RulebookTerms
from apps.core.errors import DomainError, InvalidInput
from apps.exchange.types import Policy
from apps.operations.models import AuditEvent
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


@pytest.mark.parametrize(
    "changed",
    [
        *({name: "sometimes"} for name in rulebooks.CHOICES),
        {"title": " "},
        {"title": "t" * 121},
        {"min_orders": True},
        {"start_micros": 1e9},
        {"day_boundary_minute": 60},
        {"version": 3},
        {"version": 1, "outage": Outage.NONE, "drawdown": "trailing"},
        {"version": 1},
    ],
    ids=str,
)
def test_a_word_that_the_judge_could_not_honour_is_not_published(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        rulebooks.publish(terms=replace(RulebookTerms(), **changed), now=world.NOW)
    assert refused.value.code == "RULEBOOK_INVALID"
    assert not Rulebook.objects.exists()


@pytest.mark.parametrize("name", sorted(rulebooks.CHOICES))
def test_every_word_of_a_choice_makes_a_rulebook_of_its_own(name: str) -> None:
    changes: list[dict[str, Any]] = [{name: word} for word in rulebooks.CHOICES[name].values]
    terms = [replace(RulebookTerms(), **change) for change in changes]
    published = [rulebooks.publish(terms=one, now=world.NOW) for one in terms]
    assert len({row.digest for row in published}) == len(terms)
    assert [RulebookTerms.from_document(row.document) for row in published] == terms


class TestOffering:
    """One rulebook at a time is offered to whoever buys an audition."""

    def test_the_usual_terms_are_offered_where_nobody_offered_any(self) -> None:
        assert queries.offered_rulebook() is None
        usual = rulebooks.offered(now=world.NOW)
        assert RulebookTerms.from_document(usual.document) == RulebookTerms()
        assert rulebooks.offered(now=world.NOW) == usual == queries.offered_rulebook()

    def test_another_takes_its_place_with_a_reason_on_record(self) -> None:
        usual = rulebooks.offered(now=world.NOW)
        strict = rulebooks.publish(terms=RulebookTerms(title="Strict", min_orders=9), now=world.NOW)
        for _ in range(2):
            rulebooks.offer(rulebook=strict, reason="fewer lucky ones", by=world.BY, now=world.NOW)
        assert queries.offered_rulebook() == strict
        assert rulebooks.offered(now=world.NOW) == strict
        event = AuditEvent.objects.get(verb="competition.rulebook.offered", subject_id=strict.digest)
        assert (event.reason, event.detail["before"]) == ("fewer lucky ones", usual.digest)

    def test_it_is_not_offered_without_a_reason(self) -> None:
        rulebook = rulebooks.publish(terms=RulebookTerms(), now=world.NOW)
        with pytest.raises(DomainError) as refused:
            rulebooks.offer(rulebook=rulebook, reason=" ", by=world.BY, now=world.NOW)
        assert (refused.value.code, queries.offered_rulebook()) == ("REASON_REQUIRED", None)
