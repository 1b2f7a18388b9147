"""What the resolver signs: the same as any wallet would, by the configured key alone, which nobody gets to see."""

import logging
import traceback
from dataclasses import replace

import pytest
from pytest_django.fixtures import Settings

from apps.economy.adapters.vault.abi import interface
from apps.economy.services import signing
from apps.economy.services.chains import PaymentsOff
from apps.economy.types import ETH, Vault
from tests.economy.chain.local import ETHER, RESOLVER_KEY, STRANGER_KEY, address_of
from tests.economy.world import VAULT

PAYEE = "0x" + "12" * 20
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.fixture
def vault(settings: Settings) -> Vault:
    """A vault of the configured key."""
    settings.RESOLVER_KEY = RESOLVER_KEY
    return replace(VAULT, resolver=address_of(RESOLVER_KEY))


def sign(vault: Vault, *, nonce: int = 9, payee: str = PAYEE, amount_wei: int = ETHER) -> str:
    return signing.sign_withdrawal(vault, payee=payee, amount_wei=amount_wei, nonce=nonce, deadline=2**40)


def test_a_signature_is_the_resolver_s_low_and_always_the_same(vault: Vault) -> None:
    from eth_account import Account
    from eth_account.messages import encode_typed_data

    for nonce in (*range(12), 2**256 - 1):
        signed = sign(vault, nonce=nonce)
        assert sign(vault, nonce=nonce) == signed and len(signed) == 132
        assert 0 < int(signed[66:130], 16) <= ORDER // 2
        said = {
            "user": PAYEE,
            "token": ETH,
            "resolver": vault.resolver,
            "amount": ETHER,
            "nonce": nonce,
            "deadline": 2**40,
        }
        domain = {
            "name": "PumpPartyVault",
            "version": "1",
            "chainId": vault.chain_id,
            "verifyingContract": vault.address,
        }
        message = encode_typed_data(domain, {"Withdrawal": signing.WITHDRAWAL}, said)
        assert Account.recover_message(message, signature=signed).lower() == vault.resolver


@pytest.mark.parametrize("key", ["", STRANGER_KEY, "0x" + "00" * 32, "0x" + "ff" * 32, "0x" + hex(ORDER)[2:]])
def test_without_the_resolver_s_key_nothing_is_signed_and_no_key_is_told(
    vault: Vault, settings: Settings, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings.RESOLVER_KEY = key
    with caplog.at_level(logging.DEBUG), pytest.raises(PaymentsOff) as refused:
        sign(vault)
    assert (refused.value.status, refused.value.code) == (503, "PAYMENTS_OFF")
    told = "".join(traceback.format_exception(refused.value)) + caplog.text
    assert not key or key[2:] not in told


def test_a_fault_in_signing_shows_the_key_to_no_error_page(vault: Vault) -> None:
    """What Django shows of the frames of an error, to operators and in mails, is blanked in these."""
    from django.test import RequestFactory, override_settings
    from django.views.debug import ExceptionReporter

    try:
        sign(vault, nonce=-1)
    except Exception as error:  # whatever the library raises
        with override_settings(DEBUG=False):
            request = RequestFactory().get("/")
            page = ExceptionReporter(request, type(error), error, error.__traceback__).get_traceback_html()
    assert RESOLVER_KEY[2:] not in page


@pytest.mark.parametrize(("payee", "wei"), [(ETH, 1), (VAULT.address, 1), (PAYEE, 0), (PAYEE, -1)])
def test_money_for_nobody_and_no_money_for_somebody_are_not_signed(
    vault: Vault, payee: str, wei: int
) -> None:
    with pytest.raises(ValueError, match="somebody who gets something"):
        sign(vault, payee=payee, amount_wei=wei)


def test_calls_that_wallets_send_are_made_of_the_configured_interface(vault: Vault) -> None:
    data = signing.deposit_calldata(vault, nonce=7)
    assert data == interface().call("depositETH", resolver=vault.resolver, nonce=7)
    assert vault.resolver[2:] in data and data.endswith("7")
    signed = sign(vault)
    data = signing.withdraw_calldata(
        vault, payee=PAYEE, amount_wei=ETHER, nonce=9, deadline=2**40, signature=signed
    )
    assert signed[2:] in data and PAYEE[2:] in data
