"""What the users domain runs by itself, in real time: sign-in knows no market clock."""

from apps.operations import clock
from apps.operations.audit import Actor
from apps.operations.cadence import Report, Tick, cadence, seconds
from apps.users.services import challenges, sessions


@cadence("users.purge-challenges", every=seconds(60), lease=seconds(60))
def purge_challenges(tick: Tick) -> Report:
    """Delete challenges that ran out, so that a flood of them leaves nothing behind."""
    deleted = challenges.purge_expired(now=clock.real_now())
    return Report(seen=deleted, done=deleted)


@cadence("users.end-expired-sessions", every=seconds(600), lease=seconds(120))
def end_expired_sessions(tick: Tick) -> Report:
    """End sign-ins that have run out, and forget the refresh tokens of those that ended a week ago."""
    by = Actor.system("users.end-expired-sessions")
    ended = sessions.end_expired(by=by, now=clock.real_now(), limit=tick.limit)
    return Report(seen=ended, done=ended)
