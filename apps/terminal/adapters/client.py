"""Speaking with the Terminal: the address people are sent to, codes for tokens, tokens for profiles."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings

from apps.core.http import Client
from apps.terminal.adapters import parse
from apps.terminal.types import Profile, Token

TIMEOUT_SECONDS = 5.0
MAX_BYTES = 64 * 1024


def is_configured() -> bool:
    """Whether this arena knows a Terminal."""
    return bool(settings.TERMINAL_TOKEN_URL)


def authorize_url(*, state: str, challenge: str, redirect_uri: str) -> str:
    """Where a browser goes; parameters that the configured address has of its own are kept."""
    parts = urlsplit(settings.TERMINAL_AUTHORIZE_URL)
    query = [
        *parse_qsl(parts.query),
        ("response_type", "code"),
        ("client_id", settings.TERMINAL_CLIENT_ID),
        ("redirect_uri", redirect_uri),
        ("state", state),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))


def exchange_code(*, code: str, verifier: str, redirect_uri: str) -> Token:
    """The token that the code stands for; AdapterError, with status 400 or 401 where the code is refused."""
    form = {
        "grant_type": "authorization_code",
        "client_id": settings.TERMINAL_CLIENT_ID,
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect_uri,
    }
    with Client("", timeout=TIMEOUT_SECONDS, deadline=TIMEOUT_SECONDS, max_bytes=MAX_BYTES) as client:
        return parse.token(client.post_form(settings.TERMINAL_TOKEN_URL, form=form))


def read_profile(*, token: Token) -> Profile:
    """The profile of the token's holder; AdapterError, with status 401 where the token no longer counts."""
    headers = {"Authorization": f"Bearer {token.secret}"}
    with Client(
        "", timeout=TIMEOUT_SECONDS, deadline=TIMEOUT_SECONDS, max_bytes=MAX_BYTES, headers=headers
    ) as client:
        return parse.profile(client.get_json(settings.TERMINAL_PROFILE_URL))
