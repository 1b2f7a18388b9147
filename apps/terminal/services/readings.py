"""What is kept of a reading, and when the next one is due."""

from datetime import datetime, timedelta

from apps.terminal.models import ProfileSnapshot, TerminalLink
from apps.terminal.types import Profile

READ_EVERY = timedelta(hours=1)
FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=24)


def next_reading(*, now: datetime, expires_at: datetime | None) -> datetime:
    """In an hour, or at the moment the token expires if that is sooner."""
    regular = now + READ_EVERY
    return min(regular, expires_at) if expires_at is not None else regular


def next_retry(*, now: datetime, failures: int) -> datetime:
    """After the `failures`-th failure in a row: 5 minutes, twice as long each time, a day at most."""
    return now + min(FIRST_RETRY * 2 ** min(failures - 1, 10), LONGEST_RETRY)


def keep(*, link: TerminalLink, profile: Profile, now: datetime) -> ProfileSnapshot:
    """Add one reading to the profile's history; call it in a transaction of your own."""
    return ProfileSnapshot.objects.create(
        link=link, at=now, rank=profile.rank, total_points=profile.total_points
    )
