"""The runtime path end to end on synthetic prices: decide, execute, mark, pass an audition, enter the Arena."""

from datetime import timedelta
from pathlib import Path

import pytest

from apps.competition import queries as competition
from apps.competition.models import ArenaMembership, Audition, PromotionEntry
from apps.competition.types import AuditionStatus
from apps.operations.invariants import registered
from apps.trading import queries as trading
from tests import arena_world


@pytest.mark.django_db
def test_clones_audition_queue_and_enter_the_arena(tmp_path: Path) -> None:
    now = arena_world.begin(tmp_path)
    end = now + timedelta(hours=7)
    while now < end and not ArenaMembership.objects.exists():
        now = arena_world.move(now)

    passed = {
        audition.clone.public_id: audition
        for audition in Audition.objects.filter(status=AuditionStatus.PASSED)
    }
    assert passed
    assert PromotionEntry.objects.count() == len(passed)
    assert {standing.clone_public_id for standing in competition.arena_standings()} == set(passed)
    for audition in passed.values():
        result = trading.account_result(audition.account)
        assert result.executed_orders >= 5
        assert result.status == "completed"
    assert {item.key: found for item in registered() if (found := item.check())} == {}
