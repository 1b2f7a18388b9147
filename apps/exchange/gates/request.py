"""The first gates: what is asked for, before any size is known."""

from apps.exchange import prices
from apps.exchange.gates.case import SHRINKING, Case, Check, Gate, in_range
from apps.exchange.types import ACTIVE, ActionKind, DenyReason

NEED_POSITION = (ActionKind.CLOSE, ActionKind.REDUCE, ActionKind.FLIP)


def _asks_for_something(case: Case) -> str | None:
    return "hold asks for no order" if case.intent.kind == ActionKind.HOLD else None


def _account_is_active(case: Case) -> str | None:
    return None if case.state.status == ACTIVE else f"the account is {case.state.status}"


def _intent_is_valid(case: Case) -> str | None:
    intent = case.intent
    if intent.symbol != case.instrument.symbol:
        return f"intent is for {intent.symbol}, instrument for {case.instrument.symbol}"
    if case.quote is not None and case.quote.symbol != intent.symbol:
        return f"intent is for {intent.symbol}, quote for {case.quote.symbol}"
    if min(intent.size_lots, intent.notional_micros) < 0 or (intent.size_lots and intent.notional_micros):
        return "give a positive size or a positive notional, not both"
    needs_size = intent.kind in (ActionKind.OPEN, ActionKind.REDUCE)
    if needs_size and not (intent.size_lots or intent.notional_micros):
        return f"{intent.kind} needs a size or a notional"
    return None if intent.leverage >= 1 else f"leverage is {intent.leverage}, at least 1 is needed"


def _asset_is_allowed(case: Case) -> str | None:
    if not case.grows or case.intent.symbol in case.policy.allowed_symbols:
        return None
    return f"{case.intent.symbol} is not among the policy's assets"


def _asset_is_listed(case: Case) -> str | None:
    return f"{case.intent.symbol} is delisted" if case.grows and case.instrument.is_delisted else None


def _has_position(case: Case) -> str | None:
    if case.held is not None or case.intent.kind not in NEED_POSITION:
        return None
    return f"there is no position in {case.intent.symbol}"


def _reduce_only_reduces(case: Case) -> str | None:
    if not case.intent.reduce_only or case.intent.kind in SHRINKING:
        return None
    against = case.held is not None and case.held.size_lots * case.intent.side < 0
    if case.intent.kind == ActionKind.OPEN and against:
        return None
    return "a reduce-only order must be against an open position"


def _is_not_opposite(case: Case) -> str | None:
    if case.intent.kind != ActionKind.OPEN or case.intent.reduce_only or case.held is None:
        return None
    same = case.held.size_lots * case.intent.side > 0
    return None if same else "a position is open on the other side: reduce, close or flip it"


def _flip_turns(case: Case) -> str | None:
    if case.intent.kind != ActionKind.FLIP or case.held is None:
        return None
    turns = case.held.size_lots * case.intent.side < 0
    return None if turns else "the position is on this side already"


def _policy_leverage(case: Case) -> str | None:
    return in_range("leverage", 1, case.intent.leverage, case.policy.max_leverage) if case.grows else None


def _asset_leverage(case: Case) -> str | None:
    return in_range("leverage", 1, case.intent.leverage, case.instrument.max_leverage) if case.grows else None


def _window_has_room(case: Case) -> str | None:
    if not case.grows:
        return None
    limit = case.policy.max_actions_per_window
    return in_range("actions in the window with this one", 1, case.state.actions_in_window + 1, limit)


def _has_cooled_down(case: Case) -> str | None:
    last = case.state.last_action_at_ms
    if not case.grows or last is None or case.now_ms - last >= case.policy.cooldown_ms:
        return None
    return f"{case.now_ms - last} ms since the last action, {case.policy.cooldown_ms} are needed"


def _price_check(reason: DenyReason) -> Check:
    def check(case: Case) -> str | None:
        problem = prices.quote_problem(case.quote, case.policy, case.now_ms)
        return problem.detail if problem is not None and problem.reason == reason else None

    return check


def _book_is_sane(case: Case) -> str | None:
    if case.book is None or case.quote is None:
        return None
    problem = prices.book_problem(case.book, case.quote, case.policy)
    return None if problem is None else problem.detail


def _others_are_marked(case: Case) -> str | None:
    if not case.grows:
        return None
    problem = prices.marks_problem(case.state, case.marks, case.instruments, case.policy, case.now_ms)
    return None if problem is None else problem.detail


REQUEST_GATES: tuple[Gate, ...] = (
    (DenyReason.NOTHING_TO_DO, _asks_for_something),
    (DenyReason.ACCOUNT_NOT_TRADABLE, _account_is_active),
    (DenyReason.INTENT_INVALID, _intent_is_valid),
    (DenyReason.ASSET_NOT_ALLOWED, _asset_is_allowed),
    (DenyReason.ASSET_DELISTED, _asset_is_listed),
    (DenyReason.NO_POSITION, _has_position),
    (DenyReason.REDUCE_ONLY_WOULD_GROW, _reduce_only_reduces),
    (DenyReason.OPPOSITE_POSITION, _is_not_opposite),
    (DenyReason.FLIP_SAME_SIDE, _flip_turns),
    (DenyReason.LEVERAGE_ABOVE_POLICY, _policy_leverage),
    (DenyReason.LEVERAGE_ABOVE_ASSET, _asset_leverage),
    (DenyReason.TOO_MANY_ACTIONS, _window_has_room),
    (DenyReason.COOLDOWN, _has_cooled_down),
    (DenyReason.PRICE_MISSING, _price_check(DenyReason.PRICE_MISSING)),
    (DenyReason.PRICE_STALE, _price_check(DenyReason.PRICE_STALE)),
    (DenyReason.PRICE_NOT_POSITIVE, _price_check(DenyReason.PRICE_NOT_POSITIVE)),
    (DenyReason.PRICE_NOT_A_NUMBER, _price_check(DenyReason.PRICE_NOT_A_NUMBER)),
    (DenyReason.PRICE_JUMP, _price_check(DenyReason.PRICE_JUMP)),
    (DenyReason.PRICE_NOT_SANE, _price_check(DenyReason.PRICE_NOT_SANE)),
    (DenyReason.BOOK_NOT_SANE, _book_is_sane),
    (DenyReason.MARKS_MISSING, _others_are_marked),
)
