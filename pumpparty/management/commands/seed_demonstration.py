"""`manage.py seed_demonstration`: make what is missing of the demonstration."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.operations import clock
from pumpparty import demonstration


class Command(BaseCommand):
    """Seed clones, rulebook, auditions and an operator; running it again adds only what is missing."""

    help = "Seed the demonstration: clones, their auditions and an operator. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed and say what was made and where the operator's password is."""
        report = demonstration.seed(now=clock.now(), folder=settings.DATA_DIR)
        self.stdout.write(report.sentence())
        self.stdout.write(f"Operator: {settings.DATA_DIR / demonstration.PASSWORD_FILE}")
