"""Standing exits as rows: set, replaced, withdrawn, fired, and ended with the position they belong to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from apps.core.moments import from_ms, to_ms
from apps.core.tables import Table, marks, moment
from apps.exchange.types import Executed, Side, Trigger, TriggerKind
from apps.trading.models import PropAccount, TriggerOrder
from apps.trading.types import TriggerStatus

Standing = dict[tuple[str, str], TriggerOrder]
"""The standing exits of one account by (symbol, kind)."""

POSITION_ENDED = "POSITION_ENDED"
POSITION_FLIPPED = "POSITION_FLIPPED"
REPLACED = "REPLACED"
WITHDRAWN = "WITHDRAWN"
_FRESH = (
    "public_id",
    "account_id",
    "asset_id",
    "symbol",
    "kind",
    "side",
    "price_micros",
    "trail_bps",
    "best_micros",
    "expires_at",
    "status",
    "status_reason",
    "action_id",
    "order_id",
    "set_at",
    "ended_at",
    "set_sequence",
    "ended_sequence",
)
_ENDED = ("status", "status_reason", "order_id", "ended_at", "ended_sequence")
_TRIGGERS = Table(TriggerOrder, _FRESH)
_ENDINGS = Table(TriggerOrder, _ENDED)
_IS_STANDING = f"status = '{TriggerStatus.STANDING.value}'"
"""Written out: a partial index serves no parameter, and SQLite would plan the statement anew with each."""


@dataclass(slots=True)
class Changes:
    """Exits to write: new ones, ended ones, and for each that fired the place of its order among those written with it."""

    fresh: list[TriggerOrder] = field(default_factory=list)
    ended: list[TriggerOrder] = field(default_factory=list)
    fired: list[tuple[TriggerOrder, int]] = field(default_factory=list)


def load_standing(account_ids: Collection[int]) -> dict[int, Standing]:
    """The standing exits of these accounts, by account; accounts without any are left out."""
    tail = f"WHERE account_id IN ({marks(account_ids)}) AND {_IS_STANDING} ORDER BY id"
    found: dict[int, Standing] = {}
    for row in _TRIGGERS.fetch(tail, list(account_ids)):
        found.setdefault(row.account_id, {})[row.symbol, row.kind] = row
    return found


def value_of(row: TriggerOrder) -> Trigger:
    """The exit as the exchange's value."""
    return Trigger(
        kind=TriggerKind(row.kind),
        symbol=row.symbol,
        side=Side(row.side),
        price_micros=row.price_micros,
        trail_bps=row.trail_bps,
        best_micros=row.best_micros,
        expires_at_ms=0 if row.expires_at is None else to_ms(row.expires_at),
    )


def apply(
    changes: Changes,
    standing: Standing,
    *,
    account: PropAccount,
    executed: Executed,
    asset_id: int,
    symbol: str,
    now: datetime,
    action_id: int | None = None,
    fired: TriggerOrder | None = None,
    order_place: int | None = None,
) -> None:
    """Let an execution move the standing exits of its asset; `standing` is changed in place.

    Those of a position that ended or flipped end with it; a new one takes the place of its kind. `fired` is the
    exit that caused the execution; `order_place` where its order stands among those written together. Every setting and
    every ending takes the account's next number; the caller writes the account.
    """
    if fired is not None and order_place is not None:
        row = standing.pop((symbol, fired.kind), fired)
        _end(changes, account, row, (TriggerStatus.FIRED, ""), now)
        changes.fired.append((row, order_place))
    reason = _ending(executed)
    if reason:
        for key in [key for key in standing if key[0] == symbol]:
            _end(changes, account, standing.pop(key), (TriggerStatus.CANCELLED, reason), now)
    for trigger in executed.triggers:
        key = (symbol, trigger.kind.value)
        if key in standing:
            _end(changes, account, standing.pop(key), (TriggerStatus.REPLACED, REPLACED), now)
        standing[key] = _new(account, trigger, asset_id, action_id, now)
        changes.fresh.append(standing[key])


def write(changes: Changes, order_keys: Sequence[int]) -> None:
    """Write ended and new exits; `order_keys` are those of the orders written before, in their places."""
    for row, place in changes.fired:
        row.order_id = order_keys[place]
    _ENDINGS.update(
        [
            (row.status, row.status_reason, row.order_id, moment(row.ended_at), row.ended_sequence, row.pk)
            for row in changes.ended
        ]
    )
    _TRIGGERS.insert([_ready(row) for row in changes.fresh])


def _ending(executed: Executed) -> str:
    """The reason for which the asset's older exits end with this execution, or nothing."""
    if not executed.fills:
        return WITHDRAWN if executed.cancels_triggers else ""
    before, after = executed.position_before, executed.position_after
    if after is None:
        return POSITION_ENDED
    flipped = before is not None and (before.size_lots > 0) != (after.size_lots > 0)
    return POSITION_FLIPPED if flipped or executed.cancels_triggers else ""


def _end(
    changes: Changes,
    account: PropAccount,
    row: TriggerOrder,
    why: tuple[TriggerStatus, str],
    now: datetime,
) -> None:
    status, reason = why
    row.status, row.status_reason, row.ended_at = status.value, reason, now
    row.ended_sequence = _next(account)
    if row.pk is not None:
        changes.ended.append(row)


def _new(
    account: PropAccount, trigger: Trigger, asset_id: int, action_id: int | None, now: datetime
) -> TriggerOrder:
    expires_at = from_ms(trigger.expires_at_ms) if trigger.expires_at_ms else None
    return TriggerOrder(
        account_id=account.pk,
        asset_id=asset_id,
        symbol=trigger.symbol,
        kind=trigger.kind.value,
        side=int(trigger.side),
        price_micros=trigger.price_micros,
        trail_bps=trigger.trail_bps,
        best_micros=trigger.best_micros,
        expires_at=expires_at,
        status=TriggerStatus.STANDING.value,
        action_id=action_id,
        set_at=now,
        set_sequence=_next(account),
    )


def _next(account: PropAccount) -> int:
    account.exit_sequence += 1
    return account.exit_sequence


def _ready(row: TriggerOrder) -> list[object]:
    values = [getattr(row, name) for name in _FRESH]
    return [moment(value) if isinstance(value, datetime) else value for value in values]
