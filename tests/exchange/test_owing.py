"""An account cannot owe: what a voluntary exit leaves below the isolated margins is lifted, and a line says so."""

from dataclasses import replace

from hypothesis import given, settings

from apps.exchange import margin
from apps.exchange.types import AccountState, Book, BookLevel, Denied, Executed, LedgerKind, Position
from tests.exchange.test_programmes import Step, Venue, programmes
from tests.exchange.world import DOLLAR, INSTRUMENTS, NOW, account, done, intent, marks, position, quote, run

MARK = 100_000 * DOLLAR
AT = {**marks(), "BTC": quote(price=MARK)}
ALONE = Position("BTC", 40_000, 40_000 * DOLLAR, 40, True, 1_000 * DOLLAR)
HOLLOW = Book(
    "BTC",
    NOW,
    (BookLevel(99_999 * DOLLAR, 1), BookLevel(95_000 * DOLLAR, 10**6)),
    (BookLevel(100_001 * DOLLAR, 10**6),),
    "book:hollow",
)


def adjusted(result: Executed) -> list[int]:
    """The corrections among the lines."""
    return [line.amount_micros for line in result.lines if line.kind is LedgerKind.ADJUSTMENT]


def close(state: AccountState) -> Executed:
    """Close in the hollow book, five per cent below the mark."""
    return done(run(state, intent("close"), prices=AT, book=HOLLOW))


def test_a_close_that_loses_more_than_the_cash_leaves_nothing_and_says_what_was_lifted() -> None:
    result = close(account(ALONE, cash=1_000 * DOLLAR))
    assert result.state_after.cash_micros == 0
    fill = result.fills[0]
    assert adjusted(result) == [-(1_000 * DOLLAR + fill.realized_micros - fill.fee_micros)]
    assert result.state_after.cash_micros - 1_000 * DOLLAR == sum(line.amount_micros for line in result.lines)


def test_a_loss_beyond_an_isolated_margin_goes_to_the_cash_while_there_is_some() -> None:
    result = close(account(ALONE, cash=10_000 * DOLLAR))
    assert adjusted(result) == []
    assert result.state_after.cash_micros < 9_000 * DOLLAR


def test_the_margin_of_another_isolated_position_is_not_what_pays() -> None:
    other = replace(position("SOL", 1_000), is_isolated=True, margin_micros=500 * DOLLAR)
    result = close(account(ALONE, other, cash=1_500 * DOLLAR))
    assert result.state_after.cash_micros == 500 * DOLLAR
    assert len(adjusted(result)) == 1


def test_a_cross_position_that_is_left_bears_what_a_close_has_cost() -> None:
    result = close(account(ALONE, position("SOL", 10), cash=1_050 * DOLLAR))
    assert adjusted(result) == []
    assert result.state_after.cash_micros < 0


def test_closing_the_last_cross_position_owes_nothing_to_isolated_margins() -> None:
    other = replace(position("SOL", 1_000), is_isolated=True, margin_micros=500 * DOLLAR)
    cross = replace(ALONE, is_isolated=False, margin_micros=0)
    result = close(account(cross, other, cash=1_500 * DOLLAR))
    assert result.state_after.cash_micros == 500 * DOLLAR
    assert len(adjusted(result)) == 1


@settings(deadline=None)
@given(programmes)
def test_without_a_cross_position_cash_covers_the_isolated_margins(programme: list[Step]) -> None:
    venue = Venue()
    venue.state = account(cash=4_000 * DOLLAR)
    for step in programme:
        before, result = venue.act(step)
        state = venue.state
        if all(one.is_isolated for one in state.positions):
            assert state.cash_micros >= sum(one.margin_micros for one in state.positions), (before, result)
        if isinstance(result, Denied) or not result.fills:
            continue
        if margin.is_liquidatable(before, venue.quotes(), INSTRUMENTS):
            symbol = result.fills[0].symbol
            assert any(one.is_isolated and one.symbol != symbol for one in before.positions)
