"""Our vault's contract on a real EVM: every function, every refusal, and money that leaves it once and to one person."""

import hashlib
import json

import pytest

from apps.economy.adapters.vault.abi import ARTIFACT, interface
from apps.economy.services import signing
from apps.economy.types import ETH
from tests.chain import solidity, tools
from tests.economy.chain.local import ETHER, FOREVER, STRANGER_KEY, LocalVault

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def ask(local: LocalVault, function: str, **values: object) -> object:
    data = interface().call(function, **values)
    answer = local.chain.rpc("eth_call", {"to": local.vault.address, "data": data}, "latest")
    return interface().answer(function, bytes.fromhex(answer[2:]))


def held(local: LocalVault) -> object:
    return ask(local, "resolverBalanceOf", resolver=local.vault.resolver, token=ETH)


def signature(local: LocalVault, **changed: object) -> bytes:
    said = {"payee": local.payer(3), "amount_wei": ETHER, "nonce": 9, "deadline": FOREVER, **changed}
    return bytes.fromhex(signing.sign_withdrawal(local.vault, **said)[2:])  # type: ignore[arg-type]  # keywords of one dict


def test_the_committed_vault_is_what_its_source_compiles_to() -> None:
    kept = json.loads(ARTIFACT.read_text())
    assert kept["sourceSha256"] == hashlib.sha256(ARTIFACT.with_suffix(".sol").read_bytes()).hexdigest()
    try:
        tools.prepare()
    except tools.Unavailable as reason:
        pytest.skip(str(reason))
    assert solidity.vault_artifact(solidity.VAULT) == kept


def test_the_code_on_the_chain_is_the_one_that_the_artifact_names(local: LocalVault) -> None:
    with local.reader() as reader:
        assert reader.code_hash() == json.loads(ARTIFACT.read_text())["codeHash"] == local.vault.code_hash


def test_a_deposit_is_kept_under_its_payer_and_its_number(local: LocalVault) -> None:
    local.pay(7, 3 * ETHER)
    local.pay(8, ETHER, payer=local.payer(2))
    kept = {
        (number, nonce): ask(
            local,
            "getDeposit",
            user=local.payer(number),
            token=ETH,
            resolver=local.vault.resolver,
            nonce=nonce,
        )
        for number in (1, 2)
        for nonce in (7, 8)
    }
    assert kept == {(1, 7): 3 * ETHER, (1, 8): 0, (2, 7): 0, (2, 8): ETHER}
    assert held(local) == 4 * ETHER == local.wei_of(local.vault.address)


def test_deposits_that_would_be_lost_or_doubled_are_refused(local: LocalVault) -> None:
    resolver = local.vault.resolver
    local.pay(7, ETHER)
    call = interface().call
    assert local.refusal(call("depositETH", resolver=resolver, nonce=1)) == "ZeroAmount"
    assert local.refusal(call("depositETH", resolver=ETH, nonce=1), value=1) == "ZeroResolver"
    assert local.refusal(call("depositETH", resolver=resolver, nonce=7), value=1) == "NonceUsed"
    assert local.refusal(call("depositETH", resolver=resolver, nonce=2**256 - 1), value=1) == ""
    with pytest.raises(AssertionError, match="revert"):  # coin sent without a word would belong to nobody
        local.chain.rpc(
            "eth_call", {"from": local.payer(), "to": local.vault.address, "value": "0x1"}, "latest"
        )


def test_a_withdrawal_pays_the_person_it_names_once_whoever_brings_it(local: LocalVault) -> None:
    local.pay(7, 3 * ETHER)
    data, before = local.withdrawal(), local.wei_of(local.payer(3))
    receipt = local.send(data)
    assert local.wei_of(local.payer(3)) - before == ETHER
    assert (held(local), local.wei_of(local.vault.address)) == (2 * ETHER, 2 * ETHER)
    assert ask(local, "withdrawn", resolver=local.vault.resolver, nonce=9) is True
    assert ask(local, "withdrawn", resolver=local.vault.resolver, nonce=7) is False
    (log,) = receipt["logs"]
    assert local.vault.resolver[2:] in log["topics"][3]
    assert local.refusal(data) == "WithdrawalUsed"
    assert local.refusal(local.withdrawal(amount_wei=1)) == "WithdrawalUsed"
    assert local.wei_of(local.payer(3)) - before == ETHER


@pytest.mark.parametrize(
    "other",
    [{"payee": "0x" + "11" * 20}, {"amount_wei": ETHER + 1}, {"nonce": 10}, {"deadline": FOREVER - 1}],
)
def test_a_signature_holds_for_nothing_but_what_was_signed(
    local: LocalVault, other: dict[str, object]
) -> None:
    local.pay(7, 3 * ETHER)
    signed = signature(local).hex()
    assert local.refusal(local.withdrawal(signature=signed)) == ""
    assert local.refusal(local.withdrawal(**other, signature=signed)) == "BadSignature"


