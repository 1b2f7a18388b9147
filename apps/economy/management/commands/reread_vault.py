"""`manage.py reread_vault`: take the reading of a chain back, after a provider told of a head that never was."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import DomainError
from apps.economy.services.rereading import read_anew
from apps.operations import clock
from apps.operations.audit import Actor

BY = Actor.system("economy.reread-vault-command")


class Command(BaseCommand):
    """Moves the cursors of one chain back; the workers read from there within seconds."""

    help = "Read the vaults of a chain anew from a block, and forget the highest head that was told. It is audited."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare which chain, from where, and why."""
        parser.add_argument("--chain", type=int, required=True, help="the chain id")
        parser.add_argument(
            "--from-block", type=int, required=True, help="the first block that is read again"
        )
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Move the cursors, and say which."""
        try:
            cursors = read_anew(
                chain_id=options["chain"],
                from_block=options["from_block"],
                reason=options["reason"],
                by=BY,
                now=clock.real_now(),
            )
        except DomainError as error:
            raise CommandError(error.detail) from None
        for cursor in cursors:
            self.stdout.write(
                f"{cursor.vault} of {cursor.resolver}: read from block {options['from_block']}."
            )
