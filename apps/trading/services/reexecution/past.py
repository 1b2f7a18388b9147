"""An account at any moment of its life, made again from its ledger and fills alone, in one pass over them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from apps.core.moments import to_ms
from apps.decisions.engine.types import AccountTruth
from apps.exchange.types import AccountState, Policy
from apps.exchange.types import Position as PositionValue
from apps.market.queries import MarketBoard
from apps.trading.models import PolicySnapshot, Position, PropAccount, TriggerOrder
from apps.trading.queries.as_of import status_at, status_turns
from apps.trading.queries.replay import PositionAsOf, Replay, fill_rows, ledger_rows
from apps.trading.queries.truth import Rows, cash_rows, last_fills, truth_of
from apps.trading.types import Book, OrderCause

MOST_MOMENTS = 40
_INSTANT = timedelta(microseconds=1)


class Standing(NamedTuple):
    """The account after one posting: where its ledger and orders stood, its balances by book and its positions."""

    sequence: int
    order_sequence: int
    balances: Mapping[str, int]
    positions: tuple[PositionAsOf, ...]


class Past:
    """One account's life up to a moment; rows are read once, however many moments are asked about."""

    def __init__(self, account: PropAccount, *, until: datetime | None = None) -> None:
        self.account = account
        self._until = until
        self._at: list[datetime] = []
        self._standings: list[Standing] = []
        self._action_orders: list[int] = []
        self._action_times: list[datetime] = []
        self._replay = Replay()
        self._policies = list(PolicySnapshot.objects.filter(account=account).order_by("sequence"))
        self._turns = status_turns(account)
        self._known: dict[int, str | None] = {}
        self._read()

    @property
    def faults(self) -> list[str]:
        """What in the ledger and the fills does not follow."""
        return self._replay.faults

    def covers(self, at: datetime) -> bool:
        """Whether the moment is within what was read."""
        return self._until is None or at <= self._until

    def at(self, moment: datetime) -> list[Standing]:
        """How the account stood at a moment: before all that was posted at it, and after each such posting."""
        first, last = bisect_left(self._at, moment), bisect_right(self._at, moment)
        before = self._standings[first - 1] if first else Standing(0, 0, dict.fromkeys(Book.values, 0), ())
        return [before, *self._standings[first:last][: MOST_MOMENTS - 1]]

    def statuses(self, moment: datetime) -> list[str]:
        """The status just before a moment, and at it where it changed then."""
        found = (self._status(at) for at in (moment - _INSTANT, moment))
        return list(dict.fromkeys(status for status in found if status is not None))

    def policy(self, moment: datetime) -> Policy:
        """The policy in force at a moment; where none was pinned yet, the account's own."""
        pinned = [one for one in self._policies if one.at <= moment]
        return Policy.from_document(pinned[-1].document if pinned else self.account.policy)

    def state(self, standing: Standing, *, status: str, policy: Policy, moment: datetime) -> AccountState:
        """The account as the kernel's value, as a decision of that moment was given it."""
        done = bisect_right(self._action_orders, standing.order_sequence)
        since = moment - timedelta(milliseconds=policy.window_ms)
        return AccountState(
            status=status,
            cash_micros=standing.balances[Book.CASH],
            positions=tuple(
                PositionValue(
                    held.symbol,
                    held.size_lots,
                    held.cost_micros,
                    held.leverage or 1,
                    held.is_isolated,
                    held.margin_micros,
                )
                for held in standing.positions
            ),
            actions_in_window=max(0, done - bisect_right(self._action_times, since)),
            last_action_at_ms=to_ms(self._action_times[done - 1]) if done else None,
            volume_micros=self._replay.volume_before(moment.astimezone(UTC).date()),
        )

    def truth(
        self, standing: Standing, *, status: str, policy: Policy, board: MarketBoard, inclusive: bool
    ) -> AccountTruth:
        """What the books said then. Of exits set or ended at the very moment, those count where `inclusive`.

        How far a trailing exit had come is not kept: it is told as far as it came later.
        """
        account = copy(self.account)
        account.status, account.policy = status, policy.to_document()
        for book in Book.values:
            setattr(account, f"{book}_micros", standing.balances[book])
        today = board.at.astimezone(UTC).date()
        account.volume_date, account.volume_micros = today, self._replay.volume_before(today)
        held = [self._position(one, board) for one in standing.positions]
        cash = cash_rows(account, board).filter(sequence__lte=standing.sequence)
        fills = last_fills(account, board).filter(order__sequence__lte=standing.order_sequence)
        return truth_of(account, Rows(held, self._exits(board.at, inclusive), cash, fills), board)

    def _status(self, moment: datetime) -> str | None:
        """As `status_at`, asked once between two moments at which it may have changed."""
        place = bisect_right(self._turns, moment)
        if place not in self._known:
            self._known[place] = status_at(self.account, moment)
        return self._known[place]

    def _position(self, held: PositionAsOf, board: MarketBoard) -> Position:
        asset_id = board.asset_id(held.symbol)
        columns = held._replace(leverage=held.leverage or 1)._asdict()
        return Position(account=self.account, asset_id=asset_id, updated_at=board.at, **columns)

    def _exits(self, moment: datetime, inclusive: bool) -> Iterator[TriggerOrder]:
        begun, over = ("lte", "gt") if inclusive else ("lt", "gte")
        rows = TriggerOrder.objects.filter(account=self.account, **{f"set_at__{begun}": moment})
        standing = rows.filter(Q(ended_at__isnull=True) | Q(**{f"ended_at__{over}": moment}))
        return standing.order_by("symbol", "kind").iterator()

    def _read(self) -> None:
        keys = [self.account.pk]
        rows = ledger_rows(account_ids=keys, at=self._until)
        fills = fill_rows(account_ids=keys, at=self._until)
        taken = None
        replay = self._replay
        for row in replay.run(rows, fills, is_whole=self._until is None):
            if replay.fill is not taken:
                taken = replay.fill
                self._count(taken)
            if not replay.is_half_posted:
                self._at.append(row.at)
                self._standings.append(
                    Standing(
                        replay.sequence, replay.order_sequence, dict(replay.balances), tuple(replay.held())
                    )
                )

    def _count(self, fill: object) -> None:
        order = fill.order  # type: ignore[attr-defined] # rows of `fill_rows` come with their order
        if order.cause == OrderCause.ACTION and order.sequence not in self._action_orders[-1:]:
            self._action_orders.append(order.sequence)
            self._action_times.append(order.placed_at)
