"""Many slots in one call: claimed together, sealed together, and none of them stops the others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from apps.decisions.engine import registry
from apps.decisions.engine.noop import NoopEngine
from apps.decisions.engine.types import ContextPacket, RawAnswer
from apps.decisions.models import DecisionHead, DecisionRun, ProposedAction
from apps.decisions.services import claiming, sealing
from apps.decisions.services.propose import Proposals, propose, propose_slots
from apps.decisions.services.standing import Standing
from apps.decisions.services.verify import broken_chains
from apps.decisions.types import DueSlot, RunHeld
from apps.market.queries import MarketBoard
from tests.decisions.world import ACCOUNT, BAR, BY, NOW, make_version, stands, write_market

pytestmark = pytest.mark.django_db
COINS = ("AVAX", "BTC", "ETH")


@pytest.fixture
def three(db: None) -> Any:
    """A version that trades three coins, all of them with prices."""
    for coin in COINS:
        write_market(coin)
    return make_version(assets=COINS)


def ask(version: Any, *coins: str, slot_at: Any = NOW) -> Proposals:
    return propose_slots(
        subject="acc_one",
        version=version,
        slots=[DueSlot("prompt", coin, slot_at) for coin in coins],
        standing=stands(),
        board=MarketBoard(NOW),
        by=BY,
        real_now=NOW,
    )


def alone(version: Any, coin: str, subject: str) -> DecisionRun:
    return propose(
        subject=subject,
        version=version,
        prompt_key="prompt",
        symbol=coin,
        slot_at=NOW,
        standing=stands(),
        now=NOW,
        by=BY,
        real_now=NOW,
    )


def test_together_they_decide_as_each_would_alone(three: Any) -> None:
    together = ask(three, *COINS).runs
    assert [run.sequence for run in together.values()] == [1, 2, 3]
    for slot, run in together.items():
        single = alone(three, slot.symbol, "acc_two")
        assert (run.context_digest, run.raw_answer) == (single.context_digest, single.raw_answer)
    assert list(broken_chains()) == []
    assert ProposedAction.objects.filter(run__subject="acc_one").count() == len(COINS)


def test_more_slots_cost_no_more_statements(three: Any, django_assert_num_queries: Any) -> None:
    ask(three, "BTC", slot_at=NOW - BAR)
    with django_assert_num_queries(17):
        ask(three, "BTC", "ETH")
    with django_assert_num_queries(17):
        ask(three, *COINS, slot_at=NOW - BAR / 2)


def test_a_slot_that_another_worker_took_meanwhile_is_left_to_it(
    three: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = alone(three, "ETH", "acc_one")
    looks = iter([{}, {}])
    seen = claiming._known
    monkeypatch.setattr(claiming, "_known", lambda subject, slots: next(looks, None) or seen(subject, slots))
    done = ask(three, "BTC", "ETH")
    assert done.runs[DueSlot("prompt", "ETH", NOW)].pk == theirs.pk
    assert {run.symbol: run.sequence for run in DecisionRun.objects.all()} == {"ETH": 1, "BTC": 2}


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_subject_whose_head_is_behind_its_runs_decides_on(three: Any, is_gone: bool) -> None:
    """As a worker of the release before leaves it: it sealed a run and moved no head."""
    first = alone(three, "BTC", "acc_one")
    last = alone(three, "ETH", "acc_one")
    heads = DecisionHead.objects.filter(subject="acc_one")
    heads.delete() if is_gone else heads.update(sequence=first.sequence, digest=first.record_digest)
    (run,) = ask(three, "AVAX").runs.values()
    assert (run.sequence, run.previous_digest) == (3, last.record_digest)
    assert list(heads.values_list("sequence", "digest")) == [(3, run.record_digest)]
    assert list(broken_chains()) == []


def test_a_held_slot_is_reported_and_the_others_are_decided(three: Any) -> None:
    version = three
    mine, _ = claiming.claim_runs(
        subject="acc_one",
        version=version,
        slots=[DueSlot("prompt", "BTC", NOW)],
        now=NOW,
        real_now=NOW,
        by=BY,
    )
    done = ask(three, "BTC", "ETH")
    (error,) = done.errors.values()
    assert isinstance(error, RunHeld) and [slot.symbol for slot in done.runs] == ["ETH"]
    assert [run.lease_epoch for run in mine.values()] == [1]


def test_a_record_that_cannot_be_written_takes_no_other_with_it(
    three: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = sealing.record_digest

    def refuse(run: DecisionRun, actions: list[ProposedAction]) -> str:
        if run.symbol == "ETH":
            raise ValueError("no table takes this")
        return digest(run, actions)

    monkeypatch.setattr(sealing, "record_digest", refuse)
    done = ask(three, *COINS)
    assert [slot.symbol for slot in done.errors] == ["ETH"]
    assert [run.sequence for run in done.runs.values()] == [1, 2]
    assert DecisionRun.objects.get(symbol="ETH").status == "running"
    assert list(broken_chains()) == []


def test_a_paid_engine_holds_one_slot_at_a_time(three: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    claimed: list[int] = []

    class Paid(NoopEngine):
        """Holds, at a price, and looks how many runs are under way."""

        is_paid = True

        def answer(self, context: ContextPacket) -> RawAnswer:
            claimed.append(DecisionRun.objects.filter(status="running").count())
            return super().answer(context)

    monkeypatch.setitem(registry.ENGINES, "rules", Paid())
    assert len(ask(three, *COINS).runs) == len(COINS)
    assert claimed == [1, 1, 1]


def test_a_standing_is_read_anew_once_a_thought_has_moved_the_board_on(
    three: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Thinking(NoopEngine):
        """Holds after twenty seconds."""

        is_paid = True

        def answer(self, context: ContextPacket) -> RawAnswer:
            return replace(super().answer(context), latency_ms=20_000)

    monkeypatch.setitem(registry.ENGINES, "rules", Thinking())
    asked: list[Any] = []

    def read(board: MarketBoard, *, books: bool) -> Standing:
        asked.append((board.at, books))
        if len(asked) == 2:
            raise ValueError("it cannot be read now")
        return Standing(replace(ACCOUNT, cash_micros=len(asked)), read_from={"row": len(asked)})

    done = propose_slots(
        subject="acc_one",
        version=three,
        slots=[DueSlot("prompt", coin, NOW) for coin in COINS],
        standing=read,
        board=MarketBoard(NOW),
        by=BY,
        real_now=NOW,
    )
    thought = timedelta(seconds=20)
    assert asked == [(NOW, False), (NOW + thought, False), (NOW + thought, False)]
    assert {slot.symbol: str(error) for slot, error in done.errors.items()} == {
        "BTC": "it cannot be read now"
    }
    seen = {run.symbol: (run.context["account"]["cash_micros"], run.read_from) for run in done.runs.values()}
    assert seen == {"AVAX": (1, {"row": 1}), "ETH": (3, {"row": 3})}
    assert not DecisionRun.objects.filter(symbol="BTC").exists(), "nothing was claimed for it"
