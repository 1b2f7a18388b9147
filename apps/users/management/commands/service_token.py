"""`manage.py service_token issue|rotate|revoke`: the credentials of programs, from the machine itself."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import DomainError
from apps.operations import clock
from apps.operations.audit import Actor
from apps.users import queries
from apps.users.services import tokens
from apps.users.types import ServiceScope

BY = Actor.system("users.service-token-command")


class Command(BaseCommand):
    """Print a secret once, on standard output; say the rest on standard error."""

    help = "Issue, rotate or revoke a service token; the secret is printed once and cannot be read again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the three acts."""
        acts = parser.add_subparsers(dest="act", required=True)
        issue = acts.add_parser("issue", help="make a token and print its secret")
        issue.add_argument("name")
        issue.add_argument("--scope", action="append", required=True, choices=ServiceScope.values)
        issue.add_argument("--days", type=int, help="how long it lives; for ever without it")
        rotate = acts.add_parser("rotate", help="give a token a new secret and print it")
        rotate.add_argument("name")
        rotate.add_argument(
            "--overlap-hours", type=int, default=24, help="how long the old secret stays good"
        )
        revoke = acts.add_parser("revoke", help="refuse a token from now on")
        revoke.add_argument("name")
        revoke.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Carry out the act asked for."""
        try:
            secret = getattr(self, f"_{options['act']}")(options)
        except DomainError as error:
            raise CommandError(error.detail) from None
        if secret:
            self.stdout.write(secret)
        self.stderr.write(f"{options['name']}: done.")

    def _issue(self, options: dict[str, Any]) -> str:
        now, days = clock.real_now(), options["days"]
        expires_at = None if days is None else now + timedelta(days=days)
        _, secret = tokens.issue_service_token(
            name=options["name"], scopes=options["scope"], by=BY, now=now, expires_at=expires_at
        )
        return secret

    def _rotate(self, options: dict[str, Any]) -> str:
        token = self._named(options["name"])
        overlap = timedelta(hours=options["overlap_hours"])
        return tokens.rotate_service_token(token=token, overlap=overlap, by=BY, now=clock.real_now())[1]

    def _revoke(self, options: dict[str, Any]) -> None:
        token = self._named(options["name"])
        tokens.revoke_service_token(token=token, reason=options["reason"], by=BY, now=clock.real_now())

    def _named(self, name: str) -> Any:
        token = queries.find_service_token(name=name)
        if token is None:
            raise CommandError(f"There is no service token called {name}.")
        return token
