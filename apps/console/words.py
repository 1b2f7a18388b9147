"""How prices, sizes, profits and moments read on the console's own pages."""

from datetime import datetime

from apps.core.money import scaled_text
from apps.operations.admin_columns import money

MINUS = "−"


def signed(micros: int) -> str:
    """Micro-dollars with their sign: "+$12.00"."""
    return f"+{money(micros)}" if micros > 0 else money(micros)


def tone(amount: int) -> str:
    """The colour of an amount: up, down, or none."""
    return "up" if amount > 0 else "down" if amount < 0 else ""


def percent(bps: int, *, is_signed: bool = False) -> str:
    """Basis points as a percentage with two places."""
    sign = MINUS if bps < 0 else "+" if is_signed and bps > 0 else ""
    return f"{sign}{abs(bps) // 100:,}.{abs(bps) % 100:02d}%"


def size(lots: int, decimals: int) -> str:
    """Unsigned lots as units of the asset."""
    whole, _, rest = scaled_text(abs(lots), decimals).partition(".")
    return f"{int(whole):,}{'.' if rest else ''}{rest}"


def moment(at: datetime | None) -> str:
    """A moment in UTC that does not break: "22 Oct, 16:56:08"."""
    return "never" if at is None else f"{at.day} {at:%b, %H:%M:%S}".replace(" ", "\u00a0")
