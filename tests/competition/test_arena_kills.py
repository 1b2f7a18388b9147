"""H14: a look at the Arena killed anywhere; the next one finds all of an admission or nothing of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.competition.models import ArenaMembership, PromotionEntry
from apps.competition.services import promotion
from apps.operations import failpoints
from apps.operations.models import AuditEvent
from apps.trading.models import PropAccount
from tests.competition.queued import broken, waiting
from tests.competition.trials import minutes
from tests.trading.kills import forks
from tests.trading.kills.points import ARENA
from tests.trading.kills.stores import Stores

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    made = Stores(tmp_path)
    yield made
    made.close()


def look() -> None:
    promotion.run_arena(now=minutes(4), limit=100)


def tell_all(tell: forks.Tell) -> None:
    tell(
        members=list(ArenaMembership.objects.order_by("pk").values_list("slot_number", "entry__sequence")),
        states=list(PromotionEntry.objects.order_by("sequence").values_list("status", flat=True)),
        accounts=PropAccount.objects.filter(purpose="arena").count(),
        told=AuditEvent.objects.filter(verb="competition.clone.admitted").count(),
        broken=list(broken()),
    )


@pytest.mark.parametrize(("point", "hits"), [*((point, 1) for point in ARENA), (ARENA[0], 2)])
def test_h14_killed_in_a_look_at_the_arena(stores: Stores, point: str, hits: int) -> None:
    waiting(3)
    database = stores.copy_tests()

    def killed(tell: forks.Tell) -> None:
        failpoints.arm(point, hits=hits)
        look()

    def repair(tell: forks.Tell) -> None:
        tell_all(tell)
        look()
        tell_all(tell)

    assert forks.run(database, killed).killed
    found, repaired = forks.run(database, repair).told
    done = 3 if point == "competition.after-arena-commit" else 0
    assert (len(found["members"]), found["accounts"], found["told"]) == (done, done, done)
    assert found["states"].count("admitted") == done
    assert repaired["members"] == [[1, 1], [2, 2], [3, 3]]
    assert (repaired["states"], repaired["accounts"], repaired["told"]) == (["admitted"] * 3, 3, 3)
    assert found["broken"] == repaired["broken"] == []
