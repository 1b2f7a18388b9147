"""Which providers are believed: two chains, other code, silence, and what the command that looks says of it."""

from dataclasses import asdict, replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django.fixtures import Settings

from apps.core.errors import AdapterError
from apps.economy.services import chains
from apps.economy.services.chains import ChainUnavailable, PaymentsOff, WrongChain
from apps.economy.types import Vault
from tests.chain.evm import running_chain
from tests.economy.chain.local import ETHER, NOTHING_HASH, STRANGER_KEY, LocalVault
from tests.economy.world import VAULT, FakeChain, silent
from tests.users.adapters.fake_rpc import FakeRpc, result

NOBODY = "http://127.0.0.1:9"


def told(settings: Settings, *vaults: Vault) -> None:
    settings.VAULTS = [asdict(vault) for vault in vaults]


def verified() -> tuple[int, str]:
    out, code = StringIO(), 0
    try:
        call_command("verify_vault", stdout=out, stderr=out)
    except SystemExit as ended:
        code = int(str(ended.code))
    except CommandError as refused:
        code = refused.returncode
        out.write(str(refused))
    return code, out.getvalue()


def test_without_a_vault_payments_are_off_and_with_one_only_its_chain_is_taken(settings: Settings) -> None:
    told(settings)
    with pytest.raises(PaymentsOff) as off:
        chains.get_vault(6343)
    assert (off.value.status, off.value.code, off.value.retryable) == (503, "PAYMENTS_OFF", False)
    told(settings, VAULT, replace(VAULT, chain_id=4326))
    assert chains.configured() == [VAULT, replace(VAULT, chain_id=4326)]
    assert chains.get_vault(6343) == VAULT
    with pytest.raises(WrongChain, match="chain 1; use chain 6343, 4326") as wrong:
        chains.get_vault(1)
    assert (wrong.value.status, wrong.value.code) == (422, "WRONG_CHAIN")


def test_c06_a_provider_of_another_chain_is_left_out_before_anything_is_read(
    local: LocalVault, rpc: FakeRpc
) -> None:
    rpc.answers["eth_chainId"] = result("0x10e6")
    vault = replace(local.vault, rpc_urls=(rpc.url, local.chain.url))
    with chains.every(vault) as readers:
        believed, left_out = chains.trusted(vault, readers)
    assert believed == [readers[1]]
    assert [(one.name, one.is_wrong) for one in left_out] == [(readers[0].name, True)]
    assert left_out[0].why == f"{readers[0].name} serves chain 4326, not 6343."
    assert [question["method"] for question in rpc.asked] == ["eth_chainId"]
    with chains.opened(vault) as left:
        assert [reader.name for reader in left] == [readers[1].name]
    assert "canary-rpc-key" not in left_out[0].why


def test_c06_a_chain_of_the_same_number_without_the_vault_is_left_out(local: LocalVault) -> None:
    with running_chain() as fork:
        vault = replace(local.vault, rpc_urls=(fork.url,))
        with pytest.raises(ChainUnavailable, match="shows other code") as refused, chains.opened(vault):
            raise AssertionError("nobody was to be believed")
    assert NOTHING_HASH in str(refused.value)


def test_c22_a_look_alike_at_the_configured_address_is_found_by_its_code(local: LocalVault) -> None:
    alike = local.chain.deploy("Spoof").lower()
    vault = replace(local.vault, address=alike)
    with pytest.raises(ChainUnavailable, match=f"other code at {alike}"), chains.opened(vault):
        raise AssertionError("nobody was to be believed")


def test_c22_the_command_says_what_holds_and_ends_with_one_where_something_does_not(
    local: LocalVault, settings: Settings
) -> None:
    told(settings, local.vault)
    code, said = verified()
    assert code == 0 and "NOT SO" not in said
    assert f"serves chain 6343 and the vault at {local.vault.address}" in said
    assert "Its code is that of the vault in this repository" in said
    assert settings.RESOLVER_KEY not in said
    alike = local.chain.deploy("Spoof").lower()
    told(settings, replace(local.vault, address=alike))
    code, said = verified()
    assert (
        code == 1
        and f"NOT SO: 127.0.0.1:{local.chain.url.rpartition(':')[2]} shows other code at {alike}" in said
    )


