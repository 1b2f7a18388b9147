"""Reading the settings of the MegaETH Terminal link: all of its addresses or none, and keys for its tokens."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from apps.core.sealing import derived_key
from pumpparty import environment as env

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Addresses:
    """Where the Terminal is asked and where it sends people back to; all empty where it is not used."""

    authorize: str = ""
    token: str = ""
    profile: str = ""
    redirect: str = ""


def addresses(*, production: bool) -> Addresses:
    """PUMPPARTY_TERMINAL_{AUTHORIZE,TOKEN,PROFILE}_URL and ..._REDIRECT_URI, all of them or none."""
    found = Addresses(
        authorize=_url("PUMPPARTY_TERMINAL_AUTHORIZE_URL", production=production),
        token=_url("PUMPPARTY_TERMINAL_TOKEN_URL", production=production),
        profile=_url("PUMPPARTY_TERMINAL_PROFILE_URL", production=production),
        redirect=_url("PUMPPARTY_TERMINAL_REDIRECT_URI", production=production),
    )
    named = [bool(found.authorize), bool(found.token), bool(found.profile), bool(found.redirect)]
    if any(named) and not all(named):
        raise ImproperlyConfigured(
            "PUMPPARTY_TERMINAL_AUTHORIZE_URL, _TOKEN_URL, _PROFILE_URL and _REDIRECT_URI go together."
        )
    return found


def keys(*, production: bool, secret_key: str, used: bool) -> list[str]:
    """The keys that seal its tokens: PUMPPARTY_TERMINAL_KEYS="new,old"; the first seals, all open.

    Outside production one is derived from the secret key.
    """
    named = env.names("PUMPPARTY_TERMINAL_KEYS")
    if not named and not production:
        return [derived_key(secret_key, label="pumpparty terminal tokens")]
    if not named and used:
        raise ImproperlyConfigured(
            "PUMPPARTY_TERMINAL_KEYS must be set where the Terminal is used in production."
        )
    for key in named:
        try:
            Fernet(key)
        except ValueError:
            raise ImproperlyConfigured(
                "PUMPPARTY_TERMINAL_KEYS wants keys of 32 bytes in URL-safe base64, separated by commas."
            ) from None
    return named


def _url(name: str, *, production: bool) -> str:
    url = env.text(name)
    if not url:
        return ""
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in LOCAL_HOSTS and not production
    if not parts.hostname or parts.fragment or parts.username or not (parts.scheme == "https" or local):
        raise ImproperlyConfigured(f"{name} must be an https:// address.")
    return url
