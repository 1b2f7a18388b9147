"""Following forced exits: which position goes, how much of it, at what price, and who bears what is missing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

from apps.exchange.types import Book, Executed, ExitCause, LedgerKind
from tests.exchange.reference import rules
from tests.exchange.reference.following import Desk, check, near

TWO_THIRDS = Fraction(2, 3)
LARGE = 100_000 * rules.DOLLAR
PAUSE_MS = 30_000


def posted(executed: Executed, kind: LedgerKind) -> int:
    """The sum of the lines of a kind."""
    return sum(line.amount_micros for line in executed.lines if line.kind == kind)


def follow_liquidation(
    desk: Desk, results: Sequence[Executed], books: Mapping[str, Book], now_ms: int, tally: Counter[str]
) -> None:
    """Check a chain of forced exits: isolated positions first, by symbol, then the cross ones, largest first."""
    waiting, clock = list(results), (now_ms, desk.state.partial_at_ms)
    for symbol in desk.account.isolated():
        is_next = bool(waiting) and waiting[0].fills[0].symbol == symbol
        _agree(desk, symbol, is_next)
        if is_next:
            _leave(desk, waiting.pop(0), books, clock, tally)
    cross = desk.account.cross()
    if not cross:
        check(not waiting, "an exit that nothing explains", waiting)
        return
    _agree(desk, cross[0], bool(waiting))
    if waiting:
        _check_cause(desk, cross[0], waiting[0])
    if waiting and waiting[0].exit_cause == ExitCause.BACKSTOP:
        check(
            {one.fills[0].symbol for one in waiting} == set(cross), "the backstop leaves some behind", waiting
        )
        for executed in waiting:
            _transfer(desk, executed)
            tally["backstop cross"] += 1
        return
    while waiting:
        executed = waiting.pop(0)
        _check_order(desk, executed, results)
        _leave(desk, executed, books, clock, tally)
        untouched = set(desk.account.cross()) - {one.fills[0].symbol for one in results if one not in waiting}
        if untouched:
            _agree(desk, min(untouched), bool(waiting))


def _slack(desk: Desk) -> Fraction:
    return desk.account.slack + 3 * len(desk.account.held)


def _agree(desk: Desk, symbol: str, is_forced: bool) -> None:
    falls = desk.below(symbol, slack=_slack(desk))
    check(falls in (None, is_forced), f"{symbol}: forced out {is_forced}, spent {falls}", desk.account)


def _check_cause(desk: Desk, symbol: str, executed: Executed) -> None:
    deep = desk.below(symbol, TWO_THIRDS, _slack(desk))
    said = executed.exit_cause == ExitCause.BACKSTOP
    check(deep in (None, said), f"{symbol}: backstop {said}, below two thirds {deep}", executed)


def _check_order(desk: Desk, executed: Executed, results: Sequence[Executed]) -> None:
    """The largest of those that had no exit yet goes next; equal ones by symbol."""
    symbol = executed.fills[0].symbol
    earlier = {one.fills[0].symbol for one in results[: results.index(executed)]}
    sizes = {
        name: abs(desk.account.notional(name, desk.quotes, desk.venue))
        for name in desk.account.cross()
        if name not in earlier
    }
    check(sizes[symbol] >= max(sizes.values()) - 1, "a larger position was left for later", symbol, sizes)


def _leave(
    desk: Desk,
    executed: Executed,
    books: Mapping[str, Book],
    clock: tuple[int, int | None],
    tally: Counter[str],
) -> None:
    """Check one forced exit; the clock says when it is and when a part was taken before the whole chain."""
    now_ms, last = clock
    fill = executed.fills[0]
    symbol = fill.symbol
    isolated = desk.account.held[symbol].isolated
    if isolated:
        _check_cause(desk, symbol, executed)
    if executed.exit_cause == ExitCause.BACKSTOP:
        _transfer(desk, executed)
        tally["backstop isolated"] += 1
        return
    held = abs(desk.account.held[symbol].lots)
    large = abs(desk.account.notional(symbol, desk.quotes, desk.venue)) > LARGE
    part = large and (last is None or now_ms - last > PAUSE_MS)
    check(
        (executed.exit_cause == ExitCause.PARTIAL) == part,
        "a part or the whole",
        executed,
        large,
        last,
        now_ms,
    )
    check(fill.size_lots == (-(-held // 5) if part else held), "another size", executed, held)
    check(not part or executed.state_after.partial_at_ms == now_ms, "the part is not on record", executed)
    cash, margin = desk.account.cash, desk.account.held[symbol].margin
    desk.follow_fill(fill, leverage=0, isolated=isolated, taken=0, book=books.get(symbol), forced=True)
    left = desk.account.held.get(symbol)
    change = desk.account.cash - cash + margin - (left.margin if left else 0)
    lift(desk, executed, change if isolated else desk.account.cross_value(desk.quotes, desk.venue))
    desk.accept(executed)
    tally[f"{executed.exit_cause} {'isolated' if isolated else 'cross'}"] += 1


def lift(desk: Desk, executed: Executed, left: Fraction) -> None:
    """A margin that is worth less than nothing once its positions are gone is lifted to nothing."""
    isolated = executed.position_before is not None and executed.position_before.is_isolated
    is_over = isolated or not desk.account.cross()
    lifted = max(-left, Fraction(0)) if is_over else Fraction(0)
    near("adjustment", posted(executed, LedgerKind.ADJUSTMENT), lifted, _slack(desk) + 2)
    desk.account.cash += lifted


def _transfer(desk: Desk, executed: Executed) -> None:
    """The backstop takes a position at the mark, and with the last of a margin whatever is left of it."""
    fill = executed.fills[0]
    isolated = desk.account.held[fill.symbol].isolated
    cash, margin = desk.account.cash, desk.account.held[fill.symbol].margin
    check(executed.position_after is None, "the backstop takes the whole position", executed)
    desk.follow_transfer(fill, desk.quotes[fill.symbol].mark_micros)
    left = Fraction(0)
    if isolated:
        left = desk.account.cash - cash + margin
    elif not desk.account.cross():
        left = desk.account.cross_value(desk.quotes, desk.venue)
    slack = _slack(desk) + 2
    near("taken by the backstop", posted(executed, LedgerKind.BACKSTOP), -max(left, Fraction(0)), slack)
    near("adjustment", posted(executed, LedgerKind.ADJUSTMENT), max(-left, Fraction(0)), slack)
    desk.account.cash -= left
    desk.accept(executed)
