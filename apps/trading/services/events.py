"""What a mark may force on one locked account: standing exits, delisting, liquidation, the policy's drawdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.core import states
from apps.exchange import forced_exits, margin, triggers
from apps.exchange.liquidation import exit_position, settle_delisted
from apps.exchange.types import Denied, Executed, Policy, TradingMode, Trigger, TriggerKind
from apps.market.queries import MarketBoard
from apps.operations import audit, failpoints
from apps.operations.types import Actor
from apps.trading.models import Position, PropAccount, TriggerOrder
from apps.trading.queries.halts import effective_modes
from apps.trading.services import exits
from apps.trading.services.account_state import build_state
from apps.trading.services.booking import Blotter, Ticket, enter
from apps.trading.services.closing import close_positions
from apps.trading.services.survey import is_delisting_due
from apps.trading.services.taken import Taken
from apps.trading.services.volumes import fix_volumes
from apps.trading.types import ACCOUNT_TRANSITIONS, AccountStatus, OrderCause, TriggerStatus

LIQUIDATED = "LIQUIDATED"
DRAWDOWN = "DRAWDOWN"
_ACTOR = Actor.system("trading.mark-to-market")
_CAUSES = {
    TriggerKind.STOP: OrderCause.STOP,
    TriggerKind.TARGET: OrderCause.TARGET,
    TriggerKind.TRAILING: OrderCause.TRAILING,
    TriggerKind.TIME: OrderCause.TIME_EXIT,
}


@dataclass(frozen=True, slots=True)
class Scene:
    """A locked account whose positions all have a believable price, and the moment it is looked at."""

    account: PropAccount
    positions: dict[str, Position]
    policy: Policy
    board: MarketBoard
    now: datetime

    def held(self) -> list[Position]:
        """The open positions by symbol."""
        return [row for row in self.positions.values() if row.size_lots != 0]

    def measure(self) -> margin.Margins:
        """The account as it stands now, at the board's marks."""
        symbols = [row.symbol for row in self.held()]
        state = build_state(self.account, self.positions.values())
        return margin.measure(state, self.board.quotes(symbols), self.board.instruments(symbols))

    def is_liquidatable(self) -> bool:
        """Whether maintenance margin is gone, on the cross side or behind an isolated position."""
        symbols = [row.symbol for row in self.held()]
        state = build_state(self.account, self.positions.values())
        return margin.is_liquidatable(state, self.board.quotes(symbols), self.board.instruments(symbols))

    def close(self, cause: OrderCause) -> str:
        """Close at the market; returns why that is not possible now, or nothing."""
        return close_positions(
            account=self.account,
            positions=self.positions,
            policy=self.policy,
            board=self.board,
            cause=cause,
            now=self.now,
        )


def settle_delistings(scene: Scene) -> None:
    """Close what was delisted long enough ago at its last accepted price, however old that is.

    What a kill switch halts stays as it is until the switch is lifted.
    """
    due = [row.symbol for row in scene.held() if is_delisting_due(scene.board, row.symbol, scene.now)]
    due = [symbol for symbol, mode in effective_modes(due).items() if mode != TradingMode.HALTED]
    if not due:
        return
    blotter, standing = _open_books(scene)
    for symbol in due:
        executed = settle_delisted(
            state=build_state(scene.account, scene.positions.values()),
            symbol=symbol,
            quote=scene.board.quotes([symbol])[symbol],
            instrument=scene.board.instruments([symbol])[symbol],
        )
        if isinstance(executed, Executed):
            _enter(scene, blotter, standing, executed, symbol=symbol, cause=OrderCause.DELISTING)
    blotter.write()


def fire_exits(scene: Scene) -> None:
    """Move the trailing exits behind the marks, then close each position of which one is hit, with its exit fired.

    An order that the exchange denies leaves the exit standing: it is tried again at the next mark.
    """
    blotter, standing = _open_books(scene)
    if not standing:
        return
    modes = effective_modes({symbol for symbol, _ in standing})
    for symbol in sorted(modes):
        if symbol not in scene.positions or scene.positions[symbol].size_lots == 0:
            continue
        rows = [row for (name, _), row in standing.items() if name == symbol]
        review = triggers.review(
            triggers=[exits.value_of(row) for row in rows],
            quote=scene.board.quotes([symbol])[symbol],
            instrument=scene.board.instruments([symbol])[symbol],
            now_ms=scene.board.at_ms,
        )
        _move(standing, review.moved)
        if review.fired is None or modes[symbol] == TradingMode.HALTED:
            continue
        executed = _exit(scene, symbol)
        if isinstance(executed, Executed):
            fired = standing[symbol, review.fired.kind.value]
            cause = _CAUSES[review.fired.kind]
            _enter(scene, blotter, standing, executed, symbol=symbol, cause=cause, fired=fired)
    blotter.write()
    failpoints.reach("trading.after-trigger-fired")


