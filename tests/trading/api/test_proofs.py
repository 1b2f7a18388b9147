"""The daily roots as outsiders get them, and the program by which they recompute them."""

import runpy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from apps.trading.api import examples_proofs
from apps.trading.models import PropAccount
from apps.trading.services import day_roots, execution
from tests.trading import world

pytestmark = pytest.mark.django_db
LAST = date(2026, 3, 4)
SITE = "https://arena.example"
DAYS = "/api/v1/proofs/days"


@pytest.fixture
def account() -> PropAccount:
    """An account that bought, among others, under three sealed days."""
    world.put_quote(dollars=100)
    account = world.make_account()
    for _ in range(4):
        world.make_account(account.clone)
    world.propose_action(account)
    execution.execute_pending(now=world.NOW)
    day_roots.seal_due_days(now=datetime(2026, 3, 5, 0, 5, tzinfo=UTC))
    return account


def get(path: str, status: int = 200) -> Any:
    """What an anonymous visitor gets."""
    response = Client().get(path)
    assert response.status_code == status, response.content
    return response.json()


@pytest.fixture
def program() -> dict[str, Any]:
    """The published program, asking our own server in this process."""
    loaded = runpy.run_path(str(Path(settings.BASE_DIR) / "static" / "verify_day.py"))
    names = loaded["main"].__globals__
    names["fetch"], names["PAGE"] = (lambda address: get(address.removeprefix(SITE))), 2
    return names


def test_the_days_are_listed_newest_first_by_pages(account: PropAccount) -> None:
    first = get(f"{DAYS}?limit=2")
    second = get(f"{DAYS}?limit=2&cursor={first['nextCursor']}")
    days = first["items"] + second["items"]
    assert [day["date"] for day in days] == ["2026-03-04", "2026-03-03", "2026-03-02"]
    assert [day["previousRoot"] for day in days] == [days[1]["root"], days[2]["root"], ""]
    assert {day["accountsCount"] for day in days} == {5}
    assert get(f"{DAYS}/2026-03-03") == days[1]
    assert account.public_id not in str(days), "no leaf is on the list"


@pytest.mark.parametrize("day", ["2026-03-09", "20260303", "2026-W10-2", "2026-13-01", "today", "2026-3-3"])
def test_a_day_that_is_not_sealed_is_not_there(account: PropAccount, day: str) -> None:
    assert get(f"{DAYS}/{day}", 404)["code"] == "DAY_NOT_SEALED"
    assert get(f"{DAYS}/{day}/accounts/{account.public_id}", 404)["code"] == "DAY_NOT_SEALED"


def test_the_proof_of_an_account_leads_to_the_root(account: PropAccount, program: Any) -> None:
    proof = get(f"{DAYS}/2026-03-02/accounts/{account.public_id}")
    account.refresh_from_db()
    assert proof["ledger"] == {"sequence": account.ledger_sequence, "digest": account.ledger_head}
    assert proof["executions"] == {"sequence": account.record_sequence, "digest": account.record_head}
    assert proof["leafHash"] == program["leaf_hash"](proof).hex()
    assert program["climb"](bytes.fromhex(proof["leafHash"]), proof["path"]) == proof["day"]["tree"]


def test_an_account_that_is_not_public_has_no_proof_for_others(account: PropAccount) -> None:
    PropAccount.objects.filter(pk=account.pk).update(purpose="audition")
    address = f"{DAYS}/2026-03-02/accounts/{account.public_id}"
    hidden = get(address, 404)
    assert hidden["detail"] == get(f"{DAYS}/2026-03-02/accounts/acc_none", 404)["detail"]
    owner = Client()
    owner.force_login(account.clone.owner)
    assert owner.get(address).status_code == 200


def test_an_account_that_had_done_nothing_yet_has_no_leaf(account: PropAccount) -> None:
    late = world.make_account(account.clone, now=datetime(2026, 3, 5, 1, tzinfo=UTC))
    assert get(f"{DAYS}/2026-03-02/accounts/{late.public_id}", 404)["code"] == "NO_LEAF"


def test_the_program_finds_honest_days_sound(account: PropAccount, program: Any, capsys: Any) -> None:
    root = get(f"{DAYS}/2026-03-04")["root"]
    assert program["main"]([SITE, "2026-03-04", account.public_id, "--root", root]) == 0
    told = capsys.readouterr().out
    assert f"3 days up to 2026-03-04 follow from one another; the root is {root}" in told
    assert f"{account.public_id} is under it: decisions 1" in told
    assert program["main"]([SITE, "2026-03-02"]) == 0
    with pytest.raises(SystemExit, match="is not sealed"):
        program["main"]([SITE, "2026-03-09"])


@pytest.mark.parametrize(
    ("tail", "change"),
    [
        ("proofs/days", lambda body: body["items"][-1].update(root="0" * 64)),
        ("proofs/days", lambda body: body["items"][-1].update(tree="0" * 64)),
        ("proofs/days", lambda body: body["items"][0].update(previousRoot="0" * 64)),
        ("proofs/days", lambda body: body["items"].pop(1)),
        ("/accounts/", lambda body: body["executions"].update(sequence=7)),
        ("/accounts/", lambda body: body["decisions"].update(digest="0" * 64)),
        ("/accounts/", lambda body: body["path"][0].update(isLeft=not body["path"][0]["isLeft"])),
        ("/accounts/", lambda body: body["path"].pop()),
        ("/ledger", lambda body: body["items"][0].update(hash="0" * 64)),
    ],
)
def test_the_program_finds_any_change(
    account: PropAccount, program: Any, tail: str, change: Any, capsys: Any
) -> None:
    honest = program["fetch"]

    def changed(asked: str) -> Any:
        body = honest(asked)
        path = asked.partition("?")[0]
        if path.endswith(tail) or (tail == "/accounts/" and "/proofs/" in path and tail in path):
            change(body)
        return body

    program["fetch"], program["PAGE"] = changed, 200
    assert program["main"]([SITE, "2026-03-04", account.public_id]) == 1
    assert "WRONG" in capsys.readouterr().out


def test_the_program_compares_with_the_root_that_was_written_down(
    account: PropAccount, program: Any, capsys: Any
) -> None:
    assert program["main"]([SITE, "2026-03-04", "--root", "0" * 64]) == 1
    assert "not the one that you wrote down" in capsys.readouterr().out


def test_the_example_of_the_document_is_a_true_proof(program: Any) -> None:
    (example,) = examples_proofs.MEMBERSHIP
    proof = example.value
    assert program["climb"](program["leaf_hash"](proof), proof["path"]) == proof["day"]["tree"]
    assert program["root_of"](proof["day"]) == proof["day"]["root"]
    assert program["leaf_hash"](proof).hex() == proof["leafHash"]
