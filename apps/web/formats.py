"""How amounts, rates, sizes and spans read on a page; exact integers in, text out."""

from datetime import datetime, timedelta

from apps.exchange import performance

MINUS = "−"
NO_BREAK = "\u00a0"


def dollars(micros: int, *, places: int = 2) -> str:
    """Micro-dollars as "$1,234.56"; cut, never rounded up, with a true minus sign."""
    whole, rest = divmod(abs(micros), 1_000_000)
    text = f"${whole:,}"
    if places:
        text += "." + f"{rest:06d}"[:places]
    return f"{MINUS}{text}" if micros < 0 else text


def small_dollars(micros: int) -> str:
    """Micro-dollars with a sign, to the cent; what is below a cent keeps its digits: "−$0.0021"."""
    return signed_dollars(micros, places=4 if 0 < abs(micros) < 10_000 else 2)


def signed_dollars(micros: int, *, places: int = 2) -> str:
    """Micro-dollars with an explicit sign: "+$12.00"."""
    return f"+{dollars(micros, places=places)}" if micros > 0 else dollars(micros, places=places)


def percent(bps: int, *, signed: bool = True) -> str:
    """Basis points as a percentage with two places: 184 becomes "+1.84%"."""
    whole, rest = divmod(abs(bps), 100)
    sign = MINUS if bps < 0 else ("+" if signed and bps > 0 else "")
    return f"{sign}{whole:,}.{rest:02d}%"


def price(micros: int) -> str:
    """A price in micro-dollars with enough places to read five significant figures."""
    if abs(micros) >= 1_000_000_000:
        return dollars(micros, places=2 if abs(micros) < 10_000_000_000 else 1)
    return dollars(micros, places=4 if abs(micros) >= 1_000_000 else 6)


def size(lots: int, *, decimals: int) -> str:
    """A size in lots as units of the asset, without trailing zeros."""
    whole, rest = divmod(abs(lots), 10**decimals)
    tail = f"{rest:0{decimals}d}".rstrip("0") if decimals else ""
    return f"{whole:,}.{tail}" if tail else f"{whole:,}"


def tone(amount: int) -> str:
    """Which of the three colours an amount has: up, down or flat."""
    return "up" if amount > 0 else "down" if amount < 0 else "flat"


def span(delta: timedelta) -> str:
    """A length of time in its two largest units: "3 h 20 min"; never negative."""
    seconds = max(0, int(delta.total_seconds()))
    units = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
    parts: list[str] = []
    for length, name in units:
        count, seconds = divmod(seconds, length)
        if count or (length == 1 and not parts):
            parts.append(f"{count}{NO_BREAK}{name}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts)


def moment(at: datetime) -> str:
    """A time of day in UTC with its date: "21 Nov 14:31:05"."""
    return f"{at.day}{NO_BREAK}{at:%b %H:%M:%S}"


def return_bps(*, start_micros: int, equity_micros: int) -> int:
    """What an account earned on its start, in basis points, by the definition of the leaderboard."""
    return performance.return_bps(start_micros, equity_micros)


def short_address(address: str) -> str:
    """Enough of an address to know it by: "0x9d85…37d4"."""
    return f"{address[:6]}…{address[-4:]}"


def ago(delta: timedelta) -> str:
    """How long ago something was, in its largest unit: "just now", "5 min ago", "3 d ago"."""
    return "just now" if delta < timedelta(minutes=1) else f"{span(delta).split(' ')[0]} ago"


def sentence(text: str) -> str:
    """The text with a capital first letter, the rest untouched."""
    return text[:1].upper() + text[1:]
