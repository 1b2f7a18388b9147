"""The standing exits that an action set, replaced or ended, against the rows that marks fire them from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q

from apps.core.moments import to_ms
from apps.trading.models import TriggerOrder
from apps.trading.services.reexecution.executed import Executed
from apps.trading.services.reexecution.steps import Asking, Difference, Part, Step

_FIXED = ("symbol", "side", "price_micros", "trail_bps")


def exits_steps(one: Executed) -> Iterator[Step]:
    """The exits that its outcome tells of against those that stand in its name; nothing where there are neither."""
    told = one.outcome.get("triggers", [])
    rows = list(TriggerOrder.objects.filter(action=one.action).order_by("kind", "id"))
    survivors = _survivors(one, told or [])
    if not (told or rows or survivors):
        return
    asking = Asking("exits", Part.GOT, one.index)
    if told is None:
        asking.lacks("Without its record nobody can say which exits it was to set.")
    else:
        _compare(one, told, rows, asking)
    for row in survivors:
        where = f"TriggerOrder {row.public_id}.ended_at"
        ended = "nothing" if row.ended_at is None else row.ended_at.isoformat()
        asking.difference = asking.difference or Difference(where, one.verdict.at.isoformat(), ended)
    count = len(rows)
    yield asking.done(
        f"The {count} exit{'' if count == 1 else 's'} that it set stand as they were asked for, and what they replaced "
        "is ended.",
        "The standing exits are not those that the outcome tells of.",
    )


def _compare(
    one: Executed, told: Sequence[Mapping[str, Any]], rows: Sequence[TriggerOrder], asking: Asking
) -> None:
    expected = {trigger["kind"]: trigger for trigger in told}
    found = {row.kind: row for row in rows}
    where = f"TriggerOrder of action {one.index}"
    asking.equal(f"{where}: kinds", expected=sorted(expected), found=[row.kind for row in rows])
    for kind in sorted(expected.keys() & found.keys()):
        trigger, row, place = expected[kind], found[kind], f"{where}: {kind}"
        for name in _FIXED:
            asking.equal(f"{place}.{name}", expected=trigger[name], found=getattr(row, name))
        ends = 0 if row.expires_at is None else to_ms(row.expires_at)
        asking.equal(f"{place}.expires_at", expected=trigger["expires_at_ms"], found=ends)
        asking.equal(f"{place}.set_at", expected=one.verdict.at.isoformat(), found=row.set_at.isoformat())
        asking.equal(f"{place}.account", expected=one.account.pk, found=row.account_id)
        moved = (row.best_micros - trigger["best_micros"]) * trigger["side"]
        if moved < 0 or (moved and not trigger["trail_bps"]):
            # A trailing exit follows the price to the good of the position and never back.
            asking.equal(f"{place}.best_micros", expected=trigger["best_micros"], found=row.best_micros)


def _survivors(one: Executed, told: Sequence[Mapping[str, Any]]) -> list[TriggerOrder]:
    """Older exits of the asset that still stood after an outcome which ended or replaced them."""
    at = one.verdict.at
    rows = TriggerOrder.objects.filter(account=one.account, symbol=one.action.symbol, set_at__lt=at)
    rows = rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at))
    if not _ends_all(one.outcome):
        rows = rows.filter(kind__in=[trigger["kind"] for trigger in told])
    return list(rows.order_by("id"))


def _ends_all(outcome: Mapping[str, Any]) -> bool:
    if not outcome.get("fills"):
        return bool(outcome.get("cancels_triggers"))
    if "position_after" not in outcome:
        return False
    before, after = outcome.get("position_before"), outcome["position_after"]
    if after is None or outcome.get("cancels_triggers"):
        return True
    return before is not None and (before["size_lots"] > 0) != (after["size_lots"] > 0)
