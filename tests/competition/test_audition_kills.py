"""H01, H03: a process killed anywhere inside beginning or ending an audition; the next one finds all of it or nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.clones.models import Entitlement
from apps.competition import invariants
from apps.competition.models import Audition, PromotionEntry, RefundAuthorisation
from apps.competition.services import auditions, evaluating
from apps.operations import failpoints
from apps.operations.models import AuditEvent
from apps.operations.types import Actor
from apps.trading.models import PropAccount
from tests.competition import trials
from tests.competition.trials import BY, NOW, begun, fresh, mark, minutes
from tests.trading.kills import forks
from tests.trading.kills.points import AUDITIONS
from tests.trading.kills.stores import Stores
from tests.trading.world import make_clone

pytestmark = pytest.mark.django_db(transaction=True)
BEGINNING, ENDING = AUDITIONS[:2], AUDITIONS[2:]


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    made = Stores(tmp_path)
    yield made
    made.close()


def tell_all(tell: forks.Tell) -> None:
    """How everything stands, with what the invariants say."""
    audition = Audition.objects.first()
    tell(
        auditions=Audition.objects.count(),
        status=audition.status if audition is not None else "",
        queued=PromotionEntry.objects.count(),
        refunds=RefundAuthorisation.objects.count(),
        accounts=list(PropAccount.objects.values_list("status", flat=True)),
        spent=Entitlement.objects.exclude(consumed_at=None).count(),
        told=list(
            AuditEvent.objects.filter(verb__startswith="competition.audition.").values_list("verb", flat=True)
        ),
        broken=[
            *invariants.terminal_auditions_have_a_result(),
            *invariants.passed_auditions_are_queued(),
            *invariants.users_hold_their_clones(),
        ],
    )


def killed_at(point: str, act: Callable[[], Any]) -> Callable[[forks.Tell], None]:
    """Work that is killed at the point while it does the act."""

    def work(tell: forks.Tell) -> None:
        failpoints.arm(point)
        act()

    return work


def again(act: Callable[[], Any]) -> Callable[[forks.Tell], None]:
    """What the next process finds, and how it stands when it has done the act."""

    def work(tell: forks.Tell) -> None:
        tell_all(tell)
        act()
        tell_all(tell)

    return work


def run(
    stores: Stores, point: str, act: Callable[[], Any], repair: Callable[[], Any]
) -> list[dict[str, Any]]:
    database = stores.copy_tests()
    assert forks.run(database, killed_at(point, act)).killed
    return forks.run(database, again(repair)).told


def judge() -> None:
    evaluating.evaluate_due(now=minutes(3), limit=10)


@pytest.mark.parametrize("point", ENDING)
def test_h03_killed_between_the_result_and_the_queue(stores: Stores, point: str) -> None:
    audition = begun()
    for at in (1, 2):
        mark(audition, 3, minutes=at)
    found, repaired = run(stores, point, judge, judge)
    assert (found["status"], found["queued"], found["accounts"]) == ("running", 0, ["active"])
    assert (repaired["status"], repaired["queued"], repaired["accounts"]) == ("passed", 1, ["completed"])
    assert repaired["told"].count("competition.audition.passed") == 1
    assert found["broken"] == repaired["broken"] == []


@pytest.mark.parametrize("point", ["competition.after-verdict", "competition.before-settled"])
def test_h04_killed_while_it_is_voided(stores: Stores, point: str) -> None:
    audition = begun()
    operator = Actor.user(trials.person("olga"))

    def void() -> None:
        auditions.void(audition=fresh(audition), reason="wrong prices", by=operator, now=minutes(1))

    found, repaired = run(stores, point, void, void)
    assert (found["status"], found["refunds"], found["accounts"]) == ("running", 0, ["active"])
    assert (repaired["status"], repaired["refunds"], repaired["accounts"]) == ("voided", 1, ["completed"])


@pytest.mark.parametrize("point", BEGINNING)
def test_h01_killed_while_it_begins(stores: Stores, point: str) -> None:
    clone = make_clone()
    grant = trials.granted(clone, digest=trials.rulebook().digest)

    def begin() -> None:
        auditions.submit(clone=clone, entitlement=grant, by=BY, now=NOW)

    found, repaired = run(stores, point, begin, begin)
    assert (found["auditions"], found["spent"], found["accounts"]) == (0, 0, [])
    assert (repaired["auditions"], repaired["spent"], repaired["accounts"]) == (1, 1, ["active"])
    assert found["broken"] == repaired["broken"] == []
