"""H02, H04, H06, H07: one result, put off where it would be unfair, a window that outages move, flags and refunds."""

from datetime import datetime
from typing import Any

import pytest

from apps.competition import invariants
from apps.competition.models import Audition, PromotionEntry, RefundAuthorisation
from apps.competition.queries import paths
from apps.competition.services import auditions, evaluating
from apps.competition.types import AuditionStatus, Basis, Drawdown, Mark, Outage, Verdict
from apps.core.errors import Conflict, DomainError, IllegalTransition, PermissionRefused
from apps.operations.models import AuditEvent
from apps.operations.types import Actor
from apps.trading.services import accounts
from tests.competition import trials
from tests.competition.trials import BY, NOW, begun, fresh, mark, minutes

pytestmark = pytest.mark.django_db
WINDOW = 60


def look(audition: Audition, at: int | datetime) -> Verdict:
    """Judge the audition so many minutes after its start."""
    now = minutes(at) if isinstance(at, int) else at
    return evaluating.evaluate(audition=fresh(audition), now=now)


def told(audition: Audition, verb: str) -> list[AuditEvent]:
    name = f"competition.audition.{verb}"
    return list(AuditEvent.objects.filter(subject_id=audition.public_id, verb=name))


class TestEarly:
    """What ends an audition before its time."""

    def test_touching_the_target_passes_closes_the_account_and_queues(self) -> None:
        audition = begun()
        for at, percent in ((1, 0), (2, 3)):
            mark(audition, percent, minutes=at)
        assert look(audition, 3).status == AuditionStatus.PASSED
        ended = fresh(audition)
        assert (ended.account.status, ended.account.closed_reason) == ("completed", "audition passed")
        assert PromotionEntry.objects.get(audition=audition).waiting_since == minutes(3)
        assert ended.result["turn"]["at"] == minutes(2).isoformat()

    def test_the_loss_limit_ends_it_even_where_the_account_came_back(self) -> None:
        audition = begun()
        for at, percent in ((1, 0), (2, -6), (3, 9)):
            mark(audition, percent, minutes=at)
        assert (look(audition, 3).reason, fresh(audition).account.status) == ("MAX_LOSS", "completed")
        turn = fresh(audition).result["turn"]
        assert (turn["at"], turn["before"], turn["after"]) == (
            minutes(2).isoformat(),
            trials.world.START,
            94 * trials.PERCENT,
        )

    @pytest.mark.parametrize(
        ("terms", "path", "reason", "breach"),
        [
            ({"drawdown": Drawdown.TRAILING}, (2, -5), "MAX_LOSS", 2),
            ({"drawdown": Drawdown.STATIC, "daily_loss_bps": 500}, (2, -3), "DAILY_LOSS", None),
            ({"daily_loss_bps": 200}, (-1, -2, 9), "DAILY_LOSS", 2),
        ],
    )
    def test_limits_that_look_at_the_path(
        self, terms: dict[str, Any], path: tuple[int, ...], reason: str, breach: int | None
    ) -> None:
        audition = begun(**terms)
        for at, percent in enumerate(path, start=1):
            mark(audition, percent, minutes=at)
            if breach is None or at < breach:
                assert look(audition, at).status == AuditionStatus.RUNNING
        if breach is None:
            assert fresh(audition).watch["throughAt"] == minutes(len(path)).isoformat()
            return
        assert (look(audition, len(path)).reason, fresh(audition).status) == (reason, "failed")
        assert fresh(audition).result["turn"]["at"] == minutes(breach).isoformat()

    def test_a_path_is_read_on_from_where_it_was_left(self, monkeypatch: pytest.MonkeyPatch) -> None:
        read: list[int] = []
        marks_after = paths.marks_after

        def counted(*given: Any, **until: Any) -> list[Mark]:
            marks = marks_after(*given, **until)
            read.append(len(marks))
            return marks

        monkeypatch.setattr(paths, "marks_after", counted)
        audition = begun(basis=Basis.BALANCE)
        for at in range(1, 6):
            mark(audition, -50, balance=-at, minutes=at)
        for _ in range(2):
            assert look(audition, 5).status == AuditionStatus.RUNNING
        mark(audition, 50, balance=-6, minutes=6)
        assert look(audition, 6).reason == "MAX_LOSS"
        assert read == [5, 0, 1]


