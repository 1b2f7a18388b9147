"""What a window ended with decides, and what a mark reached counts, whoever looked when."""

from typing import Any

import pytest

from apps.competition.models import Audition
from apps.competition.queries import paths
from apps.competition.services import auditions, evaluating
from apps.competition.types import AuditionStatus, Drawdown, Outage, Verdict
from apps.core.errors import Conflict
from apps.trading.models import PropAccount
from apps.trading.services import accounts, thinning
from tests.competition import trials
from tests.competition.trials import BY, begun, fresh, mark, minutes

pytestmark = pytest.mark.django_db
WINDOW = 60


def look(audition: Audition, at: int) -> Verdict:
    return evaluating.evaluate(audition=fresh(audition), now=minutes(at))


def flag(audition: Audition, *, at: int) -> None:
    auditions.flag_bought(entitlement=audition.entitlement, reason="doubt", by=BY, now=minutes(at))


def unflag(audition: Audition, *, at: int) -> None:
    auditions.unflag_bought(entitlement=audition.entitlement, by=BY, now=minutes(at))


def refusing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise Conflict("no price", code="PRICE_UNUSABLE", retryable=True)

    monkeypatch.setattr(accounts, "close_account", refuse)


class TestAfterTheEnd:
    """What an account did after its window, while nobody judged it, is no matter of the window."""

    def test_an_order_after_the_end_does_not_make_up_for_one_that_was_missing(self) -> None:
        audition = begun(window_minutes=WINDOW)
        mark(audition, 0, minutes=1, orders=4)
        flag(audition, at=2)
        mark(audition, 4, minutes=WINDOW, orders=4)
        mark(audition, 4, minutes=WINDOW + 30, orders=9)
        unflag(audition, at=WINDOW + 31)
        assert look(audition, WINDOW + 31).reason == "TOO_FEW_ORDERS"
        assert fresh(audition).result["executedOrders"] == 4

    def test_an_account_that_was_liquidated_after_the_end_had_passed(self) -> None:
        audition = begun(window_minutes=WINDOW)
        mark(audition, 0, minutes=1)
        flag(audition, at=2)
        mark(audition, 4, minutes=WINDOW)
        end(audition, at=mark(audition, -50, minutes=WINDOW + 30))
        unflag(audition, at=WINDOW + 31)
        assert look(audition, WINDOW + 31).reason == "TARGET_REACHED"
        assert fresh(audition).account.closed_reason == "DRAWDOWN"

    def test_one_that_was_liquidated_after_the_end_has_missed_the_target_not_been_closed(self) -> None:
        audition = begun(window_minutes=WINDOW)
        for at in (1, WINDOW):
            mark(audition, 1, minutes=at)
        end(audition, at=mark(audition, -50, minutes=WINDOW + 30))
        assert look(audition, WINDOW + 31).reason == "TARGET_MISSED"

    def test_one_that_was_closed_within_the_window_has_failed_at_once(self) -> None:
        audition = begun(window_minutes=WINDOW)
        end(audition, at=mark(audition, 1, minutes=5))
        assert look(audition, 6).reason == "ACCOUNT_CLOSED"

    def test_what_it_ended_with_is_kept_while_in_doubt_and_outlives_its_marks(self) -> None:
        audition = begun(window_minutes=WINDOW)
        mark(audition, 0, minutes=1)
        flag(audition, at=2)
        for at, percent in ((WINDOW, 2), (WINDOW + 1, -7), (WINDOW + 4, 4)):
            mark(audition, percent, minutes=at)
            evaluating.evaluate_due(now=minutes(at), limit=10)
        for hours in (25, 26):
            thinning.thin_snapshots(now=minutes(hours * 60))
        unflag(audition, at=26 * 60)
        assert look(audition, 26 * 60).reason == "TARGET_MISSED"
        result = fresh(audition).result
        assert (result["equityMicros"], result["lowMicros"]) == (102 * trials.PERCENT, trials.world.START)

    def test_what_was_kept_is_void_once_the_end_moves_on(self) -> None:
        audition = begun(window_minutes=WINDOW)
        mark(audition, 0, minutes=1)
        flag(audition, at=2)
        mark(audition, 2, minutes=WINDOW)
        look(audition, WINDOW)
        assert paths.closing_of(fresh(audition)) is not None
        trials.silence(20, 30)
        look(audition, WINDOW + 1)
        assert fresh(audition).ends_at == minutes(WINDOW + 10)
        assert paths.closing_of(fresh(audition)) is None
        unflag(audition, at=WINDOW + 2)
        mark(audition, 3, minutes=WINDOW + 10)
        assert look(audition, WINDOW + 10).reason == "TARGET_REACHED"

    def test_the_first_version_is_over_with_the_first_mark_at_its_end_or_later(self) -> None:
        audition = begun(version=1, outage=Outage.NONE, window_minutes=WINDOW)
        PropAccount.objects.filter(pk=audition.account_id).update(last_marked_at=minutes(WINDOW - 1))
        assert look(audition, WINDOW).reason == "EVALUATION_DEFERRED"
        PropAccount.objects.filter(pk=audition.account_id).update(last_marked_at=minutes(WINDOW))
        assert look(audition, WINDOW).reason == "TARGET_MISSED", (
            "a mark that was not written down counted then"
        )