def test_c22_code_that_was_configured_with_its_own_hash_is_not_ours(
    local: LocalVault, settings: Settings
) -> None:
    alike = local.chain.deploy("Spoof").lower()
    with local.reader(address=alike) as reader:
        vault = replace(local.vault, address=alike, code_hash=reader.code_hash())
    told(settings, vault)
    code, said = verified()
    assert code == 1 and "Its code is not that of the vault in this repository" in said


@pytest.mark.parametrize(
    ("key", "words"), [("", "key is not configured"), (STRANGER_KEY, "key is not the resolver's")]
)
def test_the_command_finds_a_signer_that_cannot_sign(
    local: LocalVault, settings: Settings, key: str, words: str
) -> None:
    told(settings, local.vault)
    settings.RESOLVER_KEY = key
    code, said = verified()
    assert code == 1 and words in said and STRANGER_KEY not in said


def test_the_command_says_that_there_is_nothing_to_verify(settings: Settings) -> None:
    told(settings)
    code, said = verified()
    assert code == 2 and "PUMPPARTY_VAULTS" in said


def test_c16_a_silent_provider_is_missing_among_those_that_are_believed(local: LocalVault) -> None:
    vault = replace(local.vault, rpc_urls=(NOBODY, local.chain.url))
    with chains.every(vault) as readers:
        _, left_out = chains.trusted(vault, readers)
    assert [(one.name, one.is_wrong) for one in left_out] == [("127.0.0.1:9", False)]
    with chains.opened(vault) as believed:
        assert len(believed) == 1 < len(vault.rpc_urls)
    with pytest.raises(ChainUnavailable) as nobody, chains.opened(replace(vault, rpc_urls=(NOBODY,))):
        raise AssertionError("nobody was to be believed")
    assert (nobody.value.status, nobody.value.code, nobody.value.retryable) == (
        503,
        "CHAIN_UNAVAILABLE",
        True,
    )


def test_c16_two_providers_tell_each_what_they_see(local: LocalVault, rpc: FakeRpc) -> None:
    sent = local.pay(7, ETHER)

    def lie(question: dict[str, Any]) -> Any:
        """What the chain says, and ten times the amount."""
        answer = local.chain.rpc(question["method"], *question["params"])
        if question["method"] == "eth_getTransactionReceipt":
            data = answer["logs"][0]["data"]
            answer["logs"][0]["data"] = data[:66] + hex(10 * int(data[66:], 16))[2:].rjust(64, "0")
        return result(answer)(question)

    rpc.answers = dict.fromkeys(("eth_chainId", "eth_getCode", "eth_getTransactionReceipt"), lie)
    vault = replace(local.vault, rpc_urls=(local.chain.url, rpc.url))
    with chains.opened(vault) as (honest, liar):
        (true,), (false,) = (
            honest.receipt(sent["transactionHash"]) or [],
            liar.receipt(sent["transactionHash"]) or [],
        )
    assert (true.amount_wei, false.amount_wei) == (ETHER, 10 * ETHER)
    assert true._replace(amount_wei=0) == false._replace(amount_wei=0)


def test_c15_a_provider_that_fails_on_the_way_is_unavailable_and_may_be_asked_again(
    local: LocalVault,
) -> None:
    with pytest.raises(ChainUnavailable) as failed, chains.opened(local.vault) as (reader,):
        reader.balance(block_hash="0x" + "ab" * 32)
    assert failed.value.retryable and "refused the question" in failed.value.detail


def test_providers_are_asked_before_each_use() -> None:
    chain = FakeChain()
    assert chains.trusted(VAULT, [chain]) == ([chain], [])
    chain.served_code = NOTHING_HASH
    assert chains.trusted(VAULT, [chain])[0] == []
    with silent(chain, "chain.test is silent."):
        believed, (left_out,) = chains.trusted(VAULT, [chain])
        assert (believed, left_out.why, left_out.is_wrong) == ([], "chain.test is silent.", False)


def test_an_error_names_the_host_and_never_the_address(local: LocalVault) -> None:
    url = "http://user:canary-password@127.0.0.1:9/v2/canary-rpc-key?key=canary-query"
    vault = replace(local.vault, rpc_urls=(url,))
    with chains.every(vault) as (reader,):
        with pytest.raises(AdapterError) as refused:
            reader.head()
        assert (reader.name, "canary" in str(refused.value)) == ("127.0.0.1:9", False)
