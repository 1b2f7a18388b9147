"""The whole way on a real chain and recorded candles, smoothly and with a kill in every act: the same in the end."""

import os
import random
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from apps.competition.types import RulebookTerms
from tests.chain.evm import Chain
from tests.economy.chain.local import LocalVault, deployed
from tests.flows.money import acts
from tests.flows.money.stage import Stage, told
from tests.trading.kills.stores import Stores

START = datetime(2026, 7, 27, 19, tzinfo=UTC)
"""A few hours before the recorded coins begin to rise together."""
AGAIN = datetime(2026, 8, 3, 12, tzinfo=UTC)
"""And another time."""
CHUNK = timedelta(hours=2)
PASSES = acts.terms(hours=24, target_bps=100)
MISSES = acts.terms(hours=3, target_bps=5000)
MOST_CHUNKS = 12
FEE = 10**16
SEED = "PUMPPARTY_FLOWS_SEED"


class Play:
    """One run of a flow: a database, a vault of its own, and the person who pays it."""

    def __init__(self, stage: Stage, local: LocalVault) -> None:
        self.stage = stage
        self.local = local
        self.clone = ""
        self.bought = 0

    def buy(self, under: RulebookTerms) -> None:
        """Quote, pay, watch it being confirmed, and have it confirmed that it was paid."""
        self.bought += 1
        key = f"purchase-number-{self.bought}"
        now = max(self.stage.moment, START)
        self.stage.act(f"{key} offer", lambda tell: acts.offer(under, now))
        asked = self.stage.act(
            f"{key} quote", partial(acts.quote, key=f"quote-{key}-0123456789", clone=self.clone)
        )
        quote = told(asked, "quote")
        paid = self._pay(quote["transaction"])
        self.scan(f"{key} seen")
        early = self.submit(f"{key} early", quote, paid)
        assert early[0] == 202, early
        self.local.chain.rpc("anvil_mine", "0x4")
        self.scan(f"{key} final")
        status, purchase = self.submit(f"{key} late", quote, paid)
        assert status == 200, purchase
        assert purchase["txHash"] == paid
        self.clone = purchase["cloneId"]

    def scan(self, name: str) -> None:
        """The workers that read the chain and let deposits count."""
        self.stage.act(name, lambda tell: acts.work("economy.scan-deposits", "economy.confirm-deposits"))

    def submit(self, name: str, quote: dict[str, Any], tx: str) -> tuple[int, Any]:
        """Status and body of what the API says to a payment."""
        body = partial(acts.submit, quote=quote, tx=tx, key=f"{name.replace(' ', '-')}-0123456789")
        ended = self.stage.act(name, body)
        return told(ended, "status"), told(ended, "answer")

    def audition(self, name: str) -> tuple[int, Any]:
        """Build and publish where that was not done, and send the clone to its audition."""
        now = max(self.stage.moment, START) + acts.BAR  # the clock went on while it was bought
        self.stage.moment = now
        self.stage.act(f"{name} build", lambda tell: acts.build(self.clone, now))
        ended = self.stage.act(f"{name} begin", partial(acts.audition, clone_id=self.clone, now=now))
        self.stage.moment = now + acts.BAR  # the clock has gone on while it was begun
        return told(ended, "status"), told(ended, "answer")

    def trade(self, name: str, *, chunks: int = MOST_CHUNKS) -> tuple[str, str]:
        """Let the clone trade until its audition is over, at most so many times eight hours; how it stands."""
        verdict = ("", "")
        for number in range(chunks):
            until = self.stage.moment + CHUNK
            ended = self.stage.act(
                f"{name} hours {number}",
                lambda tell, until=until: acts.trade(tell, since=self.stage.moment, until=until),
            )
            verdict = (told(ended, "audition"), told(ended, "reason"))
            if verdict[0] != "running":
                break
        return verdict

    def give_back(self) -> None:
        """What competition let go is signed, fetched by the person with their own wallet, and found to be fetched."""
        self.stage.act("sign", lambda tell: acts.work("economy.pay-refunds"))
        ready = told(self.stage.act("refund", acts.refund), "withdrawal")
        before = self.local.wei_of(self.local.payer())
        stranger = self.local.payer(5)
        self.local.chain.send(**{"from": stranger}, to=ready["to"], data=ready["data"])
        assert self.local.wei_of(self.local.payer()) - before == FEE
        self.local.chain.rpc("anvil_mine", "0x4")
        self.scan("fetched seen")
        self.stage.act("fetched", lambda tell: acts.work("economy.pay-refunds"))

    def state(self) -> dict[str, Any]:
        """How everything stands in the end; nothing that must always hold is broken."""
        ended = self.stage.act("state", acts.state)
        assert told(ended, "broken") == {}
        found: dict[str, Any] = told(ended, "state")
        return found

    def _pay(self, transaction: dict[str, Any]) -> str:
        sent = self.local.chain.send(
            **{"from": self.local.payer()},
            to=transaction["to"],
            data=transaction["data"],
            value=hex(int(transaction["value"])),
        )
        return str(sent["transactionHash"])


