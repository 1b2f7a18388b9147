"""A withdrawn entitlement freezes its clone's decisions, reversibly; a new version decides from the next run on."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from apps.clones import graph
from apps.clones import queries as clones
from apps.clones import services as clone_services
from apps.decisions.engine import registry
from apps.decisions.engine.types import ContextPacket, RawAnswer
from apps.decisions.models import DecisionRun, ProposedAction
from apps.decisions.services.propose import propose
from apps.decisions.services.verify import broken_chains
from apps.decisions.types import RunStatus
from tests.decisions.world import BAR, BY, NOW, make_version, stands, write_market

pytestmark = pytest.mark.django_db


class Interrupted:
    """The rules engine, with something happening while it thinks."""

    name = "rules"
    reads_streams = False

    def __init__(self, *, is_paid: bool, meanwhile: Callable[[], object]) -> None:
        self.engine, self.is_paid, self.meanwhile = registry.ENGINES["rules"], is_paid, meanwhile
        self.revision = self.engine.revision

    def answer(self, packet: ContextPacket) -> RawAnswer:
        """What the rules say, after the interruption."""
        self.meanwhile()
        return self.engine.answer(packet)


def decide(version: Any, *, slot_at: datetime = NOW) -> DecisionRun:
    return propose(
        subject="acc_1",
        version=version,
        prompt_key="prompt",
        symbol="BTC",
        slot_at=slot_at,
        standing=stands(),
        now=slot_at,
        by=BY,
    )


def buy(version: Any, *, tier: str = "builder") -> Any:
    return clone_services.grant_entitlement(
        clone=version.clone,
        tier=tier,
        model_strength="light",
        is_mock=False,
        source=f"deposit:{tier}",
        by=BY,
        now=NOW,
    )


def revoke(grant: Any) -> None:
    clone_services.revoke_entitlement(entitlement=grant, reason="deposit reversed", by=BY, now=NOW)


@pytest.fixture
def version() -> Any:
    write_market(end=NOW + 4 * BAR, count=30)
    return make_version()


def test_b08_a_revoked_entitlement_freezes_and_its_return_frees_the_clone(version: Any) -> None:
    grant = buy(version)
    before = decide(version)
    assert before.status == RunStatus.COMPLETED
    revoke(grant)
    frozen = decide(version, slot_at=NOW + BAR)
    assert (frozen.status, frozen.error_code) == (RunStatus.SKIPPED, "ENTITLEMENT_LOST")
    assert ProposedAction.objects.filter(run=frozen).count() == 0
    assert clones.get_clone(version.clone.public_id).status == "live"
    assert clones.overviews([version.clone])[0].is_frozen
    clone_services.reinstate_entitlement(entitlement=grant, reason="back on the chain", by=BY, now=NOW)
    after = decide(version, slot_at=NOW + 2 * BAR)
    assert (after.status, after.version_id) == (RunStatus.COMPLETED, version.pk)
    assert not clones.overviews([version.clone])[0].is_frozen
    assert list(broken_chains()) == []


def test_b08_another_purchase_frees_the_clone_too(version: Any) -> None:
    revoke(buy(version))
    assert decide(version).error_code == "ENTITLEMENT_LOST"
    buy(version, tier="starter")
    assert decide(version, slot_at=NOW + BAR).status == RunStatus.COMPLETED


def test_b08_a_smaller_grant_that_is_left_does_not_carry_a_bigger_strategy(version: Any) -> None:
    buy(version, tier="starter")
    pro = buy(version, tier="pro")
    document = graph.basic(assets=["BTC", "ETH", "SOL", "DOGE"])
    clone_services.save_draft(clone=version.clone, document=document, by=BY, now=NOW)
    wide = clone_services.publish(clone=version.clone, by=BY, now=NOW)
    assert decide(wide).status == RunStatus.COMPLETED
    revoke(pro)
    assert decide(wide, slot_at=NOW + BAR).error_code == "ENTITLEMENT_LOST"
    assert not clones.is_entitlement_lost(version)


def test_b08_a_mock_clone_that_never_bought_anything_is_not_frozen(version: Any) -> None:
    assert decide(version).status == RunStatus.COMPLETED


def test_b08_a_run_that_was_thinking_when_it_happened_proposes_nothing(
    version: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = buy(version)
    engine = Interrupted(is_paid=True, meanwhile=lambda: revoke(grant))
    monkeypatch.setitem(registry.ENGINES, "rules", engine)
    run = decide(version)
    assert (run.status, run.error_code) == (RunStatus.SKIPPED, "ENTITLEMENT_LOST")
    assert run.raw_answer
    assert ProposedAction.objects.count() == 0
    assert list(broken_chains()) == []


def test_b04_a_run_keeps_its_version_when_another_is_published_meanwhile(
    version: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish() -> None:
        document = graph.basic(assets=["BTC"], strategy="breakout")
        clone_services.save_draft(clone=version.clone, document=document, by=BY, now=NOW)
        clone_services.publish(clone=version.clone, by=BY, now=NOW)

    monkeypatch.setitem(registry.ENGINES, "rules", Interrupted(is_paid=False, meanwhile=publish))
    during = decide(version)
    new = clones.active_version(version.clone)
    assert new is not None
    assert (new.number, during.version_id) == (2, version.pk)
    assert during.context["prompt"]["strategy"] == "trend"
    assert decide(new).pk == during.pk
    assert DecisionRun.objects.get(pk=during.pk).version_id == version.pk
    after = decide(new, slot_at=NOW + BAR)
    assert (after.version_id, after.context["prompt"]["strategy"]) == (new.pk, "breakout")
    assert list(broken_chains()) == []
