"""The scanner of prompts: every common shape of a secret is found and named, and nothing else is."""

import pytest

from apps.core.secret_shapes import REMOVED, seed_words
from apps.decisions.engine.envelope import quote
from apps.decisions.engine.figures import decimal
from apps.decisions.engine.prompt import assemble
from apps.decisions.engine.secrets import find_secrets, redact
from tests.decisions.packets import prediction, rich_packet, streams

WORDS = sorted(seed_words())
PHRASE = WORDS[7:2007:167]
HEX = "c0ffee" * 10 + "c0de"
B58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
SECRETS = {
    "sk-" + "aB3" * 12: "model provider key",
    "sk-proj-" + "a1_-" * 10: "model provider key",
    "sk-ant-api03-" + "x9" * 20: "model provider key",
    "sk-or-v1-" + "0f" * 32: "model provider key",
    "gsk_" + "Zz9" * 12: "model provider key",
    "AKIA" + "A1B2" * 4: "cloud key",
    "AIza" + "b" * 35: "cloud key",
    "ghp_" + "a1" * 18: "repository token",
    "github_pat_" + "a1_" * 10: "repository token",
    "glpat-" + "a1" * 10: "repository token",
    "xoxb-1234567890-abcdef": "chat token",
    "123456789:AA" + "a" * 33: "chat token",
    "sk_live_" + "a1" * 12: "payment key",
    f"0x{HEX}": "private key",
    HEX.upper(): "private key",
    "-----BEGIN RSA PRIVATE KEY-----": "private key",
    "-----BEGIN PRIVATE KEY-----": "private key",
    "xprv" + B58 * 2: "private key",
    "5" + "K" * 50: "private key",
    (B58 * 2)[:88]: "private key",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln": "signed token",
    "Authorization: Bearer abcdefgh12345678": "bearer token",
    "postgres://trader:hunter2@db.internal/x": "password in an address",
    "redis://:hunter2@127.0.0.1:6379": "password in an address",
    "OPENAI_API_KEY=abcd1234efgh": "assignment",
    'password: "correct1horse"': "assignment",
    "my_secret = s3cr3tvalue": "assignment",
    " ".join(PHRASE): "seed phrase",
    "\n".join(f"{place}. {word}" for place, word in enumerate(PHRASE, 1)): "seed phrase",
    ", ".join(PHRASE).upper(): "seed phrase",
}
HARMLESS = (
    "Will Bitcoin close above $120,000 on Friday, and will the price stay there until the end of the month?",
    "The bearer of this certificate may trade basic instruments of institutions.",
    "token: BTC, secret: none, password: ask me, api key: unknown",
    "https://polymarket.com/event/bitcoin-above-120k?tid=1732252800",
    "Sequence 0123456789abcdef, digest 83fa9a372a95, account acc_01hzx3k5m7n9p1q3r5t7",
    "risk-adjusted, task-based, sk-learn, desk-clerk",
    " ".join(PHRASE[:11]),
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "100.00 100.123456 100.246912 100.370368 " * 40,
)


@pytest.mark.parametrize("secret", SECRETS)
def test_e19_every_shape_is_found_named_and_taken_out(secret: str) -> None:
    kind = SECRETS[secret]
    for text in (secret, f"Buy. {secret} Sell.", quote(f"Buy.\n{secret}\nSell.")):
        found = find_secrets(text)
        assert kind in found, (found, text)
        assert secret not in " ".join(found)
        assert find_secrets(redact(text)) == ()
        assert secret not in redact(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_e19_what_is_no_secret_is_left_alone(text: str) -> None:
    assert find_secrets(text) == ()
    assert redact(text) == text


def test_e19_secrets_of_this_installation_are_told_by_name_only() -> None:
    own = {"SECRET_KEY": 'quo"ted\\and<long>', "SHORT": "abc", "EMPTY": ""}
    assert find_secrets('x quo"ted\\and<long> y abc', own) == ("SECRET_KEY",)
    assert find_secrets(f"said {quote(own['SECRET_KEY'])}", own) == ("SECRET_KEY",)
    assert find_secrets("nothing of it", own) == ()


def test_e19_an_assembled_prompt_holds_none() -> None:
    for packet in (rich_packet(), rich_packet(streams=None, truth=None), rich_packet(behaviour="")):
        assert find_secrets(assemble(packet).document().decode()) == ()


@pytest.mark.parametrize("secret", SECRETS)
def test_e19_a_stranger_who_names_a_market_after_a_key_stops_nobody(secret: str) -> None:
    packet = rich_packet(streams=streams(predictions=(prediction(f"Will {secret} rise?"),)))
    text = assemble(packet).messages[1].text
    assert find_secrets(text) == ()
    assert REMOVED in text


@pytest.mark.parametrize("secret", SECRETS)
def test_e19_a_key_among_the_owners_words_is_found_in_the_prompt(secret: str) -> None:
    prompt = assemble(rich_packet(behaviour=f"Buy dips.\n{secret}\nSell rips."))
    assert SECRETS[secret] in find_secrets("\n".join(message.text for message in prompt.messages))


def test_e19_figures_are_no_keys() -> None:
    columns = " ".join(decimal(10**17 + place * 7_919, 6, 2) for place in range(3_000))
    assert find_secrets(columns) == ()
