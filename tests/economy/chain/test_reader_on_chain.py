"""Our reader on a real EVM: what is told of deposits, of what looks like one, and of a chain that changes its mind."""

import pytest

from apps.core.errors import AdapterError
from apps.economy.adapters.chain.port import TxReverted
from apps.economy.adapters.vault.abi import interface
from apps.economy.types import ETH, Head, VaultLog
from tests.economy.chain.local import ETHER, LocalVault


def everything(local: LocalVault) -> list[VaultLog]:
    with local.reader() as reader:
        return reader.logs(0, reader.head().number)


def head(local: LocalVault) -> Head:
    with local.reader() as reader:
        return reader.head()


def test_a_deposit_is_told_alike_by_its_block_by_its_receipt_and_by_the_state(local: LocalVault) -> None:
    sent = local.pay(2**256 - 1, 3 * ETHER)
    with local.reader() as reader:
        newest = reader.head()
        (log,) = reader.logs(newest.number, newest.number)
        assert reader.receipt(sent["transactionHash"]) == [log] == everything(local)
        assert log == VaultLog(
            name="Deposit",
            tx_hash=sent["transactionHash"],
            log_index=0,
            block_number=newest.number,
            block_hash=newest.hash,
            user=local.payer(),
            token=ETH,
            resolver=local.vault.resolver,
            nonce=2**256 - 1,
            amount_wei=3 * ETHER,
        )
        at = {"block_hash": newest.hash}
        assert reader.deposit_of(local.payer(), log.nonce, **at) == reader.balance(**at) == 3 * ETHER
        assert (
            reader.deposit_of(local.payer(), 1, **at)
            == reader.deposit_of(local.payer(2), log.nonce, **at)
            == 0
        )
        before = reader.block(newest.number - 1)
        assert before is not None
        assert reader.deposit_of(local.payer(), log.nonce, block_hash=before.hash) == 0


def test_withdrawals_are_told_and_known_by_their_number(local: LocalVault) -> None:
    local.pay(7, 3 * ETHER)
    sent = local.send(local.withdrawal())
    with local.reader() as reader:
        at = {"block_hash": reader.head().hash}
        told = reader.receipt(sent["transactionHash"])
        assert told is not None
        assert [(log.name, log.user, log.nonce, log.amount_wei) for log in told] == [
            ("Withdrawal", local.payer(3), 9, ETHER)
        ]
        assert (reader.is_withdrawn(9, **at), reader.is_withdrawn(7, **at)) == (True, False)
        assert reader.balance(**at) == 2 * ETHER


def test_c02_the_same_event_of_another_contract_in_the_same_transaction_is_nothing(local: LocalVault) -> None:
    spoof = local.chain.deploy("Spoof")
    told = ("pretend", local.vault.address, local.vault.resolver)
    alone = local.chain.send(to=spoof, data=local.chain.calldata("Spoof", *told, 7, 9 * ETHER))
    beside = local.chain.send(
        to=spoof, data=local.chain.calldata("Spoof", *told, 8, 9 * ETHER), value=hex(ETHER)
    )
    assert len(alone["logs"]) == 1 and len(beside["logs"]) == 2
    assert alone["logs"][0]["topics"][0] == beside["logs"][1]["topics"][0]
    with local.reader() as reader:
        assert reader.receipt(alone["transactionHash"]) == []
        (true,) = reader.receipt(beside["transactionHash"]) or []
    assert (true.user, true.nonce, true.amount_wei, true.log_index) == (spoof, 8, ETHER, 1)
    assert everything(local) == [true]


def test_c03_a_reverted_transaction_is_told_as_one(local: LocalVault) -> None:
    data = interface().call("depositETH", resolver=local.vault.resolver, nonce=7)
    call = {"from": local.payer(), "to": local.vault.address, "data": data, "gas": "0x186a0"}
    digest = local.chain.rpc("eth_sendTransaction", call)  # no value: the vault refuses it
    local.chain.rpc("anvil_mine", "0x1")
    with local.reader() as reader:
        with pytest.raises(TxReverted):
            reader.receipt(digest)
        assert reader.logs(0, reader.head().number) == []


def test_c03_an_inner_call_that_reverted_left_no_event_and_no_money(local: LocalVault) -> None:
    payer = local.chain.deploy("Payer")
    local.chain.rpc("anvil_setBalance", payer, hex(5 * ETHER))
    where = (local.vault.address, local.vault.resolver)
    nothing = local.chain.send(to=payer, data=local.chain.calldata("Payer", "tryNothing", *where, 7))
    twice = local.chain.send(to=payer, data=local.chain.calldata("Payer", "tryTwice", *where, 8, ETHER))
    with local.reader() as reader:
        assert reader.receipt(nothing["transactionHash"]) == []
        (once,) = reader.receipt(twice["transactionHash"]) or []
        assert (once.user, once.nonce, once.amount_wei) == (payer, 8, ETHER)
        assert reader.balance(block_hash=reader.head().hash) == ETHER


def test_c04_another_resolver_s_deposits_are_not_ours(local: LocalVault) -> None:
    theirs = local.pay(7, ETHER, resolver="0x" + "33" * 20)
    ours = local.pay(7, ETHER, payer=local.payer(2))
    assert [log.tx_hash for log in everything(local)] == [ours["transactionHash"]]
    with local.reader() as reader:
        assert reader.receipt(theirs["transactionHash"]) == []


