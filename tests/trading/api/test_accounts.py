"""Anybody may read an account, and recompute it from what is served."""

from typing import Any

import pytest
from django.test import Client

from apps.trading.services import execution, marking
from tests.trading import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Any:
    """An account that bought BTC and was marked."""
    world.put_quote(dollars=100)
    account = world.make_account()
    world.propose_action(account)
    execution.execute_pending(now=world.NOW)
    marking.mark_open_accounts(now=world.NOW)
    account.refresh_from_db()
    return account


def get(path: str) -> Any:
    """The JSON that an anonymous visitor gets."""
    response = Client().get(f"/api/v1/prop/accounts/{path}")
    assert response.status_code == 200, response.content
    return response.json()


def test_an_account_is_public_with_money_as_text(account: Any) -> None:
    body = get(account.public_id)
    assert body["id"] == account.public_id
    assert body["starting"] == "100000.00"
    assert body["openPositions"][0]["symbol"] == "BTC"
    assert "policy" not in body


def test_orders_fills_ledger_and_equity_are_listed(account: Any) -> None:
    (order,) = get(f"{account.public_id}/orders")["items"]
    (fill,) = get(f"{account.public_id}/fills")["items"]
    assert order["fills"] == [fill]
    assert fill["side"] == "buy"
    ledger = get(f"{account.public_id}/ledger")["items"]
    assert ledger[0]["hash"] == account.ledger_head
    assert [row["previousHash"] for row in ledger[:-1]] == [row["hash"] for row in ledger[1:]]
    (point,) = get(f"{account.public_id}/equity")["items"]
    assert point["equity"] == get(account.public_id)["equity"]


@pytest.mark.parametrize("tail", ["", "/orders", "/fills", "/ledger", "/equity"])
def test_an_unknown_account_is_a_404_problem(tail: str, db: None) -> None:
    response = Client().get(f"/api/v1/prop/accounts/acc_nobody{tail}")
    assert response.status_code == 404
    assert response.json()["code"] == "NOT_FOUND"
