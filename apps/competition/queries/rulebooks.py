"""Published rulebooks."""

from apps.competition.models import Rulebook


def find_rulebook(digest: str) -> Rulebook | None:
    """A published rulebook by its digest, or None."""
    return Rulebook.objects.filter(digest=digest).first()


def offered_rulebook() -> Rulebook | None:
    """The rulebook that new purchases pin, or None where none was offered yet (see `services.rulebooks.offered`)."""
    return Rulebook.objects.filter(is_offered=True).first()
