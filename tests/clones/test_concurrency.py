"""Two at once on PostgreSQL: one entitlement is spent once, one draft is published once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from apps.clones import services
from apps.clones.models import Clone, Entitlement, StrategyVersion
from apps.core.errors import PermissionRefused
from tests.clones.conftest import BY, NOW

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one at a time"),
]
WORKERS = 8


def together(act: Callable[[int], Any]) -> list[Any]:
    gate = Barrier(WORKERS)

    def run(number: int) -> Any:
        gate.wait()
        try:
            return act(number)
        except PermissionRefused as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, range(WORKERS)))


def test_b07_one_entitlement_is_spent_by_one_of_many(clone: Clone) -> None:
    services.grant_entitlement(
        clone=clone, tier="pro", model_strength="light", is_mock=False, source="test:1", by=BY, now=NOW
    )
    answers = together(
        lambda number: (
            services.consume_entitlement(clone=clone, purpose=f"audition:{number}", by=BY, now=NOW).pk
        )
    )
    assert answers.count("ENTITLEMENT_EXCEEDED") == WORKERS - 1
    assert Entitlement.objects.filter(consumed_at__isnull=False).count() == 1


def test_b05_one_draft_is_published_once_by_many(clone: Clone) -> None:
    answers = together(lambda number: services.publish(clone=clone, by=BY, now=NOW).pk)
    assert len(set(answers)) == 1
    assert StrategyVersion.objects.filter(clone=clone).count() == 1
