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
    ],
    "cloud key": ["AIza{35}", "ya29.{60}"],
    "repository token": ["ghp_{36}", "github_pat_{22}_{59}", "glpat-{20}", "npm_{36}"],
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
    ],
}


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


def test_a_seed_phrase_is_found_by_its_words() -> None:
    phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow"
    assert kinds(f"Remember: {phrase}") == ("seed phrase",)
    assert phrase not in redact(phrase) and REMOVED in redact(phrase)
    assert kinds(" ".join(phrase.split()[:11])) == ()


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


def test_long_texts_are_looked_through_at_once() -> None:
    """No text of a stranger makes the search slow, whatever it repeats."""
    began = time.perf_counter()
    for piece in (
        "token_",
        "a.",
        "Authorization: ",
        "key=",
        "A1",
        "abandon ",
        "://a:",
        "bearer ",
        "0x",
        "secret:\"'",
    ):
        kinds(piece * (20_000 // len(piece)))
    assert time.perf_counter() - began < 5