class TestTouching:
    """The target is followed like the limits: in the order of the marks."""

    def test_a_touch_that_nobody_saw_passes(self) -> None:
        audition = begun(window_minutes=WINDOW)
        for at, percent in ((1, 0), (10, 5), (30, 0), (WINDOW, 0)):
            mark(audition, percent, minutes=at)
        assert look(audition, WINDOW + 1).reason == "TARGET_REACHED"
        result = fresh(audition).result
        assert (result["turn"]["at"], result["equityMicros"]) == (
            minutes(10).isoformat(),
            105 * trials.PERCENT,
        )

    @pytest.mark.parametrize(
        ("path", "reason"), [((0, 5, -7), "TARGET_REACHED"), ((0, -7, 5), "MAX_LOSS"), ((5, 0, 0), "")]
    )
    def test_whichever_mark_came_first_decides_and_the_very_first_never_passes(
        self, path: tuple[int, ...], reason: str
    ) -> None:
        audition = begun()
        for at, percent in enumerate(path, start=1):
            mark(audition, percent, minutes=at)
        assert look(audition, 9).reason == reason

    def test_a_touch_counts_with_the_orders_that_were_executed_by_then(self) -> None:
        audition = begun()
        for at, percent, orders in ((1, 0, 0), (2, 5, 4), (3, 2, 5)):
            mark(audition, percent, minutes=at, orders=orders)
        assert look(audition, 4).status == AuditionStatus.RUNNING
        mark(audition, 3, minutes=5)
        assert look(audition, 5).reason == "TARGET_REACHED"

    def test_no_mark_is_read_where_nothing_was_touched(self, monkeypatch: pytest.MonkeyPatch) -> None:
        audition = begun()
        for at, percent in ((1, 0), (2, 2), (3, -5)):
            mark(audition, percent, minutes=at)
        monkeypatch.setattr(paths, "marks_after", None)
        assert look(audition, 4).status == AuditionStatus.RUNNING


class TestPutOff:
    """What was decided stays decided while the account cannot be closed."""

    def test_a_pass_is_not_lost_where_the_account_could_not_be_closed_at_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        audition = begun(window_minutes=WINDOW)
        for at, percent in ((1, 0), (2, 4)):
            mark(audition, percent, minutes=at)
        with monkeypatch.context() as patched:
            refusing(patched)
            assert look(audition, 3).reason == "EVALUATION_DEFERRED"
        mark(audition, 2, minutes=4)
        assert look(audition, 5).reason == "TARGET_REACHED"
        result = fresh(audition).result
        assert (result["equityMicros"], result["turn"]["at"]) == (
            104 * trials.PERCENT,
            minutes(2).isoformat(),
        )

    def test_the_reason_goes_when_nothing_holds_it_up_any_more(self) -> None:
        audition = begun(window_minutes=WINDOW)
        mark(audition, 1, minutes=1)
        look(audition, WINDOW)
        assert fresh(audition).deferred_reason == "MARKS_STALE"
        trials.silence(10, 40)
        assert look(audition, WINDOW + 1).reason == ""
        assert (fresh(audition).deferred_reason, fresh(audition).ends_at) == ("", minutes(WINDOW + 30))

    def test_a_path_that_was_not_read_to_its_end_is_not_judged(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(paths, "MOST_MARKS", 2)
        audition = begun(window_minutes=WINDOW, drawdown=Drawdown.TRAILING)
        for at, percent in ((1, 0), (2, 0), (3, -7), (WINDOW, 0)):
            mark(audition, percent, minutes=at)
        assert look(audition, WINDOW).reason == "EVALUATION_DEFERRED"
        assert fresh(audition).deferred_reason == "MARKS_UNREAD"
        assert look(audition, WINDOW).reason == "MAX_LOSS"

    def test_an_older_look_does_not_undo_what_a_newer_one_found(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        audition = begun(drawdown=Drawdown.TRAILING)
        mark(audition, 0, minutes=1)
        older = fresh(audition)
        flag(audition, at=2)
        mark(audition, -7, minutes=3)
        look(audition, 4)
        found = fresh(audition).watch
        assert found["breach"]["rule"] == "MAX_LOSS"
        older.watch = {}
        monkeypatch.setattr(paths, "marks_after", lambda *_, **__: [paths.last_marks(audition)[0]])
        with pytest.raises(Conflict) as refused:
            evaluating.evaluate(audition=older, now=minutes(4))
        assert (refused.value.code, fresh(audition).watch) == ("AUDITION_FLAGGED", found)


class TestManyAndSilences:
    """Everybody's turn comes; a silence after the end is nobody's."""

    def test_who_was_not_looked_at_for_longest_comes_first(self) -> None:
        still, other = begun(number=1), begun("Bob", number=2)
        for at in (1, 2):
            mark(other, 4, minutes=at)
        for at in (3, 4):
            evaluating.evaluate_due(now=minutes(at), limit=1)
        assert (fresh(still).status, fresh(other).status) == ("running", "passed")

    def test_a_silence_that_began_after_the_end_puts_nothing_off(self) -> None:
        audition = begun(window_minutes=WINDOW)
        for at in (1, WINDOW):
            mark(audition, 1, minutes=at)
        trials.silence(WINDOW, None)
        assert look(audition, WINDOW + 5).reason == "TARGET_MISSED"
        assert fresh(audition).extended_minutes == 0

    def test_one_that_began_in_the_minutes_won_does(self) -> None:
        audition = begun(window_minutes=WINDOW)
        for at in (1, WINDOW):
            mark(audition, 1, minutes=at)
        trials.silence(10, 20)
        trials.silence(WINDOW + 5, None)
        assert look(audition, WINDOW + 6).reason == "EVALUATION_DEFERRED"
        assert fresh(audition).deferred_reason == "OUTAGE_LASTS"


def end(audition: Audition, *, at: Any) -> None:
    rows = PropAccount.objects.filter(pk=audition.account_id)
    rows.update(status="liquidated", closed_at=at, closed_reason="DRAWDOWN")
