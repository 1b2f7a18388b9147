"""What a model says, and what becomes of it: taken, asked for once more, or refused with a code."""

from datetime import timedelta

import pytest
from django.apps import apps as registry

from apps.decisions.adapters.model.reading import storable
from apps.decisions.engine.parse import MAX_BYTES
from apps.decisions.models import ModelCall, ModelSpend
from apps.decisions.services import models
from apps.decisions.services.propose import propose_slots
from apps.decisions.services.verify import broken_chains, verify_run
from apps.decisions.types import CallFault, CallStatus, DueSlot, RunStatus
from apps.market.queries import MarketBoard
from apps.operations import clock
from tests.decisions.models.world import COST, by_rules, changed, failure
from tests.decisions.world import BAR, BY, DOLLAR, NOW, make_version, stands, write_market, write_quote

pytestmark = pytest.mark.django_db


def test_a_model_decides_and_everything_about_it_is_kept(ask, port):
    run = ask()
    (action,) = run.actions.all()
    assert (run.status, run.error_code, action.kind) == (RunStatus.COMPLETED, "", "open")
    assert (run.model, run.parameters) == ("first/one", {"max_tokens": 500, "temperature": "0.2"})
    assert (run.tokens_in_count, run.tokens_cached_count, run.tokens_out_count) == (3_000, 1_000, 100)
    assert run.cost_micros == COST and run.prompt_digest and run.prompt
    (call,) = ModelCall.objects.all()
    assert (call.status, call.attempt, call.run, call.cost_micros) == (CallStatus.TAKEN, 1, run, COST)
    assert call.response == run.raw_answer and call.user == run.version.clone.owner.public_id
    assert verify_run(run) == [] and list(broken_chains()) == []
    spends = ModelSpend.objects.values_list("reserved_micros", "spent_micros", "calls_count")
    assert list(spends) == [(0, COST, 1)] * 3


JUNK = {
    "null": "null",
    "prose": "I would buy here.",
    "fenced": "```json\n{}\n```",
    "two objects": "{} {}",
    "cut": '{"schema": "decision_v1", "echo": "ab',
    "five megabytes": '{"schema": "' + "x" * 5_000_000 + '"}',
    "duplicate keys": '{"schema": "decision_v1", "schema": "decision_v1"}',
    "extra key": '{"schema": "decision_v1", "echo": "x", "actions": [], "tools": []}',
    "not a number": '{"schema": NaN}',
    "a lone surrogate": '{"schema": "\\ud800"}',
    "no utf-8": "\udcff\udcfe",
    "nul": '{"schema": "\x00"}',
    "a list": "[]",
    "deep": "[" * 5_000,
}


@pytest.mark.parametrize("said", JUNK.values(), ids=list(JUNK))
def test_e01_junk_is_asked_for_once_more_and_then_fails_the_run(ask, port, said):
    text = storable(said)
    port.script = [text, text]
    run = ask()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "INVALID_OUTPUT")
    assert len(port.calls) == 2 and run.actions.count() == 0 and run.raw_answer == text
    again = port.calls[1][1].messages
    assert again[:-1] == port.calls[0][1].messages and "refused" in again[-1]["content"]
    assert len(text) <= MAX_BYTES + 1 and (len(text) < 60 or text not in again[-1]["content"])
    calls = ModelCall.objects.order_by("attempt")
    assert [(call.status, call.is_repair) for call in calls] == [("refused", False), ("refused", True)]
    assert run.cost_micros == 2 * COST and verify_run(run) == []


def test_e01_a_repaired_answer_counts_and_both_calls_are_paid(ask, port):
    port.script = ["```json\n{}\n```"]
    run = ask()
    assert (run.status, run.cost_micros) == (RunStatus.COMPLETED, 2 * COST)
    calls = ModelCall.objects.order_by("attempt")
    assert [(call.status, call.is_repair) for call in calls] == [("refused", False), ("taken", True)]


def test_e01_a_repair_that_fails_leaves_the_first_answer_on_record(ask, port):
    port.script = ["no idea", failure(CallFault.UNAVAILABLE)]
    run = ask()
    assert (run.status, run.error_code, run.raw_answer) == (RunStatus.FAILED, "INVALID_OUTPUT", "no idea")
    assert len(port.calls) == 2 and run.cost_micros == COST


