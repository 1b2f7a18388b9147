"""`manage.py verify_chain acc_..`: walk the chains of an account and name the first difference; exit 1 when there is one."""

import sys
from argparse import ArgumentParser
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.operations.artifacts import ArtifactStoreDown
from apps.operations.invariants import one_snapshot
from apps.trading.queries import find_account
from apps.trading.services.chains import chain_differences


class Command(BaseCommand):
    """Compares; rows are never rewritten."""

    help = "Walk an account's decisions, executions, ledger and daily roots; exits 1 at the first difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which account, and whether to go on behind the first difference."""
        parser.add_argument("account", metavar="acc_..")
        parser.add_argument("--all", action="store_true", help="name every difference, not the first alone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk and print."""
        try:
            # Of one moment: what is booked meanwhile would look like a head that fits nothing.
            with one_snapshot():
                account = find_account(options["account"])
                if account is None:
                    raise CommandError(f"There is no account {options['account']!r}.", returncode=2)
                found = list(islice(chain_differences(account), None if options["all"] else 1))
        except ArtifactStoreDown as down:
            raise CommandError(f"Not every payload can be read now: {down.detail}", returncode=2) from down
        if found:
            self.stdout.write("\n".join(found))
            sys.exit(1)
        self.stdout.write(
            f"{account.public_id}: every decision, execution and ledger row is as it was sealed. "
            f"The ledger's head is {account.ledger_head or 'empty'}."
        )
