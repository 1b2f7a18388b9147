"""Real keys are found wherever they stand; a corpus of what traders write is left alone."""

import base64
import hashlib
import json
import re
import time

import pytest

from apps.core.secret_shapes import REMOVED, kinds, redact
from tests.core.ordinary_prompts import PROMPTS


def random_text(seed: str, length: int, *, code: str = "base64") -> str:
    """Characters as a key generator writes them, the same every time."""
    data = b"".join(hashlib.sha512(f"{seed}{place}".encode()).digest() for place in range(4))
    if code == "hex":
        return data.hex()[:length]
    return re.sub(r"[^A-Za-z0-9]", "", base64.b64encode(data).decode())[:length]


SEEDS = [f"seed {place}" for place in range(12)]
KEYS = {
    "model provider key": [
        "sk-{48}",
        "sk-proj-{60}_{30}-{20}",
        "sk-ant-api03-{80}",
        "gsk_{52}",
        "hf_{34}",
        "xai-{80}",
        "csk-{48}",
        "sess-{40}",
    ],
    "cloud key": ["AIza{35}", "ya29.{60}"],
    "repository token": ["ghp_{36}", "github_pat_{22}_{59}", "glpat-{20}", "npm_{36}"],
    "service token": ["shpat_{32}", "sbp_{40}", "lin_api_{40}", "ntn_{46}"],
    "webhook address": [
        "https://hooks.slack.com/services/T00000000/B00000000/{24}",
        "https://discord.com/api/webhooks/123456789012345678/{68}",
        "https://DiscordApp.com/api/v10/webhooks/1234567890123456789/{68}",
    ],
    "payment key": ["sk_live_{24}", "rk_test_{24}", "whsec_{32}"],
    "bearer token": ["Authorization: Bearer {40}", "authorization: token {40}", "Bearer {32}", "bearer {64}"],
    "assignment": [
        "OPENAI_API_KEY={40}",
        "api key: {32}",
        '"apiSecretKey": "{32}"',
        "client_secret={24}",
        "BOT_TOKEN={30}",
        "token: {24}",
        "secret = {32}",
        "key: '{40}'",
        "password={20}",
        "DB_PASS={20}",
        "REDIS_PWD={20}",
        "OPENAI_KEY={40}",
        "openai_key: '{40}'",
    ],
}

PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
PIECES = (
    *("\\", "\\x", " ", "\n", "'", "_", "w", "1", "A1", "0x", "5K", "0123456789abcde."),
    *(
        "sk-",
        "sk-ant-",
        "sk-proj-a_",
        "nvapi-",
        "hf_",
        "AIza",
        "ya29.",
        "glpat-",
        "npm_",
        "xoxb-",
        "SG.",
        "SG.-",
    ),
    *("eyJ", "eyJ-", "-eyJ", "eyJaaaaaaaa.", "a.", "a-", "a+", "://a:", "a://", "a.://:", "5KzprvA"),
    *(
        "authorization: bearer ",
        "Authorization=",
        "bearer ",
        "basic\t",
        "key=",
        "key: ",
        "secret:\"'",
        "token:\"'",
    ),
    *(
        "token_",
        "a_secret",
        "A_KEY",
        "a_token:",
        "password",
        "password ",
        "password='",
        "api_key=",
        "api-key:a-",
    ),
    *("abandon ", "abandon_", 'abandon"', "hooks.slack.com/services/", "discord.com/api/webhooks/"),
)
"""What a text may repeat to make a search begin anew at every place, or go back over what it read."""


def filled(form: str, seed: str) -> str:
    return re.sub(r"\{(\d+)\}", lambda found: random_text(seed + found[0], int(found[1])), form)


@pytest.mark.parametrize("kind", KEYS)
def test_keys_as_machines_make_them_are_found(kind: str) -> None:
    for form in KEYS[kind]:
        missed = [secret for seed in SEEDS if kind not in kinds(secret := filled(form, seed))]
        assert missed == [], form