def test_c04_coin_that_comes_around_the_vault_is_no_deposit(local: LocalVault) -> None:
    local.chain.rpc("anvil_setBalance", local.vault.address, hex(5 * ETHER))
    with local.reader() as reader:
        assert reader.balance(block_hash=reader.head().hash) == 0


def test_c13_three_deposits_of_one_transaction_are_three_by_their_place(local: LocalVault) -> None:
    batch = local.chain.deploy("Batch")
    data = local.chain.calldata("Batch", "pay", local.vault.address, local.vault.resolver, 70, 3)
    sent = local.chain.send(to=batch, data=data, value=hex(3 * ETHER))
    with local.reader() as reader:
        told = reader.receipt(sent["transactionHash"])
    assert told is not None
    assert [(log.log_index, log.nonce, log.amount_wei) for log in told] == [
        (0, 70, ETHER),
        (1, 71, ETHER),
        (2, 72, ETHER),
    ]
    assert len({log.user for log in told}) == 3 and batch not in {log.user for log in told}
    assert everything(local) == told


def test_a_transaction_that_waits_is_not_mined(local: LocalVault) -> None:
    local.chain.rpc("evm_setAutomine", False)
    try:
        data = interface().call("depositETH", resolver=local.vault.resolver, nonce=7)
        call = {"from": local.payer(), "to": local.vault.address, "data": data, "value": "0x1"}
        digest = local.chain.rpc("eth_sendTransaction", call)
        with local.reader() as reader:
            assert reader.receipt(digest) is None
            assert reader.receipt("0x" + "ab" * 32) is None
            local.chain.rpc("evm_mine")
            told = reader.receipt(digest)
        assert told is not None and [log.nonce for log in told] == [7]
    finally:
        local.chain.rpc("evm_setAutomine", True)


def test_c10_after_a_reorg_the_old_block_is_no_longer_at_its_height(local: LocalVault) -> None:
    local.chain.rpc("anvil_mine", "0x3")
    sent = local.pay(7, ETHER)
    with local.reader() as reader:
        (log,) = reader.receipt(sent["transactionHash"]) or []
        local.chain.rpc("anvil_reorg", 2, [])
        assert reader.receipt(sent["transactionHash"]) is None
        now_there = reader.block(log.block_number)
        assert now_there is not None and now_there.hash != log.block_hash
        assert reader.logs(0, reader.head().number) == []
        with pytest.raises(AdapterError) as unknown:  # nothing is said of a block that is not on the chain
            reader.deposit_of(log.user, log.nonce, block_hash=log.block_hash)
        assert unknown.value.transient
        again = local.pay(7, ETHER)
        (there,) = reader.receipt(again["transactionHash"]) or []
    assert (there.user, there.nonce) == (log.user, log.nonce) and there.block_hash != log.block_hash


def test_a_chain_that_was_wound_back_shows_no_block_above_its_head(local: LocalVault) -> None:
    before = local.chain.rpc("evm_snapshot")
    local.pay(7, ETHER)
    with local.reader() as reader:
        high = reader.head().number
        assert local.chain.rpc("evm_revert", before) is True
        assert reader.block(high) is None
        assert reader.logs(0, reader.head().number) == []


def test_c18_the_depth_of_a_deposit_does_not_hang_on_what_blocks_say_of_the_time(local: LocalVault) -> None:
    sent = local.pay(7, ETHER)
    local.chain.rpc("evm_increaseTime", hex(10 * 365 * 86_400))
    local.chain.rpc("anvil_mine", "0x3")
    with local.reader() as reader:
        (log,) = reader.receipt(sent["transactionHash"]) or []
        newest = reader.head()
        there = reader.block(log.block_number)
    assert there is not None
    assert newest.number - log.block_number == 3
    assert newest.timestamp - there.timestamp > 9 * 365 * 86_400


def test_a_long_range_is_asked_in_pieces_and_told_in_order(local: LocalVault) -> None:
    places = []
    for nonce in range(4):
        places.append(int(local.pay(nonce, 1)["blockNumber"], 16))
        local.chain.rpc("anvil_mine", "0x6")
    with local.reader(most_blocks=5) as reader:
        told = reader.logs(0, reader.head().number)
        one = reader.logs(places[2], places[2])
    assert [(log.nonce, log.block_number) for log in told] == list(enumerate(places))
    assert [log.nonce for log in one] == [2]


def test_blocks_above_the_newest_are_not_said_to_be_empty(local: LocalVault) -> None:
    with local.reader() as reader:
        newest = reader.head().number
        with pytest.raises(AdapterError, match=f"has not seen block {newest + 1} yet"):
            reader.logs(0, newest + 1)
        local.chain.rpc("anvil_mine", "0x1")
        assert reader.logs(newest + 1, newest + 1) == []


def test_the_tags_of_the_chain_are_behind_its_head(local: LocalVault) -> None:
    local.chain.rpc("anvil_mine", "0x4")
    with local.reader() as reader:
        assert (
            reader.head("finalized").number
            <= reader.head("safe").number
            < reader.head().number
            == head(local).number
        )
