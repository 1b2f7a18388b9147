"""H01, H05: a grant begins one audition, under the rulebook that was promised with it, and a retry is paid for."""

from typing import Any

import pytest

from apps.clones.models import Entitlement
from apps.competition.models import Audition
from apps.competition.services import auditions, evaluating, promotion, rulebooks
from apps.competition.types import AuditionStatus
from apps.core.errors import DomainError
from apps.trading.models import PropAccount
from tests.competition import trials
from tests.competition.trials import BY, MINUTE, NOW
from tests.trading import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def clone() -> Any:
    return world.make_clone()


def refused(**call: Any) -> tuple[int, str]:
    with pytest.raises(DomainError) as error:
        auditions.submit(**{"by": BY, "now": NOW, **call})
    return error.value.status, error.value.code


def fail(audition: Audition) -> None:
    trials.mark(audition, -6, minutes=1)
    verdict = evaluating.evaluate(audition=trials.fresh(audition), now=NOW + 2 * MINUTE)
    assert verdict.status == AuditionStatus.FAILED


def test_h01_a_grant_begins_one_audition_and_names_it_again(clone: Any) -> None:
    grant = trials.granted(clone)
    first = auditions.submit(clone=clone, entitlement=grant, by=BY, now=NOW)
    again = auditions.submit(clone=clone, entitlement=grant, by=BY, now=NOW + MINUTE)
    assert first == again and Audition.objects.count() == PropAccount.objects.count() == 1
    assert refused(clone=clone) == (409, "AUDITION_EXISTS")
    trials.granted(clone, source="purchase:2")
    assert refused(clone=clone) == (409, "AUDITION_EXISTS")
    assert Entitlement.objects.filter(consumed_at__isnull=True, is_mock=False).count() == 1


def test_h01_the_named_grant_is_the_one_that_is_spent(clone: Any) -> None:
    older, newer = trials.granted(clone), trials.granted(clone, source="purchase:2")
    audition = auditions.submit(clone=clone, entitlement=newer, by=BY, now=NOW)
    older.refresh_from_db()
    assert (audition.entitlement, older.consumed_at) == (newer, None)


def test_h01_a_grant_of_another_clone_or_a_mock_begins_nothing(clone: Any) -> None:
    foreign = trials.granted(world.make_clone("Bob"))
    mock = Entitlement.objects.get(clone=clone, is_mock=True)
    for grant in (foreign, mock):
        assert refused(clone=clone, entitlement=grant) == (403, "ENTITLEMENT_EXCEEDED")
    assert not Audition.objects.exists()


def test_h05_no_retry_while_the_first_one_runs_nor_unpaid(clone: Any) -> None:
    assert refused(clone=clone) == (403, "ENTITLEMENT_EXCEEDED"), "a first audition is not a retry"
    trials.granted(clone)
    first = auditions.submit(clone=clone, by=BY, now=NOW)
    assert refused(clone=clone) == (409, "AUDITION_EXISTS")
    fail(first)
    assert refused(clone=clone) == (402, "RETRY_NOT_PAID")
    trials.granted(clone, source="purchase:2")
    second = auditions.submit(clone=clone, by=BY, now=NOW)
    assert (second.status, second.account_id == first.account_id) == (AuditionStatus.RUNNING, False)


def test_h05_a_withdrawn_grant_pays_for_no_retry(clone: Any) -> None:
    trials.granted(clone)
    fail(auditions.submit(clone=clone, by=BY, now=NOW))
    grant = trials.granted(clone, source="purchase:2")
    Entitlement.objects.filter(pk=grant.pk).update(revoked_at=NOW, revoked_reason="reversed")
    grant.refresh_from_db()
    assert refused(clone=clone) == refused(clone=clone, entitlement=grant) == (402, "RETRY_NOT_PAID")


def test_who_passed_does_not_audition_again(clone: Any) -> None:
    trials.granted(clone)
    audition = auditions.submit(clone=clone, by=BY, now=NOW)
    for at in (1, 2):
        trials.mark(audition, 3, minutes=at)
    assert evaluating.evaluate(audition=trials.fresh(audition), now=NOW + 3 * MINUTE).status == "passed"
    trials.granted(clone, source="purchase:2")
    assert refused(clone=clone) == (409, "ALREADY_QUEUED")
    promotion.run_arena(now=NOW + 4 * MINUTE, limit=10)
    assert refused(clone=clone) == (409, "ALREADY_MEMBER")


class TestRulebook:
    """Under which terms an audition runs."""

    def test_what_was_promised_rules_whatever_is_offered_now(self, clone: Any) -> None:
        promised, other = trials.rulebook(title="Then"), trials.rulebook(title="Now")
        trials.granted(clone, digest=promised.digest)
        rulebooks.offer(rulebook=other, reason="a new season", by=BY, now=NOW)
        assert refused(clone=clone, rulebook=other) == (409, "RULEBOOK_DIFFERS")
        assert auditions.submit(clone=clone, by=BY, now=NOW).rulebook == promised

    def test_the_offered_one_rules_where_none_was_promised(self, clone: Any) -> None:
        trials.granted(clone)
        audition = auditions.submit(clone=clone, by=BY, now=NOW)
        assert audition.rulebook == rulebooks.offered(now=NOW)

    def test_one_may_be_chosen_for_a_grant_that_promises_none(self, clone: Any) -> None:
        trials.granted(clone)
        chosen = trials.rulebook(title="By hand")
        assert auditions.submit(clone=clone, rulebook=chosen, by=BY, now=NOW).rulebook == chosen

    def test_a_player_chooses_none_and_may_name_the_one_that_rules(self, clone: Any) -> None:
        trials.granted(clone)
        ruling, other = rulebooks.offered(now=NOW), trials.rulebook(title="Easier", profit_target_bps=1)
        call: dict[str, Any] = {"owner": clone.owner, "clone_public_id": clone.public_id, "now": NOW}
        for digest, code in ((other.digest, "RULEBOOK_DIFFERS"), ("0" * 64, "RULEBOOK_NOT_FOUND")):
            with pytest.raises(DomainError) as error:
                auditions.submit_owned(rulebook_digest=digest, **call)
            assert error.value.code == code
        assert not Audition.objects.exists()
        assert auditions.submit_owned(rulebook_digest=ruling.digest, **call).rulebook == ruling