@pytest.mark.parametrize("seed", SEEDS)
def test_keys_of_wallets_tokens_and_headers_are_found(seed: str) -> None:
    key = random_text(seed, 64, code="hex")
    assert kinds(key) == kinds(f"0x{key}") == kinds(f"the key 0x{key.upper()}.") == ("private key",)
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in (
            {"alg": "HS256", "typ": "JWT"},
            {"sub": seed},
        )
    )
    assert "signed token" in kinds(f"{head}.{body}.{random_text(seed, 43)}")
    login = base64.b64encode(f"trader:{seed}".encode()).decode()
    assert kinds(f"Basic {login}") == ("bearer token",)
    assert kinds(f"Authorization: Basic {login}") == ("bearer token",)
    assert kinds(f"secret: {random_text(seed, 40, code='hex')}") == ("assignment",)


@pytest.mark.parametrize(
    "told",
    [
        "password: x9$Kq#2m!Lp7^vT",
        "passwd: 7!kQ-9@zR-4#wM",
        "PASSWORD=a1*b2+c3(d4",
        "passphrase: blue-Horse-42-river",
        "api_key: 3f-9a-c8-1d-7e-64-b2-aa",
        "API key: ab12-cd34-ef56-gh78",
        "api_key=12345678901234567890",
        "DB_PASS=x9$K#q2m",
        "db_pass=Sup3rSecretValue",
        "OPENAI_KEY=abcd1234efgh5678",
    ],
)
def test_what_stands_behind_the_name_of_a_secret_is_found_in_every_form(told: str) -> None:
    secret = told.split(":" if ":" in told else "=")[1].strip()
    for text in (told, f"Buy dips. {told} Sell rips.", json.dumps(f"a\n{told}\nb")):
        assert kinds(text) == ("assignment",)
        assert secret not in redact(text)


@pytest.mark.parametrize("sign", [" ", "/", "_", ", ", '", "', "', '", "-", "\n", " / "])
def test_a_seed_phrase_is_found_whatever_parts_its_words(sign: str) -> None:
    words = PHRASE.split()
    assert kinds(sign.join(words)) == kinds(json.dumps(sign.join(words))) == ("seed phrase",)
    assert kinds(sign.join(words[:11])) == ()


def test_a_seed_phrase_is_found_by_its_words() -> None:
    assert kinds(f"Remember: {PHRASE}") == ("seed phrase",)
    assert PHRASE not in redact(PHRASE) and REMOVED in redact(PHRASE)
    assert kinds(" ".join(PHRASE.split()[:11])) == ()


def test_the_corpus_is_large_and_names_what_it_is_about() -> None:
    assert len(set(PROMPTS)) >= 150
    whole = "\n".join(PROMPTS).lower()
    for word in (
        "key level",
        "token:",
        "secret",
        "basic ",
        "bearer",
        "password",
        "authorization:",
        "0x",
        "98500.00",
    ):
        assert whole.count(word) >= 2, word


@pytest.mark.parametrize("text", PROMPTS)
def test_what_traders_write_is_no_secret(text: str) -> None:
    for told in (text, text.upper(), f"{text}\n{text}", json.dumps(f"a\n{text}\nb")):
        assert kinds(told) == (), told
        assert redact(told) == told


def test_a_whole_page_of_them_is_none_either() -> None:
    assert kinds("\n".join(PROMPTS)) == () and kinds(" ".join(PROMPTS)) == ()


def spent(text: str) -> float:
    """Seconds of this process alone, the better of two tries."""
    tries = []
    for _ in range(2):
        began = time.process_time()
        kinds(text)
        tries.append(time.process_time() - began)
    return min(tries)


@pytest.mark.parametrize("piece", PIECES)
def test_a_text_of_eight_times_the_length_takes_no_more_than_some_eight_times_as_long(piece: str) -> None:
    """No text of a stranger makes the search slow, whatever it repeats: by squares it would be 64 times."""
    short, long = ((piece * length)[:length] for length in (8_192, 65_536))
    assert spent(long) <= 20 * spent(short) + 0.15
