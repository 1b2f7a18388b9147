"""A dry run decides, meets the gates and fills like a live decision, and leaves nothing behind."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps as registry

from apps.clones import queries as clones
from apps.clones.graph import LIMITS
from apps.clones.graph.basic import basic
from apps.clones.services import grant_entitlement, publish, revoke_entitlement, save_draft
from apps.core import limits
from apps.core.errors import Conflict, InvalidInput, NotFound, PermissionRefused
from apps.core.limits import RateLimited
from apps.trading import queries as trading
from apps.trading.services.cycle import run_account_cycle
from apps.trading.services.dry_run import dry_run
from apps.trading.services.execution import execute_pending
from apps.trading.services.halts import set_halt
from apps.trading.types import VerdictStatus
from tests.trading.world import BY, NOW, START, make_account, make_clone, put_candles, put_quote

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def market() -> Iterator[None]:
    """A rising BTC, which the trend rules buy, and counters that start anew."""
    limits.forget()
    put_candles()
    put_quote(dollars=160)
    yield
    limits.forget()


def counted() -> dict[str, int]:
    """How many rows every table of ours has."""
    labels = ("decisions", "trading", "clones", "operations", "market")
    models = [model for label in labels for model in registry.get_app_config(label).get_models()]
    return {model._meta.label: model._base_manager.count() for model in models}


def test_a_draft_is_tried_on_a_fresh_account_and_nothing_is_written() -> None:
    clone = make_clone()
    before = counted()
    tried = dry_run(clone=clone, now=NOW)
    assert counted() == before
    assert (tried.source.version, tried.source.revision) == (None, clones.get_draft(clone).revision)
    assert tried.decision.status == "completed" and tried.decision.packet is not None
    (verdict,) = tried.verdicts
    assert verdict.status == VerdictStatus.EXECUTED and verdict.executed and verdict.after
    assert all(gate.holds for gate in verdict.gates) and len(verdict.gates) > 20
    fee = sum(fill.fee_micros for fill in verdict.executed.fills)
    assert fee > 0 and verdict.after.cash_micros == START - fee
    assert tried.before.cash_micros == tried.before.equity_micros == START
    assert verdict.after.equity_micros is not None and verdict.after.equity_micros < START


def test_what_it_promises_is_what_a_live_account_gets() -> None:
    account = make_account()
    tried = dry_run(clone=account.clone, now=NOW, version=1, account="live")
    assert tried.account_id == account.public_id
    run_account_cycle(account_id=account.pk, prompt_key="prompt", slot_at=tried.decision.slot_at, now=NOW)
    execute_pending(now=NOW)
    (fill,) = trading.list_fills(account)
    (verdict,) = tried.verdicts
    assert verdict.executed is not None
    (promised,) = verdict.executed.fills
    for name in ("size_lots", "price_micros", "fee_micros", "walk_micros", "half_spread_micros"):
        assert getattr(promised, name) == getattr(fill, name)
    account.refresh_from_db()
    assert verdict.after is not None and verdict.after.cash_micros == account.cash_micros


def test_a_kill_switch_denies_it_by_the_gate_that_says_so() -> None:
    clone = make_clone()
    set_halt(scope="everything", mode="halted", reason="a drill", by=BY, now=NOW)
    (verdict,) = dry_run(clone=clone, now=NOW).verdicts
    assert (verdict.status, verdict.code) == (VerdictStatus.DENIED, "TRADING_HALTED")
    assert [gate.holds for gate in verdict.gates] == [True, False]
    assert verdict.executed is None and verdict.after is None


def test_a_fresh_account_is_like_the_clones_newest_on_its_first_day() -> None:
    account = make_account(max_leverage=1)
    live = dry_run(clone=account.clone, now=NOW, account="live")
    fresh = dry_run(clone=account.clone, now=NOW)
    assert live.account_id == account.public_id and fresh.account_id == ""
    assert fresh.policy.max_leverage == 1 and fresh.policy.allowed_symbols == ("BTC",)
    assert live.policy.allowed_symbols == ("BTC", "ETH")


def test_without_an_open_account_only_a_fresh_one_can_be_tried() -> None:
    with pytest.raises(Conflict) as refused:
        dry_run(clone=make_clone(), now=NOW, account="live")
    assert refused.value.code == "NO_OPEN_ACCOUNT"


def test_a_price_that_is_too_old_ends_it_before_anybody_is_asked() -> None:
    clone = make_clone()
    tried = dry_run(clone=clone, now=NOW + timedelta(hours=5))
    assert (tried.decision.status, tried.decision.code) == ("skipped", "CONTEXT_STALE")
    assert tried.verdicts == () and tried.decision.packet is None


def test_a_faulty_draft_is_refused_like_a_publication() -> None:
    clone = make_clone()
    draft = clones.get_draft(clone)
    type(draft).objects.filter(pk=draft.pk).update(document={"blocks": "none"})
    with pytest.raises(InvalidInput) as refused:
        dry_run(clone=clone, now=NOW)
    assert refused.value.code == "GRAPH_INVALID"
    assert dry_run(clone=clone, now=NOW, version=1).decision.status == "completed"


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"version": 9}, NotFound),
        ({"symbol": "DOGE"}, InvalidInput),
        ({"prompt_key": "another"}, InvalidInput),
    ],
)
def test_what_the_strategy_does_not_have_is_refused(asked: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        dry_run(clone=make_clone(), now=NOW, **asked)


def test_a_clone_whose_entitlement_was_withdrawn_tries_nothing() -> None:
    clone = make_clone()
    for grant in clones.list_entitlements(clone):
        revoke_entitlement(entitlement=grant, reason="charged back", by=BY, now=NOW)
    with pytest.raises(PermissionRefused):
        dry_run(clone=clone, now=NOW)
    with pytest.raises(PermissionRefused):
        dry_run(clone=clone, now=NOW, version=1)


def test_a_version_beyond_what_is_left_is_not_tried_though_a_smaller_one_decides() -> None:
    clone = make_clone()
    pro = grant_entitlement(
        clone=clone, tier="pro", model_strength="light", is_mock=False, source="test:pro", by=BY, now=NOW
    )
    keeper = {"tier": "starter", "model_strength": "light", "is_mock": False, "source": "test:starter"}
    grant_entitlement(clone=clone, by=BY, now=NOW, **keeper)
    assets = ["BTC", "ETH", "SOL", "DOGE"]
    save_draft(clone=clone, document=basic(assets=assets), by=BY, now=NOW)
    large = publish(clone=clone, by=BY, now=NOW)
    save_draft(clone=clone, document=basic(assets=["BTC"]), by=BY, now=NOW)
    small = publish(clone=clone, by=BY, now=NOW)
    assert dry_run(clone=clone, now=NOW, version=large.number).decision.status == "completed"
    revoke_entitlement(entitlement=pro, reason="charged back", by=BY, now=NOW)
    assert dry_run(clone=clone, now=NOW, version=small.number).decision.status == "completed"
    with pytest.raises(PermissionRefused) as refused:
        dry_run(clone=clone, now=NOW, version=large.number)
    assert refused.value.code == "ENTITLEMENT_LOST"


def test_a_version_larger_than_the_grant_that_counts_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    clone = make_clone()
    _, none = LIMITS["starter"], replace(LIMITS["starter"], active_assets=0)
    monkeypatch.setitem(LIMITS, "starter", none)
    with pytest.raises(PermissionRefused) as refused:
        dry_run(clone=clone, now=NOW, version=1)
    assert refused.value.code == "ENTITLEMENT_EXCEEDED"


def test_of_a_clone_that_has_ended_nothing_is_tried_any_more() -> None:
    clone = make_clone()
    type(clone).objects.filter(pk=clone.pk).update(status="retired")
    clone.refresh_from_db()
    for version in (None, 1):
        with pytest.raises(Conflict) as refused:
            dry_run(clone=clone, now=NOW, version=version)
        assert refused.value.code == "CLONE_RETIRED"


def test_a_version_whose_engine_is_gone_is_refused(settings: Any) -> None:
    clone = make_clone()
    settings.STRATEGY_ENGINES = ("noop",)
    with pytest.raises(InvalidInput) as refused:
        dry_run(clone=clone, now=NOW, version=1)
    assert refused.value.code == "ENGINE_UNAVAILABLE"


def test_a_paused_strategy_has_nothing_to_try() -> None:
    clone = make_clone()
    save_draft(clone=clone, document=basic(assets=["BTC"], enabled=False), by=BY, now=NOW)
    with pytest.raises(InvalidInput) as refused:
        dry_run(clone=clone, now=NOW)
    assert refused.value.code == "PROMPT_MISSING"


def test_an_owner_tries_so_often_in_a_minute_and_no_more() -> None:
    clone = make_clone()
    for _ in range(12):
        dry_run(clone=clone, now=NOW)
    with pytest.raises(RateLimited):
        dry_run(clone=clone, now=NOW)
