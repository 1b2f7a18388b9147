"""`manage.py rebuild_accounts --check`: make every account again from its ledger and fills and name what differs;
exit 1 on any difference.
"""

import json
import sys
from argparse import ArgumentParser
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.operations.invariants import one_snapshot
from apps.trading.queries import find_account
from apps.trading.services import rebuild, refill


class Command(BaseCommand):
    """Compares; rows are never rewritten."""

    help = "Rebuild accounts from their history and name every difference; exits 1 when there is one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to compare and how to print."""
        parser.add_argument("--check", action="store_true", help="compare; nothing else is offered")
        parser.add_argument("--account", metavar="acc_..", help="only this account")
        parser.add_argument(
            "--refill",
            action="store_true",
            help="also fill every order again from the rows that its fill cites",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON line a difference")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and print one line a difference."""
        if not options["check"]:
            raise CommandError("Accounts are only ever compared, never rewritten: give --check.")
        keys = None
        if options["account"]:
            account = find_account(options["account"])
            if account is None:
                raise CommandError(f"There is no account {options['account']!r}.")
            keys = [account.pk]
        found = 0
        deeper = refill.compare_fills(account_ids=keys) if options["refill"] else ()
        with one_snapshot():
            for difference in chain(rebuild.compare(account_ids=keys), deeper):
                found += 1
                document = difference._asdict()
                self.stdout.write(json.dumps(document, default=str) if options["json"] else str(difference))
        if found:
            sys.exit(1)
        if not options["json"]:
            self.stdout.write("Every account is what its history makes of it.")