@pytest.mark.parametrize(
    "symbol", ["ETH", "ВТС", "btc", "Bitcoin", "BTC-PERP", "../BTC", "BTC ", "", None, ["BTC"]]
)
def test_e02_only_the_asset_that_was_asked_about(ask, port, symbol):
    port.script = [changed(symbol=symbol)] * 2
    run = ask()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "ASSET_NOT_ALLOWED")
    assert len(port.calls) == 1 and run.actions.count() == 0


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"leverage": 1_000}, "LIMIT_EXCEEDED"),
        ({"leverage": 0}, "LIMIT_EXCEEDED"),
        ({"leverage": -1e308}, "INVALID_OUTPUT"),
        ({"leverage": "5x"}, "INVALID_OUTPUT"),
        ({"leverage": True}, "INVALID_OUTPUT"),
        ({"leverage": 2.5}, "INVALID_OUTPUT"),
        ({"notional_micros": -1}, "LIMIT_EXCEEDED"),
        ({"notional_micros": 10**16}, "LIMIT_EXCEEDED"),
        ({"notional_micros": 250.0}, "INVALID_OUTPUT"),
        ({"notional_micros": "250%"}, "INVALID_OUTPUT"),
        ({"side": "buy"}, "INVALID_OUTPUT"),
        ({"stop_micros": -5}, "LIMIT_EXCEEDED"),
        ({"trail_bps": 25_000}, "LIMIT_EXCEEDED"),
    ],
)
def test_e03_a_number_out_of_its_range_or_of_another_kind_refuses_the_answer(ask, port, wrong, code):
    port.script = [changed(**wrong)] * 2
    run = ask()
    assert (run.status, run.error_code) == (RunStatus.FAILED, code)
    assert run.actions.count() == 0


def test_e17_an_answer_to_another_question_is_refused(ask, port):
    port.script = [changed(echo="0" * 16), changed(echo="1" * 16)]
    run = ask()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "INVALID_OUTPUT")
    assert "another question" in run.error_detail and run.actions.count() == 0


def test_e17_the_answer_of_another_runs_question_is_refused(ask, port):
    heard: list[str] = []
    port.script = [lambda asked: heard.append(by_rules(asked)) or heard[0]]
    ask()
    port.script = [heard[0], heard[0]]
    run = ask(slot_at=NOW + BAR, now=NOW + BAR)
    assert (run.status, run.error_code) == (RunStatus.FAILED, "INVALID_OUTPUT")


def test_an_answer_that_gives_its_prompt_away_is_refused(ask, port):
    def tell(asked):
        mark = asked.messages[1]["content"].rsplit(": ", 1)[-1].strip()
        return changed(reason=f"the mark is {mark}")(asked)

    port.script = [tell, tell]
    run = ask()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "INVALID_OUTPUT")


def test_e12_an_answer_that_comes_after_its_slot_opens_nothing(ask, port, time):
    def slowly(asked):
        time.pass_by(600)
        return by_rules(asked)

    port.script = [slowly]
    run = ask()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "DECISION_STALE")
    assert run.actions.count() == 0 and run.latency_ms == 600_000 and run.cost_micros == COST


def test_e12_where_the_market_runs_fast_thinking_takes_as_long_as_the_market_says(ask, port, time):
    clock.set_anchor(real_now=clock.real_now(), market_at=NOW, speed=120.0)

    def slowly(asked):
        time.pass_by(2.6)
        return by_rules(asked)

    port.script = [slowly]
    run = ask()
    assert run.error_code == "DECISION_STALE" and run.latency_ms == 2_600


def test_a_model_without_a_route_is_not_asked(ask, port, settings):
    settings.DECISION_MODELS = {"frontier": settings.DECISION_MODELS["light"]}
    run = ask()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "ENGINE_UNAVAILABLE")
    assert port.calls == [] and not ModelCall.objects.exists()


def test_e19_a_prompt_with_a_secret_is_not_sent(ask, port, monkeypatch):
    monkeypatch.setattr(models, "find_secrets", lambda text, own: ("private key",))
    run = ask()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "PROMPT_SECRET")
    assert port.calls == [] and run.cost_micros == 0


def test_each_asset_is_decided_on_the_market_of_its_own_moment(routes, port, time):
    for coin in ("BTC", "ETH"):
        write_market(coin)
    write_quote(
        registry.get_model("market.Asset").objects.get(symbol="ETH"),
        at=NOW + timedelta(seconds=15),
        price_micros=777 * DOLLAR,
    )

    def slowly(asked):
        time.pass_by(20)
        return by_rules(asked)

    port.script = [slowly, slowly]
    done = propose_slots(
        subject="acc_one",
        version=make_version("Two", engine="model", assets=("BTC", "ETH")),
        slots=[DueSlot("prompt", coin, NOW) for coin in ("BTC", "ETH")],
        standing=stands(),
        board=MarketBoard(NOW),
        by=BY,
    )
    first, second = done.runs.values()
    assert (first.decided_at, second.decided_at) == (NOW + timedelta(seconds=20), NOW + timedelta(seconds=40))
    assert second.context["now_ms"] - first.context["now_ms"] == 20_000
    assert second.context["quote"]["mark_micros"] == 777 * DOLLAR