class TestOnce:
    """H02, H04: whoever comes first ends it, and the others are told so."""

    def test_h02_a_second_judgement_finds_it_ended(self) -> None:
        audition = begun()
        for at in (1, 2):
            mark(audition, 3, minutes=at)
        first, second = fresh(audition), fresh(audition)
        evaluating.evaluate(audition=first, now=minutes(3))
        with pytest.raises(IllegalTransition):
            evaluating.evaluate(audition=second, now=minutes(3))
        report = evaluating.evaluate_due(now=minutes(4), limit=10)
        assert (report.seen, PromotionEntry.objects.count(), len(told(audition, "passed"))) == (0, 1, 1)

    def test_h04_a_judged_one_is_not_voided_and_a_voided_one_not_judged(self) -> None:
        judged, voided = begun(number=1), begun("Bob", number=2)
        operator = Actor.user(trials.person("olga"))
        for audition in (judged, voided):
            for at in (1, 2):
                mark(audition, 3, minutes=at)
        before = fresh(voided)
        look(judged, 3)
        auditions.void(audition=fresh(voided), reason="the prices were wrong", by=operator, now=minutes(3))
        with pytest.raises(IllegalTransition):
            auditions.void(audition=fresh(judged), reason="too late", by=operator, now=minutes(4))
        with pytest.raises(IllegalTransition):
            evaluating.evaluate(audition=before, now=minutes(4))
        refund = RefundAuthorisation.objects.get()
        assert (refund.audition, refund.asked_by.username, refund.reason) == (
            voided,
            "olga",
            "the prices were wrong",
        )
        assert PromotionEntry.objects.get().audition == judged
        assert invariants.users_hold_their_clones() == []

    def test_h04_what_a_refund_cannot_be_asked_for_is_not_voided(self) -> None:
        audition = begun()
        with pytest.raises(PermissionRefused) as refused:
            auditions.void(audition=audition, reason="by a program", by=BY, now=minutes(1))
        assert refused.value.code == "PERSON_REQUIRED"
        assert (fresh(audition).status, fresh(audition).account.status) == ("running", "active")

    def test_h04_what_nobody_paid_for_is_not_refunded(self) -> None:
        clone = trials.world.make_clone()
        trials.granted(clone, source="demonstration:1")
        audition = auditions.submit(clone=clone, by=BY, now=NOW)
        auditions.void(audition=audition, reason="by a program" * 40, by=BY, now=minutes(1))
        assert not RefundAuthorisation.objects.exists() and len(fresh(audition).reason) == 200


class TestPutOff:
    """H06: nobody fails because the arena was down."""

    def test_h06_without_a_mark_it_waits(self) -> None:
        audition = begun(window_minutes=WINDOW)
        verdict = look(audition, WINDOW + 1)
        assert (verdict.status, verdict.reason) == (AuditionStatus.RUNNING, "EVALUATION_DEFERRED")
        assert fresh(audition).deferred_reason == "MARKS_MISSING"

    def test_h06_on_stale_marks_it_waits_and_is_judged_by_the_first_mark_after_the_end(self) -> None:
        audition = begun(window_minutes=WINDOW)
        for at in (1, WINDOW - 1):
            mark(audition, 2, minutes=at)
        for at in (WINDOW, WINDOW + 30):
            assert look(audition, at).reason == "EVALUATION_DEFERRED"
        waiting = fresh(audition)
        assert (waiting.deferred_reason, waiting.deferred_at) == ("MARKS_STALE", minutes(WINDOW))
        mark(audition, 1, minutes=WINDOW + 31)
        mark(audition, -9, minutes=WINDOW + 32)
        assert (look(audition, WINDOW + 33).reason, fresh(audition).deferred_reason) == ("TARGET_MISSED", "")
        assert fresh(audition).result["equityMicros"] == 101 * trials.PERCENT

    def test_h06_one_mark_is_not_enough_at_the_end_either(self) -> None:
        """The mark after the end closes the window whatever comes later: there will never be a second one in it."""
        audition = begun(window_minutes=WINDOW)
        mark(audition, 5, minutes=WINDOW + 1)
        mark(audition, 5, minutes=WINDOW + 2)
        verdict = look(audition, WINDOW + 3)
        assert (verdict.status, verdict.reason) == (AuditionStatus.FAILED, "TOO_FEW_MARKS")

    def test_h06_an_account_that_cannot_be_closed_now_is_looked_at_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        audition = begun()
        for at in (1, 2):
            mark(audition, 3, minutes=at)

        def refuse(**_: Any) -> None:
            raise Conflict("no price", code="PRICE_UNUSABLE", retryable=True)

        with monkeypatch.context() as patched:
            patched.setattr(accounts, "close_account", refuse)
            report = evaluating.evaluate_due(now=minutes(3), limit=10)
        assert (report.skipped, report.failed) == (1, 0)
        assert (fresh(audition).status, fresh(audition).deferred_reason) == ("running", "PRICE_UNUSABLE")
        assert look(audition, 4).status == AuditionStatus.PASSED


