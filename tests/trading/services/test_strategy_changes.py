"""An account follows its clone's strategy: a new version from the next slot, nothing while the clone is frozen."""

from typing import Any

import pytest
from django.apps import apps as registry

from apps.clones import queries as clones
from apps.clones import services as clone_services
from apps.clones.graph.basic import basic
from apps.trading.services import cycle
from tests.trading import world

pytestmark = pytest.mark.django_db
STEP = 5 * world.MINUTE


@pytest.fixture
def account() -> Any:
    world.put_candles(count=90, end=world.NOW + 6 * STEP)
    for slot in range(3):
        world.put_quote(dollars=160, at=world.NOW + slot * STEP)
    return world.make_account()


def decide(account: Any, *, slot: int) -> Any:
    """The run of the account's one prompt and asset in the slot that is so many steps later."""
    at = world.NOW + slot * STEP
    cycle.run_account_cycle(account_id=account.pk, prompt_key="prompt", slot_at=at, now=at)
    return registry.get_model("decisions.DecisionRun").objects.get(subject=account.public_id, slot_at=at)


def test_b04_the_next_run_of_an_account_uses_the_version_published_meanwhile(account: Any) -> None:
    old = clones.active_version(account.clone)
    first = decide(account, slot=0)
    document = basic(assets=["BTC"], strategy="breakout")
    clone_services.save_draft(clone=account.clone, document=document, by=world.BY, now=world.NOW)
    new = clone_services.publish(clone=account.clone, by=world.BY, now=world.NOW)
    assert old is not None
    assert decide(account, slot=0).version_id == first.version_id == old.pk
    assert decide(account, slot=1).version_id == new.pk


def test_b08_the_account_of_a_frozen_clone_decides_nothing_until_it_is_free(account: Any) -> None:
    grant = clone_services.grant_entitlement(
        clone=account.clone,
        tier="starter",
        model_strength="light",
        is_mock=False,
        source="deposit:1",
        by=world.BY,
        now=world.NOW,
    )
    clone_services.revoke_entitlement(entitlement=grant, reason="reorg", by=world.BY, now=world.NOW)
    frozen = decide(account, slot=0)
    assert (frozen.status, frozen.error_code, frozen.actions.count()) == ("skipped", "ENTITLEMENT_LOST", 0)
    clone_services.reinstate_entitlement(entitlement=grant, reason="back", by=world.BY, now=world.NOW)
    assert decide(account, slot=1).status == "completed"
