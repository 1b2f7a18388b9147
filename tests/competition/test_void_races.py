"""F16: an operator ends what is being filled or judged at that moment: it happens before or after, never both ways."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from apps.clones import services as clone_services
from apps.competition import judging
from apps.competition.models import Audition, PromotionEntry
from apps.competition.services import auditions, evaluating, rulebooks
from apps.competition.types import AuditionStatus, RulebookTerms, Verdict
from apps.operations.invariants import registered
from apps.operations.models import AuditEvent
from apps.operations.types import Actor
from apps.trading.models import ActionVerdict, LedgerEntry, Order, Position, PropAccount
from apps.trading.services import accounts, execution, marking
from tests.contenders import RACE, together
from tests.trading import world

pytestmark = RACE
ROUNDS = 6
HEADSTART = 0.15
ANN, BOB = Actor("user", "usr_ann", "ann"), Actor("user", "usr_bob", "bob")


def submitted(number: int) -> Audition:
    """A running audition of a clone of its own, whose account may trade BTC at $100."""
    if number == 0:
        world.put_quote(dollars=100)
    clone = world.make_clone(f"Contender {number}{number}")
    clone_services.grant_entitlement(
        clone=clone,
        tier="starter",
        model_strength="light",
        is_mock=False,
        source=f"test {number}",
        by=ANN,
        now=world.NOW,
    )
    usual = rulebooks.publish(terms=RulebookTerms(), now=world.NOW)
    return auditions.submit(clone=clone, rulebook=usual, by=ANN, now=world.NOW)


def after(seconds: float, act: Callable[[], Any]) -> Callable[[], Any]:
    """The act, begun a little later."""

    def late() -> Any:
        time.sleep(seconds)
        return act()

    return late


def staggered(number: int, first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """Both at once; in turns one, the other, and neither has a head start."""
    ahead = (0.0, HEADSTART, 0.0)[number % 3], (HEADSTART, 0.0, 0.0)[number % 3]
    return together(after(ahead[0], first), after(ahead[1], second))


def broken() -> dict[str, list[str]]:
    """Every invariant of trading and of competition that does not hold."""
    ours = [
        one for one in registered() if one.check.__module__.startswith(("apps.trading.", "apps.competition."))
    ]
    return {check.key: wrong for check in ours if (wrong := check.check())}


def either_way(account: PropAccount, action: Any) -> str:
    """Which of the two came first; asserts that it was wholly one of them."""
    account.refresh_from_db()
    verdict = ActionVerdict.objects.get(action=action)
    causes = list(Order.objects.filter(account=account).order_by("sequence").values_list("cause", flat=True))
    held = Position.objects.filter(account=account).exclude(size_lots=0)
    assert account.status in ("completed", "liquidated") and not held.exists()
    if verdict.status == "denied":
        assert (verdict.reason_code, causes) == ("ACCOUNT_NOT_TRADABLE", [])
        assert account.cash_micros == account.starting_micros
        return "ended first"
    assert (verdict.status, causes) == ("executed", ["action", "close"])
    assert account.cash_micros == account.starting_micros + account_costs(account) < account.starting_micros
    return "filled first"


def account_costs(account: PropAccount) -> int:
    rows = LedgerEntry.objects.filter(account=account, book="cash").exclude(kind="deposit")
    return sum(rows.values_list("amount_micros", flat=True))


def reason(account: PropAccount) -> dict[str, Any]:
    return {"account": account, "reason": "ended by hand", "by": ANN, "now": world.NOW}


ENDS: dict[str, Callable[[Audition], Any]] = {
    "void": lambda audition: auditions.void(audition=audition, reason="by hand", by=ANN, now=world.NOW),
    "complete": lambda audition: accounts.close_account(**reason(audition.account)),
    "liquidate": lambda audition: accounts.force_liquidate(**reason(audition.account), approved_by=BOB),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_f16_ending_during_a_fill_is_before_or_after_it(end: Callable[[Audition], Any]) -> None:
    seen = set()
    for number in range(ROUNDS):
        audition = submitted(number)
        action = world.propose_action(audition.account)
        got = staggered(
            number,
            partial(end, audition),
            partial(execution.execute_action, action=action, now=world.NOW),
        )
        assert not [code for code in got if isinstance(code, str)]
        seen.add(either_way(audition.account, action))
    assert seen == {"ended first", "filled first"}
    assert broken() == {}


def test_f16_an_exit_by_force_and_a_fill_leave_nothing_open() -> None:
    for number in range(ROUNDS):
        account = submitted(number).account
        action = world.propose_action(account)
        staggered(
            number,
            partial(accounts.force_exit, **reason(account)),
            partial(execution.execute_action, action=action, now=world.NOW),
        )
        account.refresh_from_db()
        assert account.status == "locked"
        assert not Position.objects.filter(account=account).exclude(size_lots=0).exists()
    assert broken() == {}


@pytest.mark.parametrize("outcome", [AuditionStatus.PASSED, AuditionStatus.FAILED])
def test_f16_voiding_during_the_evaluation_gives_one_result(
    outcome: AuditionStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "judge", lambda **_: Verdict(outcome, "judged in a test", {}))
    seen = set()
    for number in range(ROUNDS):
        audition = submitted(number)
        mine, other = (
            Audition.objects.select_related("account", "rulebook").get(pk=audition.pk) for _ in "ab"
        )
        got = staggered(
            number,
            partial(auditions.void, audition=mine, reason="by hand", by=ANN, now=world.NOW),
            partial(evaluating.evaluate, audition=other, now=world.NOW),
        )
        audition.refresh_from_db()
        assert got.count("STATE_CHANGED") == 1 and audition.status in (outcome, AuditionStatus.VOIDED)
        assert (got[0] == "STATE_CHANGED") == (audition.status == outcome)
        queued = PromotionEntry.objects.filter(audition=audition).count()
        assert queued == (1 if audition.status == AuditionStatus.PASSED else 0)
        ended = AuditEvent.objects.filter(
            verb="trading.account.completed", subject_id=audition.account.public_id
        )
        assert ended.count() == 1
        settled = AuditEvent.objects.filter(
            subject_id=audition.public_id, verb__startswith="competition.audition."
        ).exclude(verb="competition.audition.submitted")
        assert [event.verb for event in settled] == [f"competition.audition.{audition.status}"]
        seen.add(audition.status)
    assert seen == {outcome, AuditionStatus.VOIDED}


def test_marks_and_adjustments_meet_an_ending_without_a_trace_of_both() -> None:
    later = world.NOW + timedelta(seconds=10)
    for number in range(ROUNDS):
        account = submitted(number).account
        execution.execute_action(action=world.propose_action(account), now=world.NOW)
        adjust = {**reason(account), "amount_micros": 5, "reference": f"hld_{number}", "approved_by": BOB}
        got = together(
            partial(accounts.close_account, **{**reason(account), "now": later}),
            partial(accounts.adjust_cash, **adjust),
            partial(marking.mark_open_accounts, now=later),
        )
        account.refresh_from_db()
        booked = LedgerEntry.objects.filter(account=account, kind="adjustment", book="cash").count()
        assert (account.status, booked) == ("completed", 0 if got[1] == "CONFLICT" else 1)
        assert got[2].failed == 0
    assert broken() == {}