class TestOutages:
    """H07: minutes without a price are given back, or are part of the window, as the rulebook says."""

    def test_h07_the_end_moves_once_by_what_was_silent(self) -> None:
        audition = begun(window_minutes=WINDOW)
        trials.silence(10, 25)
        trials.silence(20, 30, symbol="ETH")
        for _ in range(3):
            look(audition, 40)
        moved = fresh(audition)
        assert (moved.extended_minutes, moved.ends_at) == (15, minutes(WINDOW + 15))
        [event] = told(audition, "extended")
        assert event.detail == {"minutes": 15, "endsAt": minutes(WINDOW + 15).isoformat()}

    def test_h07_a_silence_in_the_minutes_won_counts_as_well(self) -> None:
        audition = begun(window_minutes=WINDOW)
        trials.silence(50, 62)
        trials.silence(WINDOW + 5, WINDOW + 8)
        look(audition, WINDOW + 9)
        assert fresh(audition).ends_at == minutes(WINDOW + 13 + 2), (
            "10 in the window, 2 and 3 in what was won"
        )

    def test_h07_while_it_lasts_nothing_moves_and_the_end_waits(self) -> None:
        audition = begun(window_minutes=WINDOW)
        for at in (1, 2, WINDOW):
            mark(audition, 1, minutes=at)
        outage = trials.silence(WINDOW - 5, None)
        assert look(audition, WINDOW).reason == "EVALUATION_DEFERRED"
        assert (fresh(audition).deferred_reason, fresh(audition).extended_minutes) == ("OUTAGE_LASTS", 0)
        outage.ended_at = minutes(WINDOW + 20)
        outage.save()
        assert look(audition, WINDOW + 20).reason == ""
        assert fresh(audition).ends_at == minutes(WINDOW + 25)
        mark(audition, 1, minutes=WINDOW + 25)
        assert look(audition, WINDOW + 25).reason == "TARGET_MISSED"

    def test_h07_without_extension_they_are_part_of_the_window(self) -> None:
        audition = begun(window_minutes=WINDOW, outage=Outage.NONE)
        trials.silence(10, 25)
        for at in (1, WINDOW):
            mark(audition, 1, minutes=at)
        assert look(audition, WINDOW).reason == "TARGET_MISSED"
        assert (fresh(audition).extended_minutes, told(audition, "extended")) == (0, [])


class TestFlags:
    """What was bought with money that is in doubt runs on and is not judged."""

    def test_a_flagged_one_is_judged_only_when_the_doubt_is_over(self) -> None:
        audition = begun()
        for at in (1, 2):
            mark(audition, 3, minutes=at)
        held: dict[str, Any] = {"entitlement": audition.entitlement, "by": BY}
        for _ in range(2):
            auditions.flag_bought(reason="its deposit left the chain", now=minutes(3), **held)
        assert (look(audition, 4).reason, fresh(audition).account.status) == ("AUDITION_FLAGGED", "active")
        report = evaluating.evaluate_due(now=minutes(4), limit=10)
        assert (report.seen, report.skipped, fresh(audition).status) == (1, 1, "running")
        for _ in range(2):
            auditions.unflag_bought(now=minutes(5), **held)
        assert (len(told(audition, "flagged")), len(told(audition, "unflagged"))) == (1, 1)
        assert look(audition, 6).status == AuditionStatus.PASSED

    def test_one_that_is_flagged_while_it_is_judged_is_not_ended(self) -> None:
        audition = begun()
        for at in (1, 2):
            mark(audition, 3, minutes=at)
        before = fresh(audition)
        auditions.flag_bought(entitlement=before.entitlement, reason="doubt", by=BY, now=minutes(3))
        with pytest.raises(DomainError) as refused:
            evaluating.evaluate(audition=before, now=minutes(4))
        assert (refused.value.code, fresh(audition).status) == ("AUDITION_FLAGGED", "running")

    def test_it_may_be_voided_and_a_grant_without_audition_has_nothing_to_flag(self) -> None:
        audition = begun()
        operator = Actor.user(trials.person("olga"))
        auditions.flag_bought(entitlement=audition.entitlement, reason="doubt", by=BY, now=minutes(1))
        auditions.void(audition=fresh(audition), reason="never paid", by=operator, now=minutes(2))
        assert fresh(audition).status == AuditionStatus.VOIDED
        spare = trials.granted(audition.clone, source="purchase:9")
        assert not auditions.flag_bought(entitlement=spare, reason="doubt", by=BY, now=minutes(3))


def test_the_first_version_is_judged_on_what_it_always_was() -> None:
    audition = begun(version=1, outage=Outage.NONE, window_minutes=WINDOW)
    mark(audition, 3, minutes=WINDOW)
    assert look(audition, WINDOW + 5).reason == "TARGET_REACHED", "one mark was enough then"
    assert "marks" not in fresh(audition).result
