"""Proposing: one run per slot, sealed once, from knowable data only, fenced against vanished workers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.core.errors import InvalidInput
from apps.decisions.engine import registry
from apps.decisions.engine.noop import NoopEngine
from apps.decisions.engine.types import EngineUnavailable, RawAnswer
from apps.decisions.models import DecisionRun, ProposedAction
from apps.decisions.services import asking
from apps.decisions.services.propose import LEASE, MAX_CLAIMS
from apps.decisions.services.sweep import sweep_stuck_runs
from apps.decisions.services.verify import broken_chains, replay_run, verify_run
from apps.decisions.types import RunHeld, RunStatus
from apps.exchange.types import Policy, Position, Side
from apps.market.queries import missing_citations
from tests.decisions.world import (
    ACCOUNT,
    BAR,
    DOLLAR,
    NOW,
    make_version,
    stands,
    write_candle,
    write_market,
    write_quote,
)

pytestmark = pytest.mark.django_db
LATER = NOW + LEASE + timedelta(seconds=1)


class Fake:
    """An engine that counts its calls and answers what it is told to."""

    name = "rules"
    revision = "fake-1"
    reads_streams = False

    def __init__(self, answers, *, is_paid=False):
        self.answers, self.is_paid, self.calls = list(answers), is_paid, 0

    def answer(self, context):
        """The next answer: a text, a function of the packet, or an exception to raise."""
        self.calls += 1
        given = self.answers.pop(0)
        if isinstance(given, BaseException):
            raise given
        return given(context) if callable(given) else RawAnswer(text=given)


@pytest.fixture
def engine(monkeypatch):
    """Puts a fake in place of the rules engine."""

    def install(*answers, is_paid=False):
        fake = Fake(answers, is_paid=is_paid)
        monkeypatch.setitem(registry.ENGINES, "rules", fake)
        return fake

    return install


def hold(context):
    return NoopEngine().answer(context)


def test_a_due_slot_becomes_a_sealed_run_with_an_action(ask):
    run = ask()
    (action,) = run.actions.all()
    assert run.status == RunStatus.COMPLETED
    assert (action.kind, action.side, action.notional_micros) == ("open", int(Side.LONG), 30_000 * DOLLAR)
    assert action.to_intent().side == Side.LONG
    assert run.sequence == 1 and run.previous_digest == "" and verify_run(run) == []
    assert missing_citations([run.context["quote"]["reference"]]) == set()


def test_asking_again_changes_nothing_and_calls_nobody(ask, engine):
    first = ask()
    fake = engine()
    again = ask(now=NOW + timedelta(minutes=1))
    assert again.pk == first.pk and again.record_digest == first.record_digest
    assert fake.calls == 0 and ProposedAction.objects.count() == 1


def test_a_stored_decision_can_be_asked_again_bit_for_bit(ask):
    run = DecisionRun.objects.get(pk=ask().pk)
    assert replay_run(run) == run.raw_answer


def test_runs_of_a_subject_are_chained(ask, version):
    write_market("ETH")
    other = make_version("Second", assets=("BTC", "ETH"))
    runs = [
        ask(),
        ask(version=other, symbol="ETH"),
        ask(slot_at=NOW + BAR, now=NOW + BAR),
        ask(subject="acc_two"),
    ]
    assert [run.sequence for run in runs] == [1, 2, 3, 1]
    assert runs[1].previous_digest == runs[0].record_digest
    assert runs[2].previous_digest == runs[1].record_digest
    assert list(broken_chains()) == []


def test_e14_nothing_unknowable_enters_the_context(ask, btc):
    write_candle(btc, close_at=NOW + BAR, price_micros=999 * DOLLAR)
    late = write_candle(btc, close_at=NOW - 30 * BAR, price_micros=7 * DOLLAR, knowable_at=NOW + BAR)
    write_quote(btc, at=NOW + timedelta(seconds=1), price_micros=999 * DOLLAR)
    write_quote(
        btc,
        at=NOW - timedelta(seconds=1),
        price_micros=998 * DOLLAR,
        knowable_at=NOW + timedelta(seconds=1),
    )
    run = ask()
    closes = run.context["closes"]
    assert max(closes["knowable_at_ms"]) <= run.context["now_ms"]
    assert max(closes["close_at_ms"]) <= run.context["now_ms"]
    assert late.close_micros not in closes["close_micros"] and 999 * DOLLAR not in closes["close_micros"]
    assert run.context["quote"]["mark_micros"] == 123 * DOLLAR
    assert run.context_max_knowable_at <= run.decided_at


def test_every_close_of_the_future_leaves_the_decision_as_it_was(ask, btc):
    before = ask()
    for place in range(1, 12):
        write_candle(btc, close_at=NOW + place * BAR, price_micros=DOLLAR)
        write_quote(btc, at=NOW + place * BAR, price_micros=DOLLAR)
    after = ask(subject="acc_two")
    assert after.raw_answer == before.raw_answer and after.context_digest == before.context_digest


def test_positions_are_valued_and_the_policy_bounds_the_size(ask):
    held = Position(symbol="BTC", size_lots=-10_000, cost_micros=-200 * DOLLAR, leverage=2)
    run = ask(
        standing=stands(replace(ACCOUNT, positions=(held,)), Policy(max_position_micros=1_000 * DOLLAR))
    )
    (action,) = run.actions.all()
    assert run.context["account"]["equity_micros"] == (100_000 + 200 - 123) * DOLLAR
    assert (action.kind, action.notional_micros) == ("flip", 950 * DOLLAR)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("I would rather not say", "INVALID_OUTPUT"),
        ("", "INVALID_OUTPUT"),
        (EngineUnavailable("timed out"), "ENGINE_UNAVAILABLE"),
        (lambda context: replace(hold(context), latency_ms=600_000), "DECISION_STALE"),
    ],
)
def test_e01_a_bad_answer_fails_the_run_and_keeps_it(ask, engine, answer, code):
    engine(answer)
    run = ask()
    assert (run.status, run.error_code) == (RunStatus.FAILED, code)
    assert run.actions.count() == 0 and verify_run(run) == []
    if isinstance(answer, str):
        assert run.raw_answer == answer


def test_e13_without_a_sound_price_nobody_is_asked(ask, engine):
    fake = engine()
    stale = ask(slot_at=NOW + 8 * BAR, now=NOW + 8 * BAR)
    assert (stale.status, stale.error_code) == (RunStatus.SKIPPED, "CONTEXT_STALE")
    early = ask(slot_at=NOW - 99 * BAR, now=NOW - 99 * BAR)
    assert (early.status, early.error_code) == (RunStatus.SKIPPED, "CONTEXT_MISSING")
    unknown = ask(symbol="ETH")
    assert (unknown.status, unknown.error_code) == (RunStatus.SKIPPED, "PROMPT_MISSING")
    missed = ask(slot_at=NOW - 3 * BAR)
    assert (missed.status, missed.error_code) == (RunStatus.SKIPPED, "SLOT_MISSED")
    assert fake.calls == 0 and list(broken_chains()) == []


def test_an_engine_that_is_no_longer_installed_fails_the_run(ask, btc, settings):
    settings.STRATEGY_ENGINES = ("rules", "noop", "model")
    run = ask(version=make_version("Modelled", engine="model"))
    assert (run.status, run.error_code) == (RunStatus.FAILED, "ENGINE_UNAVAILABLE")


def test_noop_holds(ask, btc):
    run = ask(version=make_version("Quiet", engine="noop"))
    assert [action.kind for action in run.actions.all()] == ["hold"]


def test_a_slot_cannot_be_decided_before_it_begins(ask):
    with pytest.raises(InvalidInput):
        ask(slot_at=NOW + BAR)
    assert DecisionRun.objects.count() == 0


def test_e11_a_crash_before_the_seal_is_asked_again_after_the_lease(ask, engine):
    fake = engine(KeyboardInterrupt(), hold)
    with pytest.raises(KeyboardInterrupt):
        ask()
    with pytest.raises(RunHeld):
        ask()
    run = ask(real_now=LATER)
    assert run.status == RunStatus.COMPLETED and run.lease_epoch == 2 and fake.calls == 2


def test_e11_a_paid_answer_is_never_bought_twice(ask, engine, monkeypatch):
    fake = engine(hold, is_paid=True)
    with monkeypatch.context() as broken:
        broken.setattr(asking, "read_answer", _vanish)
        with pytest.raises(KeyboardInterrupt):
            ask()
    run = ask(real_now=LATER, now=NOW + timedelta(minutes=1))
    assert run.status == RunStatus.COMPLETED and fake.calls == 1 and verify_run(run) == []


def _vanish(*_):
    raise KeyboardInterrupt


def test_e09_a_late_worker_is_fenced_by_the_epoch(ask, engine):
    def overtaken(context):
        sweep_stuck_runs(now=NOW, real_now=NOW, force=True)
        ask(real_now=LATER)
        return hold(context)

    fake = engine(overtaken, hold)
    run = ask()
    assert fake.calls == 2 and run.lease_epoch == 2 and run.sequence == 1
    assert DecisionRun.objects.count() == 1 and ProposedAction.objects.count() == 1


def test_sweep_requeues_then_fails_and_closes_missed_slots(ask, engine):
    engine(*[KeyboardInterrupt() for _ in range(MAX_CLAIMS + 1)])
    for claim in range(MAX_CLAIMS):
        with pytest.raises(KeyboardInterrupt):
            ask()
        assert sweep_stuck_runs(now=NOW, real_now=NOW).requeued == 0
        outcome = sweep_stuck_runs(now=NOW, real_now=LATER)
        assert (outcome.requeued, outcome.failed) == ((1, 0) if claim < MAX_CLAIMS - 1 else (0, 1))
    run = DecisionRun.objects.get()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "LEASE_EXPIRED")
    with pytest.raises(KeyboardInterrupt):
        ask(slot_at=NOW + BAR, now=NOW + BAR)
    assert sweep_stuck_runs(now=NOW + 4 * BAR, real_now=LATER).skipped == 1
    assert list(broken_chains()) == []


def test_a_proposal_takes_few_queries(ask, django_assert_max_num_queries):
    ask(slot_at=NOW - BAR)
    with django_assert_max_num_queries(17):
        ask()
