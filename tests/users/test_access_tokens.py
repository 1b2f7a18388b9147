"""Access tokens: only our algorithm, our keys, our claims and the right time open anything."""

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.test import override_settings

from apps.core.errors import DomainError
from apps.users.errors import TokenInvalid
from apps.users.models import User
from apps.users.services import access, sessions
from apps.users.services.sign_in import SignIn
from tests.users.signing import NOW, enter, wallet

pytestmark = pytest.mark.django_db
KEY_ID, SECRET = settings.ACCESS_KEYS[0]


@pytest.fixture
def opened() -> SignIn:
    return enter(wallet())


def claims(opened: SignIn, **changes: Any) -> dict[str, Any]:
    """The claims of a good token, changed; None leaves a claim out."""
    good = {
        "iss": "pumpparty",
        "aud": "pumpparty-api",
        "typ": "access",
        "sid": opened.session.public_id,
        "sub": opened.user.public_id,
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 600,
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def forged(body: dict[str, Any], *, key: str = SECRET, header: dict[str, Any] | None = None) -> bytes:
    """A token with these claims under our key, or another."""
    return jwt.encode(body, key, algorithm="HS256", headers={"kid": KEY_ID, **(header or {})}).encode()


def code_of(token: bytes, seconds: float = 0) -> str:
    """The code with which the token is refused so many seconds later, "" when it opens."""
    try:
        sessions.authenticate(access_token=token, now=NOW + timedelta(seconds=seconds))
    except DomainError as error:
        assert error.status == 401
        return error.code
    return ""


def raw(header: dict[str, Any], body: dict[str, Any], signature: str = "") -> bytes:
    """A token put together by hand."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, body)]
    return b".".join([*parts, signature.encode()])


def test_a_good_token_opens_until_its_last_second(opened: SignIn) -> None:
    token = opened.access.encode()
    assert code_of(token) == code_of(token, 599.9) == ""
    assert code_of(token, 600) == "TOKEN_INVALID"
    assert code_of(forged(claims(opened))) == ""


def test_a18_the_algorithm_is_ours_alone(opened: SignIn) -> None:
    body = claims(opened)
    for header in ({"alg": "none"}, {"alg": "None", "kid": KEY_ID}, {"alg": "none", "kid": KEY_ID}):
        assert code_of(raw(header, body)) == "TOKEN_INVALID"
    for algorithm in ("HS384", "HS512"):
        other = jwt.encode(body, SECRET * 2, algorithm=algorithm, headers={"kid": KEY_ID}).encode()
        assert code_of(other) == "TOKEN_INVALID"
    signature = opened.access.rpartition(".")[2]
    for algorithm in ("RS256", "ES256", "HS256\x00", "hs256", 7, None):
        assert code_of(raw({"alg": algorithm, "kid": KEY_ID}, body, signature)) == "TOKEN_INVALID"


@pytest.mark.parametrize(
    "key_id",
    ["../../../dev/null", "' OR 1=1 --", "derived\x00", "", "DERIVED", None, 7, ["derived"], {"derived": 1}],
)
def test_a18_the_key_is_chosen_among_ours(opened: SignIn, key_id: Any) -> None:
    header = {"alg": "HS256", "typ": "JWT", "kid": key_id}
    signing = b".".join(raw(header, claims(opened)).split(b".")[:2])
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = base64.urlsafe_b64encode(mac.sign(signing, SECRET.encode())).rstrip(b"=")
    assert code_of(signing + b"." + signature) == "TOKEN_INVALID"


def test_a18_keys_in_the_header_are_not_looked_at(opened: SignIn) -> None:
    header = {"jwk": {"kty": "oct", "k": "AAAA"}, "jku": "https://evil.example/keys", "x5u": "https://evil"}
    assert code_of(forged(claims(opened), key="0" * 32, header=header)) == "TOKEN_INVALID"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-api"},
        {"aud": None},
        {"aud": ["another-api"]},
        {"iss": "somebody"},
        {"iss": None},
        {"typ": "refresh"},
        {"typ": None},
        {"sid": None},
        {"sid": 7},
        {"sub": None},
        {"sub": ["usr_"]},
        {"iat": None},
        {"iat": "now"},
        {"iat": int(NOW.timestamp()) + 31},
        {"nbf": int(NOW.timestamp()) + 31},
        {"nbf": True},
        {"exp": None},
        {"exp": int(NOW.timestamp()) - 1},
        {"exp": int(NOW.timestamp())},
        {"exp": "9999999999"},
        {"exp": True},
        {"exp": 1e400},
        {"exp": 10**12 * 1.0},
    ],
    ids=str,
)
def test_a18_claims_that_are_not_ours_open_nothing(opened: SignIn, changes: dict[str, Any]) -> None:
    assert code_of(forged(claims(opened, **changes))) == "TOKEN_INVALID"


def test_a18_clocks_may_differ_by_half_a_minute_and_no_more(opened: SignIn) -> None:
    ahead = int(NOW.timestamp()) + 30
    assert code_of(forged(claims(opened, iat=ahead, nbf=ahead))) == ""


@pytest.mark.parametrize(
    "token",
    [
        b"",
        b".",
        b"..",
        b"a.b.c",
        b"\xff\xfe",
        b"a" * 1_000_000,
        b"e30.e30.e30",
        b"null.null.null",
        b"W10.e30.",
        base64.urlsafe_b64encode(b"[" * 1500) + b".e30.AA",
        base64.urlsafe_b64encode(b'{"kid":' * 200) + b".e30.AA",
    ],
    ids=lambda token: repr(token[:12]),
)
def test_a18_what_is_no_token_opens_nothing(token: bytes) -> None:
    assert code_of(token) == "TOKEN_INVALID"


def test_a18_a_refresh_token_is_no_access_token(opened: SignIn) -> None:
    assert code_of(opened.refresh.encode()) == "TOKEN_INVALID"


def test_a18_a_token_opens_its_own_session_only(opened: SignIn) -> None:
    other = enter(wallet(2))
    mixed = claims(opened, sub=other.user.public_id)
    assert code_of(forged(mixed)) == "TOKEN_INVALID"
    assert code_of(forged(claims(opened, sid="ses_unknown"))) == "SESSION_ENDED"


def test_a18_one_changed_letter_spoils_a_token(opened: SignIn) -> None:
    token = opened.access.encode()
    for at in range(0, len(token) - 1, 7):
        other = b"A" if token[at : at + 1] != b"A" else b"B"
        assert code_of(token[:at] + other + token[at + 1 :]) == "TOKEN_INVALID"


def test_a20_a_new_key_signs_while_the_old_one_verifies(opened: SignIn) -> None:
    old, new = ("k1", "1" * 32), ("k2", "2" * 32)
    with override_settings(ACCESS_KEYS=[old]):
        token, _ = access.issue_access(session=opened.session, now=NOW)
    with override_settings(ACCESS_KEYS=[new, old]):
        fresh, _ = access.issue_access(session=opened.session, now=NOW)
        assert code_of(token.encode()) == code_of(fresh.encode()) == ""
        assert jwt.get_unverified_header(fresh)["kid"] == "k2"
    with override_settings(ACCESS_KEYS=[new]):
        assert (code_of(token.encode()), code_of(fresh.encode())) == ("TOKEN_INVALID", "")


def test_a19_a_disabled_person_is_refused_at_once(opened: SignIn) -> None:
    User.objects.update(is_active=False)
    assert code_of(opened.access.encode()) == "SESSION_ENDED"


def test_reading_needs_no_database_until_the_token_is_sound(
    opened: SignIn, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0), pytest.raises(TokenInvalid):
        access.read_access(token=forged(claims(opened), key="0" * 32), now=NOW)
    with django_assert_num_queries(1):
        assert code_of(opened.access.encode()) == ""
