"""What may be booked as a correction of cash: held against it when it is asked for, and again when it is booked."""

from apps.core.errors import Conflict, InvalidInput
from apps.trading.models import PropAccount
from apps.trading.services.account_state import load_positions

LARGEST_MICROS = 10**15 - 1


def require_amount(amount_micros: int) -> None:
    """Raise InvalidInput unless these are micro-dollars that a ledger books: not zero and below a billion dollars."""
    if isinstance(amount_micros, bool) or not 0 < abs(amount_micros) <= LARGEST_MICROS:
        raise InvalidInput("An adjustment is not zero, and below a billion dollars either way.")


def require_adjustable(account: PropAccount, amount_micros: int) -> None:
    """Raise InvalidInput as `require_amount` does, Conflict (INSUFFICIENT_CASH) for more than the free cash."""
    require_amount(amount_micros)
    # A margin that funding took below zero frees nothing.
    earmarked = sum(max(0, row.margin_micros) for row in load_positions(account).values())
    if amount_micros < 0 and account.cash_micros - earmarked + amount_micros < 0:
        raise Conflict("The account has less free cash than that; it cannot owe.", code="INSUFFICIENT_CASH")
