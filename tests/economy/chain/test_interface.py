"""Another vault's interface: the same names in another order, other topics, and what is refused when it is read."""

import json
from dataclasses import asdict, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from eth_abi.abi import encode
from pytest_django.fixtures import Settings

from apps.economy.adapters.vault.abi import ARTIFACT, NotOurs, interface
from apps.economy.types import ETH
from tests.economy.world import VAULT

PAYER, RESOLVER = "0x" + "12" * 20, "0x" + "34" * 20


def written(path: Path, entries: object) -> str:
    path.write_text(json.dumps(entries))
    return str(path)


def own() -> list[dict[str, Any]]:
    return list(json.loads(ARTIFACT.read_text())["abi"])


def turned(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every list of arguments from the back; the number in a topic, the token in the data; smaller numbers."""
    for entry in entries:
        entry["inputs"] = entry["inputs"][::-1]
        for argument in entry["inputs"]:
            if entry["type"] == "event" and argument["name"] in {"nonce", "token"}:
                argument["indexed"] = argument["name"] == "nonce"
            if argument["name"] == "nonce":
                argument["type"] = "uint64"
    return entries


def test_order_sizes_and_topics_are_those_of_the_named_interface(tmp_path: Path) -> None:
    ours, theirs = interface(), interface(written(tmp_path / "abi.json", turned(own())))
    assert (
        ours.call("depositETH", resolver=RESOLVER, nonce=7)[10:]
        == encode(["address", "uint256"], [RESOLVER, 7]).hex()
    )
    assert (
        theirs.call("depositETH", resolver=RESOLVER, nonce=7)[10:]
        == encode(["uint64", "address"], [7, RESOLVER]).hex()
    )
    assert ours.topics(resolver=RESOLVER)[1:] == [None, None, "0x" + RESOLVER[2:].rjust(64, "0")]
    assert theirs.topics(resolver=RESOLVER)[1:] == [None, "0x" + RESOLVER[2:].rjust(64, "0")]
    (event,) = [event for event in theirs.events.values() if event.name == "Deposit"]
    topics = [
        event.topic,
        encode(["uint64"], [7]),
        encode(["address"], [RESOLVER]),
        encode(["address"], [PAYER]),
    ]
    assert event.read(topics, encode(["uint256", "address"], [5, ETH])) == {
        "user": PAYER,
        "token": ETH,
        "resolver": RESOLVER,
        "nonce": 7,
        "amount": 5,
    }
    with pytest.raises(NotOurs):
        event.read(
            [event.topic, encode(["uint256"], [2**64]), *topics[2:]], encode(["uint256", "address"], [5, ETH])
        )


@pytest.mark.parametrize(
    "missing", ["Deposit", "Withdrawal", "depositETH", "getDeposit", "withdraw", "withdrawn"]
)
def test_an_interface_that_lacks_something_is_refused_by_its_name(tmp_path: Path, missing: str) -> None:
    path = written(tmp_path / "abi.json", [entry for entry in own() if entry.get("name") != missing])
    with pytest.raises(ImproperlyConfigured, match=f" {missing} with the arguments"):
        interface(path)


def test_an_argument_of_another_name_is_not_guessed_at(tmp_path: Path) -> None:
    renamed = json.loads(json.dumps(own()).replace('"nonce"', '"id"'))
    with pytest.raises(ImproperlyConfigured, match="nonce"):
        interface(written(tmp_path / "abi.json", renamed))


@pytest.mark.parametrize("text", ["", "{", "{}", "5", "[5]", '{"abi": 5}'])
def test_the_command_says_of_a_file_that_it_is_no_interface(
    tmp_path: Path, settings: Settings, text: str
) -> None:
    (tmp_path / "abi.json").write_text(text)
    settings.VAULTS = [asdict(replace(VAULT, abi_path=str(tmp_path / "abi.json")))]
    said = StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_vault", stdout=said, stderr=said)
    assert "NOT SO: The vault's interface" in said.getvalue()
