"""What PUMPPARTY_VAULTS and PUMPPARTY_RESOLVER_KEY may say, and what is refused before anybody pays."""

import json
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.economy.types import Vault
from pumpparty import economy_settings

OLD, NEW = "0x" + "5e" * 20, "0x" + "5f" * 20


def said(**also: Any) -> dict[str, Any]:
    return {
        "chainId": 6343,
        "address": "0x" + "fa" * 20,
        "codeHash": "0x" + "c0" * 32,
        "resolver": OLD,
        "rpc": ["https://rpc.test/key-1"],
        **also,
    }


def read(monkeypatch: pytest.MonkeyPatch, *listed: dict[str, Any]) -> list[Vault]:
    monkeypatch.setenv("PUMPPARTY_VAULTS", json.dumps(listed))
    return [Vault(**one) for one in economy_settings.vaults(production=True)]


def test_a_chain_may_have_closed_vaults_beside_the_one_that_takes_offers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new = read(monkeypatch, said(closed=True), said(resolver=NEW))
    assert (old.closed, new.closed, old.address == new.address) == (True, False, True)
    assert all(one.closed for one in read(monkeypatch, said(closed=True), said(resolver=NEW, closed=True)))


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        ([said(), said(resolver=NEW)], "names a chain twice"),
        ([said(), said(closed=True)], "names a vault twice"),
        ([said(closed="yes")], "closed must be"),
        ([said(rpc=["https://rpc.test/key-1", "https://rpc.test/key-1"])], "names a server twice"),
        ([said(rpc=["https://rpc.test/key-1", "https://RPC.test:443/key-2"])], "names a server twice"),
        ([said(overlap=11)], "overlap must reach back"),
        ([said(overlap=127, finality="safe")], "overlap must be 128 or more"),
        ([said(overlap=64, finality="finalized")], "overlap must be 128 or more"),
    ],
)
def test_what_would_lose_payments_or_count_one_voice_twice_is_refused(
    monkeypatch: pytest.MonkeyPatch, listed: list[dict[str, Any]], words: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=words) as refused:
        read(monkeypatch, *listed)
    assert "key-1" not in str(refused.value)


def test_what_is_left_out_is_safe_for_every_finality(monkeypatch: pytest.MonkeyPatch) -> None:
    for finality in economy_settings.FINALITY:
        (vault,) = read(monkeypatch, said(finality=finality, rpc=["https://a.test", "https://b.test"]))
        assert vault.overlap == 128
    (vault,) = read(monkeypatch, said(overlap=64))
    assert vault.overlap == 64


def test_there_may_be_a_key_for_each_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = "0x" + "41" * 32, "0x" + "42" * 32
    monkeypatch.setenv("PUMPPARTY_RESOLVER_KEY", f"{one}, {two}")
    assert economy_settings.resolver_key() == f"{one},{two}"
    monkeypatch.setenv("PUMPPARTY_RESOLVER_KEY", f"{one},0x12")
    with pytest.raises(ImproperlyConfigured) as refused:
        economy_settings.resolver_key()
    assert one not in str(refused.value) and "0x12" not in str(refused.value)
