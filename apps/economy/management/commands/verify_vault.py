"""`manage.py verify_vault`: whether every configured vault is the one that is meant, and can be signed for."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.economy.services import chains
from apps.economy.services.verifying import verify


class Command(BaseCommand):
    """Asks and compares; nothing is changed."""

    help = "Ask every provider of every vault for chain and code, and compare. Exits 1 with what differs, 2 without a vault."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what holds, then what does not."""
        vaults = chains.configured()
        if not vaults:
            raise CommandError(
                "No vault is configured (PUMPPARTY_VAULTS): nothing can be paid.", returncode=2
            )
        wrong = False
        for vault in vaults:
            good, faults = verify(vault)
            wrong = wrong or bool(faults)
            for line in good:
                self.stdout.write(f"chain {vault.chain_id}: {line}")
            for line in faults:
                self.stderr.write(f"chain {vault.chain_id}: NOT SO: {line}")
        if wrong:
            sys.exit(1)
