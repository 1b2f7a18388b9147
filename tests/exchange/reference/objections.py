"""Why the venue would refuse an intent, foretold from the exact account: what is sure, and what only rounding decides."""

from dataclasses import dataclass, field
from fractions import Fraction

from apps.exchange.types import (
    AccountState,
    ActionKind,
    DenyReason,
    Instrument,
    OrderIntent,
    Policy,
    TradingMode,
)
from tests.exchange.reference import rules
from tests.exchange.reference.account import Account, Quotes, Venue

SHRINKING = (ActionKind.CLOSE, ActionKind.REDUCE)


@dataclass
class Objections:
    """Reasons that certainly hold, and those too close to call within the roundings."""

    certain: set[DenyReason] = field(default_factory=set)
    possible: set[DenyReason] = field(default_factory=set)

    def add(self, reason: DenyReason, excess: Fraction | int, slack: Fraction | int = 0) -> None:
        """Weigh how far a limit is passed: above zero is a breach, within the slack nobody can tell."""
        if excess > slack:
            self.certain.add(reason)
        elif slack and excess >= -slack:
            self.possible.add(reason)

    def when(self, reason: DenyReason, is_so: bool) -> None:
        """Add a reason that needs no weighing."""
        if is_so:
            self.certain.add(reason)


@dataclass(frozen=True)
class Plan:
    """The lots an intent closes and opens, and the direction it trades in."""

    side: int
    close: int
    open: int


def plan(intent: OrderIntent, account: Account, instrument: Instrument, mark: int) -> Plan:
    """What the order amounts to; a notional buys as many whole lots as it covers at the mark."""
    one = account.held.get(intent.symbol)
    held = abs(one.lots) if one else 0
    against = (-1 if one.lots > 0 else 1) if one else int(intent.side)
    scale = 10**instrument.size_decimals
    lots = intent.size_lots or int(Fraction(intent.notional_micros * scale, mark))
    if intent.kind == ActionKind.CLOSE:
        return Plan(against, held, 0)
    if intent.kind == ActionKind.REDUCE:
        return Plan(against, min(lots, held), 0)
    if intent.kind == ActionKind.FLIP:
        names_size = intent.size_lots or intent.notional_micros
        return Plan(int(intent.side), held, lots if names_size else held)
    return Plan(int(intent.side), 0, lots)


def before_filling(
    intent: OrderIntent,
    account: Account,
    *,
    state: AccountState,
    instrument: Instrument,
    quotes: Quotes,
    policy: Policy,
    halt: TradingMode,
) -> tuple[Plan, Objections]:
    """The order and every objection that needs no fill."""
    against = Objections()
    grows = intent.kind not in SHRINKING
    one = account.held.get(intent.symbol)
    mark = quotes[intent.symbol].mark_micros
    order = plan(intent, account, instrument, mark)
    reducing = halt == TradingMode.REDUCING or state.status == "reduce_only"
    against.when(DenyReason.TRADING_HALTED, halt == TradingMode.HALTED)
    against.when(DenyReason.ONLY_REDUCING, grows and reducing)
    against.when(DenyReason.ACCOUNT_NOT_TRADABLE, state.status not in ("active", "reduce_only"))
    against.when(DenyReason.NO_POSITION, intent.kind != ActionKind.OPEN and one is None)
    if one is not None:
        same = one.lots * intent.side > 0
        against.when(DenyReason.OPPOSITE_POSITION, intent.kind == ActionKind.OPEN and not same)
        against.when(DenyReason.FLIP_SAME_SIDE, intent.kind == ActionKind.FLIP and same)
        isolated = intent.is_isolated or instrument.only_isolated
        differs = one.isolated and one.leverage != intent.leverage
        mixes = intent.kind == ActionKind.OPEN and (one.isolated != isolated or differs)
        against.when(DenyReason.MARGIN_MODE_MISMATCH, mixes)
    against.when(DenyReason.SIZE_BELOW_LOT, (order.open if grows else order.close) < 1)
    least = rules.worth(mark, order.open if grows else order.close, instrument)
    whole = not grows and one is not None and order.close == abs(one.lots)
    if not whole:
        against.add(DenyReason.BELOW_MIN_NOTIONAL, policy.min_notional_micros - least, Fraction(1, 2))
    if grows:
        against.when(DenyReason.ASSET_DELISTED, instrument.is_delisted)
        against.add(DenyReason.LEVERAGE_ABOVE_POLICY, intent.leverage - policy.max_leverage)
        against.add(DenyReason.LEVERAGE_ABOVE_ASSET, intent.leverage - instrument.max_leverage)
        value = rules.worth(mark, order.close + order.open, instrument)
        against.add(DenyReason.ABOVE_MAX_ORDER, value - rules.market_order_limit(instrument), Fraction(1, 2))
    return order, against


def of_margins(against: Objections, symbol: str, account: Account, quotes: Quotes, venue: Venue) -> None:
    """Add the objection to trading beside a liquidation that is due: of the position in question, of the cross side."""
    slack = account.slack + 3 * len(account.held)
    for name in {*account.cross()[:1], *({symbol} & set(account.isolated()))}:
        value, required = account.pool(name, quotes, venue)
        against.add(DenyReason.LIQUIDATION_DUE, required - value, slack)


def after_filling(
    against: Objections,
    intent: OrderIntent,
    after: Account,
    *,
    venue: Venue,
    quotes: Quotes,
    policy: Policy,
) -> None:
    """Add the objections to the account that the fills would leave behind."""
    instrument = venue[intent.symbol]
    value = abs(after.notional(intent.symbol, quotes, venue))
    low, high = (rules.leverage_allowed(value + nudge, instrument) for nudge in (1, -1))
    against.when(DenyReason.LEVERAGE_ABOVE_TIER, intent.leverage > max(low, high))
    if min(low, high) < intent.leverage <= max(low, high):
        against.possible.add(DenyReason.LEVERAGE_ABOVE_TIER)
    slack = after.slack + 2 * len(after.held)
    exposure = sum(abs(after.notional(symbol, quotes, venue)) for symbol in after.held)
    room = policy.max_account_leverage * after.equity(quotes, venue)
    against.add(DenyReason.ABOVE_MAX_ACCOUNT_LEVERAGE, exposure - room, slack * policy.max_account_leverage)
    if after.held[intent.symbol].isolated:
        value, required = after.pool(intent.symbol, quotes, venue)
        against.add(DenyReason.INSUFFICIENT_MARGIN, required - value, slack)
    needed = after.cross_initial(quotes, venue)
    against.add(DenyReason.INSUFFICIENT_MARGIN, needed - after.cross_value(quotes, venue), slack)