def test_the_twin_in_the_upper_half_and_other_shapes_are_refused(local: LocalVault) -> None:
    local.pay(7, ETHER)
    signed = signature(local)
    r, s, v = signed[:32], int.from_bytes(signed[32:64], "big"), signed[64]
    assert s <= ORDER // 2
    twin = r + (ORDER - s).to_bytes(32, "big") + bytes([55 - v])
    assert local.refusal(local.withdrawal(signature=twin.hex())) == "BadSignature"
    for wrong in (signed[:64], signed + b"\0", bytes(65), signed[:64] + bytes([v - 27]), b"\1"):
        assert local.refusal(local.withdrawal(signature=wrong.hex())) == "BadSignature"


def test_what_somebody_else_signed_moves_nothing(local: LocalVault) -> None:
    from eth_account import Account

    local.pay(7, ETHER)
    domain = {**signing.DOMAIN, "chainId": local.vault.chain_id, "verifyingContract": local.vault.address}
    said = {
        "user": local.payer(3),
        "token": ETH,
        "resolver": local.vault.resolver,
        "amount": ETHER,
        "nonce": 9,
        "deadline": FOREVER,
    }
    signed = Account.sign_typed_data(STRANGER_KEY, domain, {"Withdrawal": signing.WITHDRAWAL}, said)
    assert local.refusal(local.withdrawal(signature=bytes(signed.signature).hex())) == "BadSignature"


@pytest.mark.parametrize(
    "changed", [{"chainId": 1}, {"verifyingContract": "0x" + "22" * 20}, {"version": "2"}]
)
def test_a_signature_for_another_chain_or_another_vault_is_worth_nothing_here(
    local: LocalVault, changed: dict[str, object]
) -> None:
    from eth_account import Account

    from tests.economy.chain.local import RESOLVER_KEY

    local.pay(7, ETHER)
    domain = {**signing.DOMAIN, "chainId": local.vault.chain_id, "verifyingContract": local.vault.address}
    said = {
        "user": local.payer(3),
        "token": ETH,
        "resolver": local.vault.resolver,
        "amount": ETHER,
        "nonce": 9,
        "deadline": FOREVER,
    }
    types = {"Withdrawal": signing.WITHDRAWAL}
    good = Account.sign_typed_data(RESOLVER_KEY, domain, types, said)
    assert local.refusal(local.withdrawal(signature=bytes(good.signature).hex())) == ""
    bad = Account.sign_typed_data(RESOLVER_KEY, {**domain, **changed}, types, said)
    assert local.refusal(local.withdrawal(signature=bytes(bad.signature).hex())) == "BadSignature"


def test_a_withdrawal_has_its_time(local: LocalVault) -> None:
    local.pay(7, ETHER)
    now = int(local.chain.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    data = local.withdrawal(deadline=now + 50)
    assert local.refusal(data) == ""
    local.chain.rpc("evm_increaseTime", "0x64")
    local.chain.rpc("anvil_mine", "0x1")
    assert local.refusal(data) == "Expired"


def test_no_more_leaves_than_lies_there_for_the_resolver(local: LocalVault) -> None:
    local.pay(7, ETHER - 1)
    local.pay(7, 5 * ETHER, resolver="0x" + "33" * 20)
    assert local.refusal(local.withdrawal()) == "BalanceTooLow"
    assert local.refusal(local.withdrawal(amount_wei=ETHER - 1)) == ""


def test_only_the_chain_s_own_coin_and_only_some_of_it(local: LocalVault) -> None:
    local.pay(7, ETHER)
    said = {"user": local.payer(3), "resolver": local.vault.resolver, "nonce": 9, "deadline": FOREVER}
    token = interface().call("withdraw", **said, amount=1, token="0x" + "44" * 20, signature=bytes(65))
    nothing = interface().call("withdraw", **said, amount=0, token=ETH, signature=bytes(65))
    assert (local.refusal(token), local.refusal(nothing)) == ("WrongToken", "ZeroAmount")


def test_who_cannot_take_money_keeps_the_right_to_it(local: LocalVault) -> None:
    local.pay(7, ETHER)
    deaf = local.chain.deploy("Spoof")
    assert local.refusal(local.withdrawal(payee=deaf)) == "SendFailed"
    assert ask(local, "withdrawn", resolver=local.vault.resolver, nonce=9) is False


def test_who_fetches_again_while_being_paid_gets_it_once(local: LocalVault) -> None:
    local.pay(7, 5 * ETHER)
    greedy = local.chain.deploy("Greedy")
    data = local.withdrawal(payee=greedy)
    fetch = local.chain.calldata("Greedy", "fetch", local.vault.address, bytes.fromhex(data[2:]))
    local.chain.send(to=greedy, data=fetch)
    assert int(local.chain.call(greedy, "Greedy", "refused"), 16) == 1
    assert (local.wei_of(greedy), held(local)) == (ETHER, 4 * ETHER)
