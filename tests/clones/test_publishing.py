"""Drafts and publications: one active version, idempotent, atomic and immutable."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.clones import graph, queries, services
from apps.clones.models import Clone, StrategyVersion, VersionImmutable
from apps.core.errors import Conflict, DomainError, IllegalTransition, InvalidInput, PermissionRefused
from apps.operations import audit
from apps.operations.models import AuditEvent
from tests.clones.conftest import BY, NOW


def save(clone: Clone, **choices: Any) -> None:
    services.save_draft(clone=clone, document=graph.basic(**choices), by=BY, now=NOW)


def test_publishing_makes_the_draft_the_only_active_version(clone: Clone) -> None:
    first = services.publish(clone=clone, by=BY, now=NOW)
    save(clone, assets=["ETH", "SOL"], strategy="breakout", cadence_minutes=15)
    second = services.publish(clone=clone, by=BY, now=NOW)
    active = StrategyVersion.objects.filter(clone=clone, is_active=True)
    assert [version.pk for version in active] == [second.pk]
    assert (first.number, second.number) == (1, 2)
    prompt = queries.compiled(second).prompts[0]
    assert (prompt.strategy, prompt.cadence_minutes, prompt.assets) == ("breakout", 15, ("ETH", "SOL"))


def test_publishing_an_unchanged_draft_again_returns_the_standing_version(clone: Clone) -> None:
    first = services.publish(clone=clone, by=BY, now=NOW)
    again = services.publish(clone=clone, by=BY, now=NOW + timedelta(hours=1))
    assert again.pk == first.pk
    assert StrategyVersion.objects.filter(clone=clone).count() == 1
    assert AuditEvent.objects.filter(verb="clones.version.published").count() == 1


def test_a_strategy_for_an_engine_that_is_not_set_up_is_saved_and_not_published(clone: Clone) -> None:
    standing = services.publish(clone=clone, by=BY, now=NOW)
    save(clone, assets=["BTC"], engine="model", name="Ada")
    with pytest.raises(InvalidInput, match="Ada wants the model engine") as refused:
        services.publish(clone=clone, by=BY, now=NOW)
    assert refused.value.code == "ENGINE_UNAVAILABLE"
    active = queries.active_version(clone)
    assert active is not None and active.pk == standing.pk
    assert "model" not in queries.catalogue()["engines"]


def test_a_failure_while_publishing_leaves_the_old_version_active(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = services.publish(clone=clone, by=BY, now=NOW)
    save(clone, assets=["SOL"])

    def fail(**kwargs: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(audit, "record", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        services.publish(clone=clone, by=BY, now=NOW)
    standing = queries.active_version(clone)
    assert standing is not None
    assert standing.pk == first.pk
    assert StrategyVersion.objects.filter(clone=clone).count() == 1


def test_a_draft_that_no_longer_fits_its_entitlement_is_not_published(clone: Clone) -> None:
    grant = services.grant_entitlement(
        clone=clone, tier="pro", model_strength="light", is_mock=False, source="test:pro", by=BY, now=NOW
    )
    save(clone, assets=["BTC", "ETH", "SOL", "DOGE"])
    services.revoke_entitlement(entitlement=grant, reason="deposit reversed", by=BY, now=NOW)
    with pytest.raises(PermissionRefused) as refused:
        services.publish(clone=clone, by=BY, now=NOW)
    assert refused.value.code == "ENTITLEMENT_EXCEEDED"
    assert queries.active_version(clone) is None


def test_a_broken_draft_is_refused_with_the_path_and_nothing_is_lost(clone: Clone) -> None:
    before = queries.get_draft(clone)
    document = graph.basic(assets=["BTC"])
    document["nodes"][1]["symbol"] = ""
    with pytest.raises(InvalidInput, match=r"nodes\[1\]\.symbol") as refused:
        services.save_draft(clone=clone, document=document, by=BY, now=NOW)
    assert refused.value.code == "GRAPH_INVALID"
    after = queries.get_draft(clone)
    assert (after.document, after.revision) == (before.document, before.revision)


def test_words_that_hold_a_secret_are_neither_saved_nor_published(clone: Clone) -> None:
    standing, before = services.publish(clone=clone, by=BY, now=NOW), queries.get_draft(clone)
    leaking = graph.basic(assets=["BTC"], behaviour="Buy dips. OPENAI_API_KEY=abcd1234efgh")
    with pytest.raises(InvalidInput, match=r"nodes\[\d+\]\.behaviour: .* looks like a secret") as refused:
        services.save_draft(clone=clone, document=leaking, by=BY, now=NOW)
    assert refused.value.code == "SECRET_IN_TEXT" and "abcd1234" not in refused.value.detail
    assert queries.get_draft(clone).document == before.document
    type(before).objects.filter(pk=before.pk).update(document=leaking)
    with pytest.raises(InvalidInput) as again:
        services.publish(clone=clone, by=BY, now=NOW)
    assert again.value.code == "SECRET_IN_TEXT"
    active = queries.active_version(clone)
    assert active is not None and active.pk == standing.pk


def test_b03_a_second_tab_does_not_overwrite_the_first(clone: Clone) -> None:
    document = graph.basic(assets=["ETH"])
    services.save_draft(clone=clone, document=document, by=BY, now=NOW, expected_revision=1)
    with pytest.raises(DomainError) as refused:
        services.save_draft(
            clone=clone, document=graph.basic(assets=["SOL"]), by=BY, now=NOW, expected_revision=1
        )
    assert (refused.value.code, refused.value.status) == ("DRAFT_CONFLICT", 412)
    assert queries.get_draft(clone).document == document


def test_b06_a_version_cannot_be_changed_or_deleted_through_the_orm(clone: Clone) -> None:
    version = services.publish(clone=clone, by=BY, now=NOW)
    rows = StrategyVersion.objects.filter(pk=version.pk)
    version.number = 9
    for attempt in (
        version.save,
        version.delete,
        rows.delete,
        lambda: rows.update(number=9),
        lambda: rows.bulk_update([version], ["number"]),
    ):
        with pytest.raises(VersionImmutable):
            attempt()
    assert StrategyVersion.objects.get(pk=version.pk).number == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clones_strategyversion SET number = 9",
        "UPDATE clones_strategyversion SET document = '{}'",
        "UPDATE clones_strategyversion SET compiled = '{}', is_active = FALSE",
        "UPDATE clones_strategyversion SET digest = 'x'",
        "DELETE FROM clones_strategyversion",
    ],
)
def test_b06_a_version_cannot_be_changed_or_deleted_by_sql(clone: Clone, statement: str) -> None:
    version = services.publish(clone=clone, by=BY, now=NOW)
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        connection.cursor().execute(statement)
    stored = StrategyVersion.objects.get(pk=version.pk)
    assert (stored.number, stored.digest, stored.is_active) == (1, version.digest, True)


def test_b06_an_old_version_cannot_be_made_active_again_by_sql(clone: Clone) -> None:
    services.publish(clone=clone, by=BY, now=NOW)
    save(clone, assets=["SOL"])
    services.publish(clone=clone, by=BY, now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute("UPDATE clones_strategyversion SET is_active = TRUE WHERE number = 1")


def test_only_live_or_hidden_clones_with_a_version_are_tradable(clone: Clone) -> None:
    assert list(queries.tradable()) == []
    services.publish(clone=clone, by=BY, now=NOW)
    services.moderate_clone(clone=clone, to="hidden", reason="reported", by=BY, now=NOW)
    assert list(queries.tradable()) == [clone]
    services.moderate_clone(clone=clone, to="retired", reason="no demand", by=BY, now=NOW)
    assert list(queries.tradable()) == []


def test_a_retired_clone_stays_retired_and_keeps_its_strategy(clone: Clone) -> None:
    services.moderate_clone(clone=clone, to="retired", reason="no demand", by=BY, now=NOW)
    with pytest.raises(IllegalTransition):
        services.moderate_clone(clone=clone, to="live", reason="mistake", by=BY, now=NOW)
    with pytest.raises(Conflict):
        save(clone, assets=["SOL"])
    with pytest.raises(Conflict):
        services.publish(clone=clone, by=BY, now=NOW)