def straight(play: Play) -> None:
    """Bought once, passed, queued, in the Arena."""
    play.buy(PASSES)
    assert play.audition("first")[0] == 201
    assert play.trade("first") == ("passed", "TARGET_REACHED")
    play.stage.act("admit", lambda tell: acts.admit(play.stage.moment))


def winding(play: Play) -> None:
    """Failed, not retried for nothing, paid again, voided, given back on the chain, paid a third time, passed."""
    play.buy(MISSES)
    assert play.audition("first")[0] == 201
    assert play.trade("first") == ("failed", "TARGET_MISSED")
    status, refusal = play.audition("unpaid")
    assert (status, refusal["code"]) == (402, "RETRY_NOT_PAID")

    play.buy(PASSES)
    assert play.audition("second")[0] == 201
    assert play.trade("second", chunks=1)[0] == "running"
    play.stage.act("void", lambda tell: acts.void(play.stage.moment))
    play.stage.act("authorise", lambda tell: acts.authorise(play.stage.moment))
    play.give_back()

    play.buy(PASSES)
    play.stage.moment = AGAIN
    assert play.audition("third")[0] == 201
    assert play.trade("third") == ("passed", "TARGET_REACHED")
    play.stage.act("admit", lambda tell: acts.admit(play.stage.moment))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("flow", "least_kills"), [(straight, 5), (winding, 15)], ids=["straight", "winding"])
def test_killed_in_every_act_the_way_to_the_arena_ends_in_the_same_place(
    flow: Any, least_kills: int, template: str, stores: Stores, play_on: Any
) -> None:
    """One rough run again: PUMPPARTY_FLOWS_SEED=<seed>."""
    smooth = Stage(stores.copy(template), rough=None)
    expected = run(flow, play_on(smooth))
    assert expected["auditions"][-1] == ["passed", "TARGET_REACHED"]
    assert expected["queue"] == [[1, "admitted"]]
    assert expected["slots"] == [1]
    assert expected["books"]["clearing"] == "0"
    assert expected["findings"] == []

    seed = os.environ.get(SEED) or str(random.SystemRandom().randrange(10**9))
    rough = Stage(stores.copy(template), rough=random.Random(seed))
    rough.learn(smooth)
    try:
        assert run(flow, play_on(rough)) == expected
    except AssertionError as error:
        pytest.fail(f"{SEED}={seed} {dict(rough.kills)}\n{error}")
    assert rough.kills.total() >= least_kills, rough.kills
    print(f"seed {seed}: killed {rough.kills.total()} times, {dict(sorted(rough.kills.items()))}")  # noqa: T201


def run(flow: Any, play: Play) -> dict[str, Any]:
    """Play a flow to its end; how everything stands then."""
    flow(play)
    return play.state()


@pytest.fixture
def play_on(chain: Chain, settings: Any) -> Any:
    """Makes plays, each with a vault of its own."""

    def make(stage: Stage) -> Play:
        local = deployed(chain)
        settings.VAULTS = [asdict(local.vault)]
        return Play(stage, local)

    return make
