"""Taking turns: one process at a time under one name, on every database."""

from apps.competition.models import Turn

NUMBERS = "numbers"
"""Giving the next number of the queue."""
SLOTS = "slots"
"""Filling free slots. Never waited for by who holds NUMBERS or an account, so that the two cannot wait for each other."""


def take(name: str) -> None:
    """Wait for the turn and keep it until the transaction ends; outside of one it keeps nobody away."""
    Turn.objects.get_or_create(name=name)
    Turn.objects.select_for_update().get(name=name)
