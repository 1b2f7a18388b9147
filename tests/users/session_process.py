"""A separate server process for the kill tests: `open`, `refresh TOKEN SECONDS` (may be killed) or `state`."""

import os
import sys
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pumpparty.settings")

import django

django.setup()

from django.core.management import call_command

from apps.core.errors import DomainError
from apps.users.models import RefreshToken
from apps.users.services.rotation import refresh
from tests.users.signing import CLIENT, NOW, enter, wallet


def trade(token: str, seconds: str) -> str:
    """The child of the token so many seconds after the tests' moment, or the code of the refusal."""
    now = NOW + timedelta(seconds=float(seconds))
    try:
        return refresh(refresh_token=token, client=CLIENT, now=now).refresh
    except DomainError as refused:
        return refused.code


def state() -> str:
    """How many tokens there are, how many live, and the digest of the one that lives."""
    live = RefreshToken.objects.filter(rotated_at=None, revoked_at=None)
    digests = " ".join(live.values_list("digest", flat=True))
    return f"{RefreshToken.objects.count()}/{live.count()} {digests}"


def main(step: str, *arguments: str) -> None:
    """Do one step and write its answer."""
    if step == "open":
        call_command("migrate", verbosity=0)
        answer = enter(wallet()).refresh
    elif step == "refresh":
        answer = trade(*arguments)
    else:
        answer = state()
    sys.stdout.write(f"{answer}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
