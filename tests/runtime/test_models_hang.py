"""E21 on the workers that `up` starts: while every model hangs, accounts are marked, charged and liquidated on time."""

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection, connections
from django_celery_beat.models import PeriodicTask

from apps.decisions.models import DecisionRun, ModelCall
from apps.market.models import Quote
from apps.operations import clock
from apps.operations.models import WorkerHeartbeat
from apps.operations.services import beat
from apps.trading.models import LedgerEntry, Order
from pumpparty.runtime import plan
from pumpparty.runtime.children import Child, stop_all
from pumpparty.runtime.datafolder import open_folder
from pumpparty.runtime.preparation import Prepared
from tests.trading import world
from tests.trading.kills.stores import Stores
from tests.trading.prices import carry_out

MODELS = 20
SPEED = 3
BEGIN = world.NOW + timedelta(minutes=59, seconds=5)
"""Late enough in an hour that its funding falls due meanwhile."""
DEAR = 4 * 10**6
NAMES = "Ada Bohr Curie Dirac Euler Fermi Gauss Hopper Ising Joule Kepler Lovelace Maxwell Noether Ohm Pauli Raman Salam"
CLONES = [*NAMES.split(), "Tesla", "Volta"]
PATIENCE = 45.0


class Mute:
    """A provider that takes every question and never answers."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._held: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def asked(self) -> int:
        """Questions that arrived."""
        return len(self._held)

    def stop(self) -> None:
        """Let go of everybody."""
        for one in (self._listener, *self._held):
            one.close()

    def _take(self) -> None:
        while True:
            try:
                self._held.append(self._listener.accept()[0])
            except OSError:
                return


@pytest.fixture
def mute() -> Iterator[Mute]:
    provider = Mute()
    yield provider
    provider.stop()


@pytest.fixture
def arena(transactional_db: None, settings: Any) -> Any:
    """Accounts that a model leads, and one that a fall of prices ruins; the account in danger."""
    settings.STRATEGY_ENGINES = ("rules", "noop", "model")
    settings.FREE_CLONES_PER_USER = MODELS + 1
    world.put_candles(end=BEGIN)
    world.put_quote(dollars=100)
    for name in CLONES:
        world.make_account(world.make_clone(name, engine="model"))
    roomy: dict[str, Any] = dict.fromkeys(
        ("max_position_micros", "max_exposure_micros", "max_net_exposure_micros"), 10**13
    )
    ruined = world.make_account(world.make_clone("Ruined", engine="noop"), **roomy, max_drawdown_bps=0)
    carry_out(ruined, leverage=20, notional_micros=1_000_000 * world.DOLLAR)
    clock.set_anchor(real_now=clock.real_now(), market_at=BEGIN, speed=SPEED)
    beat.sync_schedule()
    PeriodicTask.objects.filter(task__startswith="market.").update(enabled=False)
    return ruined


@pytest.fixture
def live(arena: Any, mute: Mute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The broker, the workers and the scheduler of `up` over a copy of the test's database, which the test reads too."""
    stores = Stores(tmp_path)
    name = stores.copy_tests()
    folder = open_folder(tmp_path / "data")
    route = {
        "provider": "mute",
        "model": "m",
        "baseUrl": mute.url,
        "priceIn": 1,
        "priceOut": 1,
        "timeoutS": 60,
    }
    broker_socket = folder.socket_path()
    for variable, value in {
        "DATABASE_URL": _address(name),
        "PUMPPARTY_DATA": str(folder.path),
        "PUMPPARTY_NO_BOOTSTRAP": "1",
        "PUMPPARTY_MODELS": json.dumps({"light": [route]}),
        "REDIS_URL": f"unix://{broker_socket}?db=1",
        "CELERY_BROKER_URL": f"redis+socket://{broker_socket}?virtual_host=0",
        "HYPERLIQUID_URL": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(variable, value)
    prepared = Prepared(folder, "127.0.0.1", 8000, broker_socket, temporary=True)
    wanted = ("worker", "model-worker", "scheduler")
    broker = plan.broker(prepared)
    assert broker is not None
    children: list[Child] = [broker, *(one for one in plan.programmes(prepared) if one.name in wanted)]
    own = connections["default"]
    connections["default"] = own.copy()
    connections["default"].settings_dict["NAME"] = name
    try:
        for child in children:
            child.start()
        yield
    finally:
        stop_all(children)
        connections["default"].close()
        connections["default"] = own
        stores.close()
        os.close(folder.lock)


def _address(name: str) -> str:
    if connection.vendor == "sqlite":
        return f"sqlite://{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def until(what: Callable[[], bool], *, dollars: int, why: str) -> None:
    """Wait, while the market goes on at a price."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, why
        at = clock.now()
        if not Quote.objects.filter(at__gt=at - timedelta(seconds=SPEED)).exists():
            micros = dict.fromkeys(("mark_micros", "oracle_micros", "mid_micros"), dollars * world.DOLLAR)
            asset_id = Quote.objects.earliest("at").asset_id
            Quote.objects.create(
                asset_id=asset_id, at=at, knowable_at=at, source="synthetic", funding_rate_e10=DEAR, **micros
            )
        time.sleep(0.25)


def marked_at() -> Any:
    return WorkerHeartbeat.objects.get(name="trading.mark-to-market").last_success_at


def test_e21_while_twenty_models_hang_marks_funding_and_liquidations_go_on(
    arena: Any, live: None, mute: Mute
) -> None:
    until(lambda: mute.asked >= MODELS, dollars=100, why="too few models were asked")
    begun = clock.real_now()
    orders = Order.objects.filter(account_id=arena.pk)
    funding = LedgerEntry.objects.filter(account_id=arena.pk, kind="funding")
    until(funding.exists, dollars=100, why="no funding was charged")
    fell = clock.real_now()
    until(orders.filter(cause="liquidation").exists, dollars=92, why="nobody was liquidated")
    assert clock.real_now() - fell < timedelta(seconds=15)
    marks = marked_at()
    until(lambda: marked_at() > marks, dollars=92, why="marks stand still")
    assert clock.real_now() - begun < timedelta(seconds=50), "models may have let go by then"
    calls = ModelCall.objects
    assert calls.filter(status="pending").count() == calls.count() >= MODELS
    assert DecisionRun.objects.filter(engine="model").exclude(status="running").count() == 0
    assert DecisionRun.objects.filter(engine="noop", status="completed").exists()
