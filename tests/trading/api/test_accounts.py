"""An account in the Arena or a demonstration is everybody's to read, and to recompute from what is served."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from apps.core.money import parse_micros
from apps.operations import clock
from apps.trading.models import TriggerOrder
from apps.trading.queries.replay import Replay
from apps.trading.services import execution, marking
from tests.trading import world

pytestmark = pytest.mark.django_db
TAILS = ("", "/orders", "/fills", "/ledger", "/equity", "/money", "/as-of")


@pytest.fixture
def account() -> Any:
    """An account that bought BTC and was marked."""
    world.put_quote(dollars=100)
    account = world.make_account()
    world.propose_action(account)
    execution.execute_pending(now=world.NOW)
    marking.mark_open_accounts(now=world.NOW)
    account.refresh_from_db()
    clock.set_anchor(real_now=clock.real_now(), market_at=world.NOW, speed=0.001)
    return account


def get(path: str, **parameters: str) -> Any:
    """The JSON that an anonymous visitor gets."""
    response = Client().get(f"/api/v1/prop/accounts/{path}", parameters)
    assert response.status_code == 200, response.content
    return response.json()


def test_a_statement_adds_up_with_money_as_text(account: Any) -> None:
    body = get(account.public_id)
    assert (body["id"], body["isPublic"], body["ordinal"]) == (account.public_id, True, account.ordinal)
    assert body["starting"] == "100000.00"
    money = {name: parse_micros(body[name]) for name in ("cash", "unrealized", "equity", "freeMargin")}
    assert money["cash"] + money["unrealized"] == money["equity"] == account.equity_micros
    (held,) = body["positions"]
    assert (held["symbol"], held["side"], held["marginMode"], held["leverage"]) == ("BTC", "long", "cross", 5)
    assert parse_micros(held["notional"]) == held["sizeLots"] * 100 * world.DOLLAR // 10**4
    assert parse_micros(held["margin"]) == parse_micros(body["initialMargin"])
    assert money["freeMargin"] == money["equity"] - parse_micros(body["initialMargin"])
    assert body["policy"]["document"]["allowed_symbols"] == ["BTC", "ETH"]
    assert (body["tradingMode"], body["halts"], body["isStale"], body["waits"]) == ("active", [], False, [])


def test_an_earlier_moment_replays_no_later_fill_and_not_without_end(account: Any) -> None:
    later = world.NOW + world.MINUTE
    world.put_quote(dollars=100, at=later)
    execution.execute_action(action=world.propose_action(account, "close", now=later), now=later)
    taken: list[Any] = []

    def run(_: Replay, rows: Any, fills: Any, **rest: Any) -> Any:
        taken.extend(fills)
        return iter(())

    with patch.object(Replay, "run", run):
        get(f"{account.public_id}/as-of", at=world.NOW.isoformat())
    assert [fill.at for fill in taken] == [world.NOW]
    address = f"/api/v1/prop/accounts/{account.public_id}/as-of"
    answers = [Client().get(address).status_code for _ in range(30)]
    assert answers == [200] * 29 + [429]
    assert Client(REMOTE_ADDR="192.0.2.7").get(address).status_code == 200, "counted by network"
    boss = Client()
    boss.force_login(get_user_model().objects.create(username="boss", is_staff=True, is_superuser=True))
    assert boss.get(address).status_code == 200


def test_orders_receipts_ledger_and_equity_are_listed(account: Any) -> None:
    (order,) = get(f"{account.public_id}/orders")["items"]
    (fill,) = get(f"{account.public_id}/fills")["items"]
    assert order["fills"] == [fill]
    assert (order["cause"], order["side"], fill["side"]) == ("action", "buy", "buy")
    assert order["decisionRunId"].startswith("run_")
    assert fill["size"] == str(fill["sizeLots"] // 10**4) or "." in fill["size"]
    sides = parse_micros(fill["notional"]) - parse_micros(fill["mid"]) * fill["sizeLots"] // 10**4
    assert abs(sides - parse_micros(fill["halfSpread"]) - parse_micros(fill["walk"])) <= 1
    ledger = get(f"{account.public_id}/ledger")["items"]
    assert ledger[0]["hash"] == account.ledger_head
    assert [row["previousHash"] for row in ledger[:-1]] == [row["hash"] for row in ledger[1:]]
    (point,) = get(f"{account.public_id}/equity")["items"]
    assert point["equity"] == get(account.public_id)["equity"]
    assert len(point["markDigest"]) == 64


def test_the_money_adds_up(account: Any) -> None:
    body = get(f"{account.public_id}/money")
    parts = {name: parse_micros(text) for name, text in body["parts"].items()}
    profit = parts.pop("profit")
    assert sum(parts.values()) == profit
    assert parse_micros(body["start"]) + profit == parse_micros(body["equity"])
    assert [one["symbol"] for one in body["assets"]] == ["BTC"]


def test_an_account_as_of_its_opening_held_its_start_and_nothing_else(account: Any) -> None:
    now = get(f"{account.public_id}/as-of")
    assert (now["faults"], now["ledgerHead"]) == ([], account.ledger_head)
    assert [held["symbol"] for held in now["positions"]] == ["BTC"]
    assert sum(parse_micros(text) for text in now["balances"].values()) == 0
    later = world.NOW + world.MINUTE
    world.put_quote(dollars=100, at=later)
    execution.execute_action(action=world.propose_action(account, "close", now=later), now=later)
    assert get(f"{account.public_id}/as-of")["positions"] == []
    then = get(f"{account.public_id}/as-of", at=world.NOW.isoformat())
    assert then["positions"] == now["positions"] and then["ledgerHead"] == now["ledgerHead"]


def test_the_curve_is_cut_at_the_moments_asked_for(account: Any) -> None:
    for minute in range(1, 6):
        at = world.NOW + minute * world.MINUTE
        world.put_quote(dollars=100 + minute, at=at)
        marking.mark_open_accounts(now=at)
    curve = f"{account.public_id}/equity"
    moments = [point["at"] for point in get(curve)["items"]]
    assert moments == sorted(moments, reverse=True) and len(moments) == 6
    assert [point["at"] for point in get(curve, since=moments[3], until=moments[1])["items"]] == moments[1:4]
    page = get(curve, limit="4")
    rest = get(curve, limit="4", cursor=page["nextCursor"])
    assert [point["at"] for point in page["items"] + rest["items"]] == moments


@pytest.mark.parametrize(
    ("tail", "parameters"),
    [
        ("/equity", {"since": "yesterday"}),
        ("/equity", {"since": "1970-01-01T00:00:00Z"}),
        ("/equity", {"from": "2026-03-01T00:00:00Z"}),
        ("/ledger", {"book": "cash"}),
        ("/orders", {"limit": "0"}),
    ],
)
def test_a_parameter_that_is_none_is_refused(account: Any, tail: str, parameters: dict[str, str]) -> None:
    answer = Client().get(f"/api/v1/prop/accounts/{account.public_id}{tail}", parameters)
    assert answer.status_code == 400
    assert answer.json()["code"] in {"VALIDATION_FAILED", "FIELD_NOT_ALLOWED"}


def test_what_an_account_waits_for_is_told(account: Any) -> None:
    later = world.NOW + timedelta(minutes=9)
    marking.mark_open_accounts(now=later)
    body = get(account.public_id)
    assert body["isStale"] is True
    assert body["waits"] == [{"symbol": "BTC", "code": "PRICE_STALE"}]


def test_a_page_of_orders_takes_as_many_queries_as_one_order(
    account: Any, django_assert_num_queries: Any
) -> None:
    for minute in range(1, 7):
        at = world.NOW + minute * world.MINUTE
        world.put_quote(dollars=100, at=at)
        kind = "close" if minute % 2 else "open"
        execution.execute_action(action=world.propose_action(account, kind, now=at), now=at)
    address = f"/api/v1/prop/accounts/{account.public_id}"
    client = Client()
    with django_assert_num_queries(3):
        assert len(client.get(f"{address}/orders").json()["items"]) == 7
    with django_assert_num_queries(2):
        assert len(client.get(f"{address}/fills").json()["items"]) == 7


@pytest.mark.parametrize("tail", TAILS)
def test_an_unknown_account_is_a_404_problem(tail: str, db: None) -> None:
    response = Client().get(f"/api/v1/prop/accounts/acc_nobody{tail}")
    assert response.status_code == 404
    assert response.json()["code"] == "NOT_FOUND"


def test_a_live_stop_is_private_even_where_the_account_is_public(account: Any) -> None:
    put_stop(account)
    answer = Client().get(f"/api/v1/prop/accounts/{account.public_id}/triggers")
    assert answer.status_code == 404
    assert "stop" not in str(get(account.public_id))


def put_stop(account: Any) -> TriggerOrder:
    """A standing stop at $90."""
    return TriggerOrder.objects.create(
        account=account,
        asset=world.make_asset(),
        symbol="BTC",
        kind="stop",
        side=1,
        price_micros=90 * world.DOLLAR,
        set_at=world.NOW,
    )


@pytest.mark.parametrize("tail", TAILS)
def test_no_route_takes_what_it_does_not_know(account: Any, tail: str) -> None:
    answer = Client().get(f"/api/v1/prop/accounts/{account.public_id}{tail}", {"x": "1"})
    assert (answer.status_code, answer.json()["code"]) == (400, "FIELD_NOT_ALLOWED")


@pytest.mark.parametrize("tail", ["/orders", "/fills", "/ledger", "/equity"])
@pytest.mark.parametrize("cursor", ["", "junk", "eD0x", "cD14eXo="])
def test_what_is_no_cursor_is_refused_by_every_list_alike(account: Any, tail: str, cursor: str) -> None:
    answer = Client().get(f"/api/v1/prop/accounts/{account.public_id}{tail}", {"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "CURSOR_INVALID")


def test_nobody_is_told_what_an_account_will_be(account: Any) -> None:
    ahead = (clock.now() + timedelta(hours=1)).isoformat()
    answer = Client().get(f"/api/v1/prop/accounts/{account.public_id}/as-of", {"at": ahead})
    assert (answer.status_code, answer.json()["code"]) == (400, "MOMENT_AHEAD")
