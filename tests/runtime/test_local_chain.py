"""The practice chain of `up`: configured before settings are read, kept over restarts, given its vault and its blocks."""

import json
import os
import platform
import signal
import stat
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django.fixtures import Settings

from apps.economy.adapters.vault.abi import code_hash, own_code_hash
from apps.economy.services import chains, signing
from apps.economy.types import Vault
from pumpparty import economy_settings, signin_settings
from pumpparty.runtime.children import stop_all
from pumpparty.runtime.local_chain import configuration, running, tools
from pumpparty.runtime.local_chain.configuration import CHAIN_ID, VARIABLES, LocalChain
from pumpparty.runtime.local_chain.running import ChainChild, Installing, ask
from pumpparty.runtime.supervisor import Supervisor

ETHER = 10**18


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that says nothing of vaults, and is as before after the test."""
    for name in (*VARIABLES, "PUMPPARTY_PRODUCTION"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.fixture
def chain(tmp_path: Path) -> LocalChain:
    """A configured chain that does not run yet."""
    try:
        tools.install_evm()
    except tools.Unavailable as reason:
        pytest.skip(str(reason))
    made = configuration.prepare(tmp_path, any_port=True)
    assert made is not None
    return made


@pytest.fixture
def child(chain: LocalChain, tmp_path: Path) -> Iterator[ChainChild]:
    """Its programme, with the vault in place."""
    made = ChainChild(chain, logs=tmp_path)
    made.start()
    watch_until(made, lambda: has_vault(chain))
    yield made
    stop_all([made])


def watch_until(child: ChainChild, condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        child.watch(report=lambda line: None)
        time.sleep(0.02)


def has_vault(chain: LocalChain) -> bool:
    try:
        code = ask(chain.url, "eth_getCode", configuration.VAULT, "latest")
    except OSError:
        return False
    return code_hash(bytes.fromhex(code[2:])) == own_code_hash()


def height(chain: LocalChain) -> int:
    return int(ask(chain.url, "eth_blockNumber"), 16)


def vault() -> Vault:
    (one,) = economy_settings.vaults(production=False)
    return Vault(**one)


def pay(chain: LocalChain, nonce: int) -> None:
    payer = ask(chain.url, "eth_accounts")[1]
    data = signing.deposit_calldata(vault(), nonce=nonce)
    ask(
        chain.url,
        "eth_sendTransaction",
        {"from": payer, "to": configuration.VAULT, "data": data, "value": hex(ETHER)},
    )


def test_children_are_told_of_one_vault_with_a_resolver_of_this_folder(
    chain: LocalChain, tmp_path: Path
) -> None:
    told = vault()
    assert (told.chain_id, told.address, told.rpc_urls) == (CHAIN_ID, configuration.VAULT, (chain.url,))
    assert told.code_hash == own_code_hash()
    assert signin_settings.chain_rpc_urls() == {CHAIN_ID: chain.url}
    assert signin_settings.chains() == [4326, 6343, CHAIN_ID]
    key = tmp_path / "chain" / "resolver"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    first = os.environ["PUMPPARTY_RESOLVER_KEY"]
    configuration.undo(chain)
    configuration.prepare(tmp_path, any_port=True)
    assert os.environ["PUMPPARTY_RESOLVER_KEY"] == first


def test_the_resolver_s_key_signs_for_the_vault(chain: LocalChain, settings: Settings) -> None:
    settings.RESOLVER_KEY = economy_settings.resolver_key()
    signing.demand_signer(vault())


def test_a_vault_that_is_configured_wins_and_production_has_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUMPPARTY_VAULTS", "[]")
    assert configuration.prepare(tmp_path, any_port=True) is None
    assert os.environ["PUMPPARTY_VAULTS"] == "[]" and "PUMPPARTY_RESOLVER_KEY" not in os.environ
    supervisor = Supervisor(report=print)
    quiet = Installing(is_wanted=False)
    assert running.start(supervisor, None, quiet, logs=tmp_path) == ""
    monkeypatch.delenv("PUMPPARTY_VAULTS")
    monkeypatch.setenv("PUMPPARTY_PRODUCTION", "1")
    assert configuration.prepare(tmp_path, any_port=True) is None
    assert running.start(supervisor, None, quiet, logs=tmp_path).startswith("Payments: off")
    assert supervisor.children == []


def test_on_another_machine_payments_are_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert configuration.prepare(tmp_path, any_port=True) is None
    assert "PUMPPARTY_VAULTS" not in os.environ


def test_where_npm_brings_nothing_one_line_says_so_and_payments_are_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "demand_platform", lambda: None)
    monkeypatch.setenv("PUMPPARTY_CHAIN_RPC", "1=https://one.example")
    told = configuration.prepare(tmp_path, any_port=True)
    assert signin_settings.chain_rpc_urls()[1] == "https://one.example"
    monkeypatch.setattr(tools, "is_installed", lambda: False)
    monkeypatch.setattr(running.sys, "executable", "false")
    supervisor = Supervisor(report=print)
    line = running.start(supervisor, told, Installing(is_wanted=True), logs=tmp_path)
    assert line.startswith("Payments: off") and line.endswith("npm ended with exit code 1")
    assert supervisor.children == []
    assert [name for name in VARIABLES if name in os.environ] == ["PUMPPARTY_CHAIN_RPC"]
    assert os.environ["PUMPPARTY_CHAIN_RPC"] == "1=https://one.example"


def test_packages_that_cannot_be_had_are_a_reason_and_no_stamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package-lock.json").write_text("{}")
    said = "npm warn of much; npm error code ECONNREFUSED; npm error syscall connect; npm error a third thing"
    words = said.replace("; ", "\\n")
    monkeypatch.setattr(tools, "_npm", lambda: ["sh", "-c", f"printf '{words}' >&2; exit 1"])
    with pytest.raises(
        tools.Unavailable, match=r"run: npm error code ECONNREFUSED; npm error syscall connect$"
    ):
        tools.install(tmp_path)
    assert not tools.is_installed(tmp_path)


def test_confirmations_count_up_after_a_payment_and_then_the_chain_rests(
    chain: LocalChain, child: ChainChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(running, "BUSY_BLOCKS", 4)
    child._busy = 0
    pay(chain, 7)
    with chains.opened(vault()) as (reader,):
        watch_until(child, lambda: bool(reader.logs(0, reader.head().number)))
        (deposit,) = reader.logs(0, reader.head().number)
        watch_until(child, lambda: height(chain) >= deposit.block_number + 4)
        for _ in range(20):
            child.watch(report=print)
            time.sleep(0.02)
        rested = height(chain)
        assert rested <= deposit.block_number + 6
        monkeypatch.setattr(running, "IDLE_SECONDS", 0.0)
        watch_until(child, lambda: height(chain) > rested)


def test_the_chain_goes_on_where_it_was_stopped(chain: LocalChain, child: ChainChild, tmp_path: Path) -> None:
    pay(chain, 7)
    with chains.opened(vault()) as (reader,):
        watch_until(child, lambda: bool(reader.logs(0, reader.head().number)))
        before = reader.logs(0, reader.head().number)
    stop_all([child])
    again = ChainChild(chain, logs=tmp_path)
    again.start()
    try:
        watch_until(again, lambda: has_vault(chain))
        with chains.opened(vault()) as (reader,):
            newest = reader.head()
            assert reader.logs(0, newest.number) == before
            assert reader.balance(block_hash=newest.hash) == ETHER
            assert reader.balance(block_hash=before[0].block_hash) == ETHER
    finally:
        stop_all([again])


def test_a_chain_that_was_killed_before_it_was_kept_gets_its_vault_again(
    chain: LocalChain, child: ChainChild
) -> None:
    assert child.process is not None
    os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()
    assert not has_vault(chain)
    watch_until(child, lambda: has_vault(chain))
    assert child.restarts == 1


def test_a_wallet_is_filled_on_the_practice_chain_alone(
    chain: LocalChain, child: ChainChild, tmp_path: Path, settings: Settings
) -> None:
    settings.DATA_DIR = tmp_path
    wallet, out = "0x" + "aB" * 20, StringIO()
    call_command("fund_wallet", wallet, "--eth", "2.5", stdout=out)
    call_command("fund_wallet", wallet, stdout=out)
    assert int(ask(chain.url, "eth_getBalance", wallet, "latest"), 16) == 12_500_000_000_000_000_000
    assert "has 12.5 ETH" in out.getvalue()
    for wrong in (("0x12",), (wallet, "--eth", "0"), (wallet, "--eth", "1e-19"), (wallet, "--eth", "NaN")):
        with pytest.raises(CommandError):
            call_command("fund_wallet", *wrong)


def test_without_a_practice_chain_no_wallet_is_filled(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    with pytest.raises(CommandError, match="start the arena"):
        call_command("fund_wallet", "0x" + "ab" * 20)
    (tmp_path / configuration.NOTE).write_text(json.dumps({"url": "http://127.0.0.1:9"}))
    with pytest.raises(CommandError, match="start the arena"):
        call_command("fund_wallet", "0x" + "ab" * 20)
