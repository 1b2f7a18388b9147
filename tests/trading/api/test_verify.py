"""The program that outsiders are given: it finds an honest account sound, and any change of its rows."""

import runpy
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import pytest
from django.conf import settings
from django.test import Client

from apps.trading.models import PropAccount
from apps.trading.services import execution, marking
from tests.trading import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def program() -> dict[str, Any]:
    """The published program, asking our own server in this process."""
    loaded = runpy.run_path(str(Path(settings.BASE_DIR) / "static" / "verify_account.py"))
    loaded["main"].__globals__["fetch"] = lambda address: Client().get(address).json()
    loaded["main"].__globals__["PAGE"] = 7
    return loaded


@pytest.fixture
def address() -> str:
    """An account that traded, paid funding and was marked."""
    account = world.make_account()
    for minute, kind in enumerate(("open", "open", "reduce", "flip", "close"), start=1):
        at = world.NOW + minute * 30 * world.MINUTE
        world.put_quote(dollars=100 + minute, at=at, rate_e10=1_000_000)
        more = {"notional_micros": 500 * world.DOLLAR} if kind == "reduce" else {}
        if kind == "flip":
            more = {"side": -1, "notional_micros": 9_000 * world.DOLLAR}
        execution.execute_action(action=world.propose_action(account, kind, now=at, **more), now=at)
        marking.mark_open_accounts(now=at)
    return f"/api/v1/prop/accounts/{account.public_id}"


def test_an_honest_account_is_sound(program: Any, address: str, capsys: Any) -> None:
    assert program["main"](address) == 0
    assert "6 receipts are as they were sealed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("tail", "field", "value"),
    [
        ("/ledger", "amount", "1.00"),
        ("/ledger", "reference", "deposit:other"),
        ("/ledger", "at", "2026-03-02T12:00:00Z"),
        ("/ledger", "previousHash", "0" * 64),
        ("/fills", "price", "1.00"),
        ("/fills", "terms", "0" * 64),
        ("/fills", "marginMode", "isolated"),
        ("", "cash", "100001.00"),
        ("", "ledgerHead", "0" * 64),
        ("", "ordinal", 999),
    ],
)
def test_any_change_is_found(program: Any, address: str, tail: str, field: str, value: Any) -> None:
    honest = program["main"].__globals__["fetch"]

    def changed(asked: str) -> Any:
        body = honest(asked)
        if asked.partition("?")[0] == address + tail:
            (body["items"][-1] if tail else body)[field] = value
        return body

    program["main"].__globals__["fetch"] = changed
    assert program["main"](address) == 1


def test_a_row_left_out_is_found(program: Any, address: str) -> None:
    honest = program["main"].__globals__["fetch"]

    def shortened(asked: str) -> Any:
        body = honest(asked)
        if "/ledger" in asked:
            del body["items"][1]
        return body

    program["main"].__globals__["fetch"] = shortened
    assert program["main"](address) == 1


@pytest.mark.parametrize("before", ["/fills", "/ledger"])
def test_what_is_booked_while_it_reads_is_no_fault(
    program: Any, address: str, before: str, capsys: Any
) -> None:
    honest, booked = program["main"].__globals__["fetch"], []

    def meanwhile(asked: str) -> Any:
        if before in asked and not booked:
            booked.append(at := world.NOW + 300 * world.MINUTE)
            world.put_quote(dollars=107, at=at, rate_e10=1_000_000)
            action = world.propose_action(PropAccount.objects.get(), "open", now=at)
            execution.execute_action(action=action, now=at)
        return honest(asked)

    program["main"].__globals__["fetch"] = meanwhile
    assert program["main"](address) == 0
    assert booked and "6 receipts are as they were sealed" in capsys.readouterr().out
    assert program["main"](address) == 0
    assert "7 receipts are as they were sealed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (HTTPError("", 404, "Not Found", None, None), "answers 404"),  # type: ignore[arg-type]
        (URLError("refused"), "does not answer: refused"),
    ],
)
def test_an_account_that_is_not_there_is_told_in_a_sentence(
    program: Any, failure: Exception, sentence: str
) -> None:
    def fails(asked: str) -> Any:
        raise failure

    program["main"].__globals__["fetch"] = fails
    with pytest.raises(SystemExit, match=sentence):
        program["main"]("https://example.org/api/v1/prop/accounts/acc_none")