def leave_market(scene: Scene) -> None:
    """Liquidate what has lost its maintenance margin; then, at the policy's drawdown, close everything and lock.

    Liquidated for good is an account whose cross side was liquidated and which holds nothing any more.
    """
    if scene.is_liquidatable():
        crossed = {row.symbol: row.size_lots for row in scene.held() if not row.is_isolated}
        problem = scene.close(OrderCause.LIQUIDATION)
        failpoints.reach("trading.after-liquidation-order")
        touched = any(scene.positions[symbol].size_lots != lots for symbol, lots in crossed.items())
        if not problem and touched and not scene.held():
            _end(scene, AccountStatus.LIQUIDATED, LIQUIDATED)
            return
    if is_drawn_down(scene.account, scene.policy, scene.measure().equity_micros):
        problem = scene.close(OrderCause.DRAWDOWN)
        if not problem and not scene.held():
            _end(scene, AccountStatus.LOCKED, DRAWDOWN)


def is_drawn_down(account: PropAccount, policy: Policy, equity_micros: int) -> bool:
    """Whether the account has fallen by the policy's drawdown from its peak; a locked one has been dealt with."""
    base = max(account.drawdown_base_micros, equity_micros)
    fallen = forced_exits.is_drawn_down(base, equity_micros, policy.max_drawdown_bps)
    return bool(fallen) and account.status != AccountStatus.LOCKED


def _end(scene: Scene, to: AccountStatus, reason: str) -> None:
    fields = {"status_reason": reason}
    if to == AccountStatus.LIQUIDATED:
        fields |= {"closed_at": scene.now, "closed_reason": reason}  # type: ignore[dict-item] # columns of several types
    states.advance(scene.account, to=to, table=ACCOUNT_TRANSITIONS, **fields)
    audit.record(
        verb=f"trading.account.{to.value}", by=_ACTOR, subject=scene.account, reason=reason, now=scene.now
    )


def _open_books(scene: Scene) -> tuple[Blotter, exits.Standing]:
    fix_volumes([scene.account], now=scene.now)
    return Blotter(scene.now), exits.load_standing([scene.account.pk]).get(scene.account.pk, {})


def _enter(
    scene: Scene,
    blotter: Blotter,
    standing: exits.Standing,
    executed: Executed,
    *,
    symbol: str,
    cause: OrderCause,
    fired: TriggerOrder | None = None,
) -> None:
    ticket = Ticket(
        asset_id=scene.board.asset_id(symbol),
        quote=scene.board.quotes([symbol])[symbol],
        cause=cause,
        instrument=scene.board.instruments([symbol])[symbol],
        trigger=fired,
    )
    enter(
        blotter,
        account=scene.account,
        positions=scene.positions,
        standing=standing,
        executed=executed,
        ticket=ticket,
    )


def _move(standing: exits.Standing, moved: Sequence[Trigger]) -> None:
    for trigger in moved:
        row = standing[trigger.symbol, trigger.kind.value]
        row.best_micros = trigger.best_micros
        mine = TriggerOrder.objects.filter(pk=row.pk, status=TriggerStatus.STANDING)
        mine.update(best_micros=row.best_micros)


def _exit(scene: Scene, symbol: str) -> Executed | Denied:
    book = scene.board.book(symbol)
    return exit_position(
        state=build_state(scene.account, scene.positions.values()),
        symbol=symbol,
        quote=scene.board.quotes([symbol])[symbol],
        book=book,
        instrument=scene.board.instruments([symbol])[symbol],
        policy=scene.policy,
        now_ms=scene.board.at_ms,
        taken_lots=Taken([scene.account], [book] if book else []).lots_out(scene.positions[symbol], book),
    )
