"""Snapshots grow fewer with age: the last of every step stays, and of every account the first and the last.

What fell due within a day is looked at: thinning may be away for so long. Everything is deleted in short batches of
their own. What lies after `now` is never touched: a clock that jumps back deletes nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, Max, Min, OuterRef, QuerySet

from apps.core.moments import from_ms, to_ms
from apps.operations import failpoints
from apps.operations.types import Report
from apps.trading.models import AccountSnapshot, MarkSet, PropAccount

ACCOUNTS_AT_ONCE = 200
ROWS_AT_ONCE = 500
"""Rows of one DELETE."""
MOST_DELETED = 100_000
"""Rows of one run; the rest waits for the next."""
LOOK_BACK = timedelta(days=1)
IN_USE = timedelta(hours=1)
"""A mark set is written a moment before its snapshots: a younger one without any may yet get them."""


def thin_snapshots(*, now: datetime) -> Report:
    """Thin every account's snapshots by the ladder of `TRADING_SNAPSHOT_LADDER`, then drop mark sets nobody cites."""
    keys = list(PropAccount.objects.order_by("pk").values_list("pk", flat=True))
    seen = gone = 0
    for first in range(0, len(keys), ACCOUNTS_AT_ONCE):
        piece = keys[first : first + ACCOUNTS_AT_ONCE]
        for after, step in settings.TRADING_SNAPSHOT_LADDER:
            looked, surplus = _surplus(piece, until=now - after, step=step)
            seen += looked
            gone += _delete(AccountSnapshot.objects.all(), surplus[: MOST_DELETED - gone])
        if gone >= MOST_DELETED:
            break
    sets = _unused_sets(before=now - IN_USE)
    gone += _delete(MarkSet.objects.all(), sets)
    failpoints.reach("trading.after-thinning")
    return Report(seen=seen + len(sets), done=gone, skipped=seen + len(sets) - gone)


def _surplus(account_ids: Sequence[int], *, until: datetime, step: timedelta) -> tuple[int, list[int]]:
    """How many snapshots fell due lately, and the keys of those that are not the last of their step."""
    step_ms = step // timedelta(milliseconds=1)
    end = from_ms(to_ms(until) // step_ms * step_ms)
    # Both ends lie between two steps: a step is seen whole, and its last is the last there is.
    begin = from_ms(to_ms(end - max(LOOK_BACK, step)) // step_ms * step_ms)
    mine = AccountSnapshot.objects.filter(account_id__in=account_ids)
    due = mine.filter(at__gte=begin, at__lt=end).order_by("account_id", "at")
    rows = list(due.values_list("account_id", "at", "pk"))
    if not rows:
        return 0, []
    ends = mine.order_by().values_list("account_id").annotate(Min("at"), Max("at"))
    kept = {(account, at) for account, *both in ends for at in both}
    surplus = []
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        account, at, key = row
        is_last = following is None or _step(row, step_ms) != _step(following, step_ms)
        if not is_last and (account, at) not in kept:
            surplus.append(key)
    return len(rows), surplus


def _step(row: tuple[int, datetime, int], step_ms: int) -> tuple[int, int]:
    account, at, _ = row
    return account, to_ms(at) // step_ms


def _unused_sets(*, before: datetime) -> list[int]:
    """Keys of the oldest mark sets that neither a snapshot nor the last mark of an account was valued at."""
    cited = AccountSnapshot.objects.filter(mark_set=OuterRef("pk"))
    last = set(PropAccount.objects.order_by().values_list("last_mark_set", flat=True).distinct())
    sets = MarkSet.objects.filter(~Exists(cited), at__lt=before).order_by("pk")
    return [key for key in sets.values_list("pk", flat=True)[:MOST_DELETED] if key not in last]


def _delete(rows: QuerySet[AccountSnapshot] | QuerySet[MarkSet], keys: Sequence[int]) -> int:
    gone = 0
    for first in range(0, len(keys), ROWS_AT_ONCE):
        gone += rows.order_by().filter(pk__in=keys[first : first + ROWS_AT_ONCE]).delete()[0]
    return gone
