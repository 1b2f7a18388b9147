"""Where the Terminal is comes from the environment: all or nothing, https, and keys in production."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from pumpparty import terminal_settings

NAMES = {
    "PUMPPARTY_TERMINAL_AUTHORIZE_URL": "https://terminal.example/authorize",
    "PUMPPARTY_TERMINAL_TOKEN_URL": "https://terminal.example/token",
    "PUMPPARTY_TERMINAL_PROFILE_URL": "https://terminal.example/me",
    "PUMPPARTY_TERMINAL_REDIRECT_URI": "https://arena.example/terminal/linked",
}


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, "PUMPPARTY_TERMINAL_KEYS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NAMES.items():
        monkeypatch.setenv(name, value)


def test_nothing_named_is_off() -> None:
    assert terminal_settings.addresses(production=True) == terminal_settings.Addresses()


def test_everything_named_is_on(named: None) -> None:
    found = terminal_settings.addresses(production=True)
    assert (found.token, found.redirect) == (
        "https://terminal.example/token",
        "https://arena.example/terminal/linked",
    )


@pytest.mark.parametrize("missing", NAMES)
def test_half_of_it_is_refused(named: None, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(ImproperlyConfigured, match="go together"):
        terminal_settings.addresses(production=False)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "value",
    [
        "terminal.example",
        "http://terminal.example/x",
        "ftp://terminal.example",
        "https://",
        "https://a@b.example",
        "https://b.example/#x",
    ],
)
def test_an_address_that_is_not_safe_is_refused(
    named: None, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name):
        terminal_settings.addresses(production=False)


def test_plain_http_is_for_this_machine_outside_production(
    named: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUMPPARTY_TERMINAL_TOKEN_URL", "http://127.0.0.1:9000/token")
    assert terminal_settings.addresses(production=False).token == "http://127.0.0.1:9000/token"
    with pytest.raises(ImproperlyConfigured):
        terminal_settings.addresses(production=True)


def test_keys_are_demanded_in_production_where_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert terminal_settings.keys(production=True, secret_key="s", used=False) == []
    with pytest.raises(ImproperlyConfigured, match="must be set"):
        terminal_settings.keys(production=True, secret_key="s", used=True)
    (derived,) = terminal_settings.keys(production=False, secret_key="s", used=True)
    assert Fernet(derived)
    new, old = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    monkeypatch.setenv("PUMPPARTY_TERMINAL_KEYS", f"{new}, {old}")
    assert terminal_settings.keys(production=True, secret_key="s", used=True) == [new, old]


@pytest.mark.parametrize("value", ["short", "a" * 44, "é" * 44])
def test_a_key_that_is_none_is_refused_without_repeating_it(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUMPPARTY_TERMINAL_KEYS", value)
    with pytest.raises(ImproperlyConfigured) as refused:
        terminal_settings.keys(production=True, secret_key="s", used=True)
    assert value not in str(refused.value)
