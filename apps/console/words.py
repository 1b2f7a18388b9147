"""How prices, sizes, profits and moments read on the console's own pages."""

from datetime import datetime

from apps.core.money import scaled_text
from apps.operations.admin_columns import money

MINUS = "−"
CENT = 10_000


def signed(micros: int) -> str:
    """Micro-dollars with every digit and their sign: "+$12.00", "−$0.580943"."""
    return f"{'+' if micros > 0 else ''}{money(micros, is_exact=True)}"


def cents(micros: int) -> str:
    """Micro-dollars with their sign to the cent, so that columns line up; less than a cent is said as that."""
    if 0 < abs(micros) < CENT:
        return f"{'+' if micros > 0 else MINUS}<$0.01"
    return signed(micros // CENT * CENT if micros >= 0 else -(-micros // CENT * CENT))


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
