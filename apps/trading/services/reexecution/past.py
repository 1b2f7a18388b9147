"""An account at any moment of its life, made again from its ledger and fills alone, in one pass over them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from copy import copy
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, NamedTuple

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
from apps.trading.services.account_state import ReadFrom
from apps.trading.types import Book, OrderCause

NEAR = timedelta(minutes=2)
"""What is dated so near a decision may have been committed on its other side."""
MOST_STANDINGS = 60
_INSTANT = timedelta(microseconds=1)


class Posted(NamedTuple):
    """The account after one posting: where its ledger and orders stood, its balances by book and its positions."""

    at: datetime | None
    sequence: int
    order_sequence: int
    balances: Mapping[str, int]
    positions: tuple[PositionAsOf, ...]


class Way(NamedTuple):
    """One way in which the account may have stood when it was read; `exits` picks those that stood then."""

    posted: Posted
    status: str
    policy: Policy
    exits: Q


class Past:
    """One account's life, up to a decision or to today; rows are read once, however many decisions are asked about."""

    def __init__(
        self,
        account: PropAccount,
        *,
        until: datetime | None = None,
        read_from: object = None,
    ) -> None:
        """Read all of it, or what a decision of the moment `until` may have read, by its numbers where it has sealed
        them.
        """
        self.account = account
        self._posted: list[Posted] = []
        self._at: list[datetime] = []
        self._sequences: list[int] = []
        self._action_orders: list[int] = []
        self._action_times: list[datetime] = []
        self._replay = Replay()
        self._policies = list(PolicySnapshot.objects.filter(account=account).order_by("sequence"))
        self._turns = status_turns(account)
        self._known: dict[int, str | None] = {}
        self._read(until, _sound(read_from))

    @property
    def faults(self) -> list[str]:
        """What in the ledger and the fills does not follow."""
        return self._replay.faults

    def as_read(self, read: ReadFrom, moment: datetime) -> list[Way]:
        """How the account stood when the rows with these numbers were its last; only of its status is the moment of the
        change alone known. Raises LookupError where it never had such rows.
        """
        place = bisect_right(self._sequences, read.ledger)
        posted = self._posted[place - 1] if place else _NOTHING
        if (posted.sequence, posted.order_sequence) != (read.ledger, read.orders):
            raise LookupError("no posting and order of the account have these numbers")
        pinned = next((one for one in self._policies if one.sequence == read.policy), None)
        if pinned is None or not 0 <= read.exits <= self.account.exit_sequence:
            raise LookupError("no policy or exit of the account has this number")
        policy = Policy.from_document(pinned.document)
        begun = Q(set_sequence__isnull=True) | Q(set_sequence__lte=read.exits)
        exits = begun & (Q(ended_at__isnull=True) | Q(ended_sequence__gt=read.exits))
        return [Way(posted, status, policy, exits) for status in self._statuses(moment)]

    def near(self, moment: datetime, *, books: bool) -> Iterator[Way]:
        """Every way in which it may have stood at a moment, the likeliest first, for who did not tell what was read;
        exits make a difference where its books were.

        What is dated at the moment or near it may have been committed before the account was read, or after.
        """
        found = product(self._policies_near(moment), self._statuses(moment), self._near(moment))
        for policy, status, (posted, exits) in found:
            for standing in exits if books else exits[:1]:
                yield Way(posted, status, policy, standing)

    def state(self, way: Way, *, moment: datetime) -> AccountState:
        """The account as the kernel's value, as a decision of that moment was given it."""
        posted = way.posted
        done = bisect_right(self._action_orders, posted.order_sequence)
        since = moment - timedelta(milliseconds=way.policy.window_ms)
        return AccountState(
            status=way.status,
            cash_micros=posted.balances[Book.CASH],
            positions=tuple(
                PositionValue(
                    held.symbol,
                    held.size_lots,
                    held.cost_micros,
                    held.leverage or 1,
                    held.is_isolated,
                    held.margin_micros,
                )
                for held in posted.positions
            ),
            actions_in_window=max(0, done - bisect_right(self._action_times, since)),
            last_action_at_ms=to_ms(self._action_times[done - 1]) if done else None,
            volume_micros=self._replay.volume_before(moment.astimezone(UTC).date()),
        )

    def truth(self, way: Way, *, board: MarketBoard) -> AccountTruth:
        """What the books said then. How far a trailing exit had come is not kept: it is told as far as it came later."""
        account, posted = copy(self.account), way.posted
        account.status, account.policy = way.status, way.policy.to_document()
        for book in Book.values:
            setattr(account, f"{book}_micros", posted.balances[book])
        today = board.at.astimezone(UTC).date()
        account.volume_date, account.volume_micros = today, self._replay.volume_before(today)
        held = [self._position(one, board) for one in posted.positions]
        cash = cash_rows(account, board).filter(sequence__lte=posted.sequence)
        fills = last_fills(account, board).filter(order__sequence__lte=posted.order_sequence)
        exits = TriggerOrder.objects.filter(way.exits, account=self.account, set_at__lte=board.at)
        return truth_of(account, Rows(held, exits, cash, fills), board)

    def _near(self, moment: datetime) -> list[tuple[Posted, tuple[Q, ...]]]:
        """The account after each posting near a moment, with the exits that may have stood beside it.

        First those at the moment, the last of them and then before all of them, then later ones, then earlier ones.
        """
        first, last = bisect_left(self._at, moment), bisect_right(self._at, moment)
        at_it = [last, first, *range(last - 1, first, -1)]
        later = range(last + 1, bisect_right(self._at, moment + NEAR) + 1)
        earlier = range(first - 1, bisect_left(self._at, moment - NEAR) - 1, -1)
        both = _standing_at(moment, inclusive=False), _standing_at(moment, inclusive=True)
        found: list[tuple[Posted, tuple[Q, ...]]] = []
        for place in dict.fromkeys([*at_it, *later, *earlier]):
            posted = self._posted[place - 1] if place else _NOTHING
            is_at_it = first <= place <= last or posted.at is None
            found.append((posted, both if is_at_it else (_standing_at(posted.at, inclusive=True),)))
        return found[:MOST_STANDINGS]

    def _policies_near(self, moment: datetime) -> list[Policy]:
        """The policy in force at a moment, then those that were or came into force near it; else the account's own."""
        place = bisect_right([one.at for one in self._policies], moment)
        places = [place - 1] if place else []
        if place > 1 and self._policies[place - 1].at > moment - NEAR:
            places.append(place - 2)
        places += [at for at in range(place, len(self._policies)) if self._policies[at].at <= moment + NEAR]
        documents = [self._policies[at].document for at in places] or [self.account.policy]
        return [Policy.from_document(document) for document in documents]

    def _statuses(self, moment: datetime) -> list[str]:
        """The status at a moment and just before it, then those that it left or took near it."""
        first, last = bisect_left(self._turns, moment - NEAR), bisect_right(self._turns, moment + NEAR)
        near = [at for turn in self._turns[first:last] for at in (turn - _INSTANT, turn)]
        found = (self._status(at) for at in (moment - _INSTANT, moment, *near))
        return list(dict.fromkeys(status for status in found if status is not None))

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

    def _read(self, until: datetime | None, read: ReadFrom | None) -> None:
        keys, replay = [self.account.pk], self._replay
        if read is not None:
            rows = ledger_rows(account_ids=keys, sequence=read.ledger)
            fills = fill_rows(account_ids=keys, sequence=read.orders)
        else:
            upto = None if until is None else until + NEAR
            rows, fills = ledger_rows(account_ids=keys, at=upto), fill_rows(account_ids=keys, at=upto)
        taken, latest = None, None
        for row in replay.run(rows, fills, is_whole=until is None):
            if replay.fill is not taken:
                taken = replay.fill
                self._count(taken)
            if not replay.is_half_posted:
                # Rows are in the order of their commits; a moment is looked for among times that never go back.
                latest = row.at if latest is None else max(latest, row.at)
                self._at.append(latest)
                self._sequences.append(replay.sequence)
                held = tuple(replay.held())
                posted = Posted(row.at, replay.sequence, replay.order_sequence, dict(replay.balances), held)
                self._posted.append(posted)

    def _count(self, fill: Any) -> None:
        order = fill.order
        if order.cause == OrderCause.ACTION and order.sequence not in self._action_orders[-1:]:
            self._action_orders.append(order.sequence)
            self._action_times.append(order.placed_at)


_NOTHING = Posted(None, 0, 0, dict.fromkeys(Book.values, 0), ())


def _standing_at(moment: datetime | None, *, inclusive: bool) -> Q:
    """Exits that stood at a moment; those set or ended at the very moment count where `inclusive`."""
    begun, over = ("lte", "gt") if inclusive else ("lt", "gte")
    return Q(**{f"set_at__{begun}": moment}) & (Q(ended_at__isnull=True) | Q(**{f"ended_at__{over}": moment}))


def _sound(read_from: object) -> ReadFrom | None:
    """The numbers, None where there are none; what is written in their place is named where it is compared."""
    try:
        return ReadFrom.found_in(read_from)
    except ValueError:
        return None
