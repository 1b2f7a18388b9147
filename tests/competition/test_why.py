"""Why an audition ended as it did: the rule, the mark, the path and the decisions, as the viewer may see them."""

from typing import Any

import pytest

from apps.competition import queries
from apps.competition.models import Audition
from apps.competition.services import auditions, evaluating
from apps.competition.types import Basis, Boundary, Drawdown, RulebookTerms, Why
from apps.core.errors import NotFound
from apps.operations.types import Actor
from apps.trading.queries import Reader
from apps.trading.services import execution
from tests.competition import trials
from tests.competition.trials import begun, fresh, mark, minutes
from tests.trading import world

pytestmark = pytest.mark.django_db
PERCENT = trials.PERCENT


def ended(audition: Audition, *path: int) -> Why:
    for at, percent in enumerate(path, start=1):
        mark(audition, percent, minutes=at)
    assert evaluating.evaluate(audition=fresh(audition), now=minutes(len(path))).status != "running"
    return queries.why(audition.public_id)


def test_a_pass_names_the_mark_and_the_rule() -> None:
    why = ended(begun(), 0, 1, 3)
    assert (why.reason, why.at, why.before, why.after) == (
        "TARGET_REACHED",
        minutes(3),
        101 * PERCENT,
        103 * PERCENT,
    )
    assert why.limit == why.audition.target_micros == 103 * PERCENT
    assert why.rule == (
        "The equity stood at or above $103,000.00 with at least 5 executed orders and no asset above 60% of the profit."
    )
    assert [point.equity for point in why.path][:3] == [100 * PERCENT, 101 * PERCENT, 103 * PERCENT]


@pytest.mark.parametrize(
    ("terms", "path", "rule"),
    [
        ({}, (1, -6, 0), "The equity stood at or below $94,000.00, 6% under the start."),
        (
            {"drawdown": Drawdown.TRAILING, "basis": Basis.BALANCE, "loss_boundary": Boundary.EXCLUSIVE},
            (2, -7, 0),
            "The balance stood below $95,880.00, 6% under its highest mark.",
        ),
        (
            {"daily_loss_bps": 250},
            (0, -3, 5),
            "The equity stood at or below $97,500.00, 2.5% of the start under the last recorded mark before the day began.",
        ),
    ],
)
def test_a_loss_names_the_mark_that_reached_the_limit(
    terms: dict[str, Any], path: tuple[int, ...], rule: str
) -> None:
    why = ended(begun(**terms), *path)
    assert (why.rule, why.at, why.before, why.after) == (
        rule,
        minutes(2),
        world.START + path[0] * PERCENT,
        world.START + path[1] * PERCENT,
    )


def test_the_orders_that_led_there_point_at_their_decisions() -> None:
    world.put_quote(dollars=100)
    audition = begun()
    action = world.propose_action(audition.account)
    execution.execute_action(action=action, now=trials.NOW)
    for at in (1, 2):
        mark(audition, 3, minutes=at)
        world.put_quote(dollars=100, at=minutes(at))
    evaluating.evaluate(audition=fresh(audition), now=minutes(2))
    step, *others = queries.why(audition.public_id).steps
    assert {other.cause for other in others} == {"action"}, "what closed the account led nowhere"
    assert (step.run_public_id, step.symbol, step.side, step.cause) == (
        action.run.public_id,
        "BTC",
        1,
        "action",
    )
    assert step.notional_micros > 0 and step.fee_micros > 0 and step.at == trials.NOW


def test_what_runs_is_told_to_its_owner_and_operators_only() -> None:
    audition = begun()
    for at in (1, 2):
        mark(audition, 1, minutes=at)
    public = queries.why(audition.public_id)
    assert (public.at, public.rule, public.path, public.steps) == (None, "", (), ())
    owner = Reader(user_id=audition.clone.owner_id)
    for reader in (owner, Reader(sees_all=True)):
        assert queries.why(audition.public_id, reader).audition.status == "running"


def test_the_words_of_an_operator_are_not_for_everybody() -> None:
    audition = begun()
    mark(audition, 1, minutes=1)
    operator = Actor.user(trials.person("olga"))
    auditions.void(audition=fresh(audition), reason="Bob's wallet was odd", by=operator, now=minutes(2))
    assert queries.why(audition.public_id).reason == "OPERATOR"
    assert queries.why(audition.public_id, Reader(user_id=audition.clone.owner_id)).reason.startswith("Bob")


def test_there_is_no_story_of_an_audition_that_does_not_exist() -> None:
    with pytest.raises(NotFound) as missing:
        queries.why("aud_nowhere")
    assert missing.value.code == "AUDITION_NOT_FOUND"


def test_every_reason_that_the_judge_gives_has_its_words() -> None:
    reasons = (
        "TARGET_REACHED",
        "TARGET_MISSED",
        "MAX_LOSS",
        "DAILY_LOSS",
        "TOO_FEW_ORDERS",
        "CONCENTRATED",
        "TOO_FEW_MARKS",
        "ACCOUNT_CLOSED",
    )
    words = {queries.in_words(RulebookTerms(), reason, None) for reason in reasons}
    assert len(words) == len(reasons) and "" not in words
