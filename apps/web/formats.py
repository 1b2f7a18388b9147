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


def signed_cents(cents: int) -> str:
    """Whole cents with an explicit sign: "+$12.00"."""
    return signed_dollars(cents * 10_000)


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


def short_dollars(micros: int) -> str:
    """A large amount in three figures: "$1.95B", "$12.3M", "$845"; cut, never rounded up."""
    sign = MINUS if micros < 0 else ""
    return f"{sign}${short_number(abs(micros), decimals=6)}"


def short_number(amount: int, *, decimals: int) -> str:
    """A large unsigned number of 10**-decimals in three figures: "36.5K", "1.95B", "845"."""
    whole = amount // 10**decimals
    for power, name in ((12, "T"), (9, "B"), (6, "M"), (3, "K")):
        if whole >= 10**power:
            places = 2 if whole < 10 * 10**power else 1 if whole < 100 * 10**power else 0
            head, rest = divmod(whole, 10**power)
            tail = f".{rest * 10**places // 10**power:0{places}d}" if places else ""
            return f"{head}{tail}{name}"
    tail = f"{amount % 10**decimals:0{decimals}d}"[:2] if decimals else ""
    return f"{whole}.{tail}" if whole < 100 and tail.strip("0") else f"{whole}"


def rate(rate_e10: int, *, places: int = 4) -> str:
    """A rate in 1e-10 as a signed percentage: "+0.0013%"; cut towards zero, a tiny one with more places."""
    whole, rest = divmod(abs(rate_e10), 100_000_000)
    digits = f"{rest:08d}"
    shown = places if whole or not rest or digits[:places].strip("0") else max(places, 6)
    text = f"{whole}.{digits[:shown]}%"
    return f"{MINUS}{text}" if rate_e10 < 0 else f"+{text}" if rate_e10 > 0 else text


def share_e6(part_e6: int, *, places: int = 3) -> str:
    """A share in 1e-6 as an unsigned percentage: 1204 becomes "0.120%"."""
    whole, rest = divmod(abs(part_e6), 10_000)
    return f"{whole}.{f'{rest:04d}'[:places]}%"


def probability(price_e6: int) -> str:
    """A probability in 1e-6 in whole percent, "<1%" and ">99%" near the ends."""
    if 0 < price_e6 < 10_000:
        return "<1%"
    return ">99%" if 990_000 < price_e6 < 1_000_000 else f"{(price_e6 + 5_000) // 10_000}%"


def small(micros: int) -> str:
    """Micro-dollars without needless zeros, to the last digit: "$0.5", "$0.000001"."""
    whole, rest = divmod(micros, 1_000_000)
    tail = f"{rest:06d}".rstrip("0")
    return f"${whole:,}.{tail}" if tail else f"${whole:,}"


def eth(wei: int) -> str:
    """Wei as ETH to the last digit, without needless zeros: "0.015 ETH"."""
    whole, rest = divmod(abs(wei), 10**18)
    tail = f"{rest:018d}".rstrip("0")
    amount = f"{whole:,}.{tail}" if tail else f"{whole:,}"
    return f"{MINUS if wei < 0 else ''}{amount}{NO_BREAK}ETH"


def wei(amount: int) -> str:
    """The exact count of wei: "15,000,000,000,000,000 wei"."""
    return f"{amount:,}{NO_BREAK}wei"


def short_hash(digest: str) -> str:
    """Enough of a transaction's hash to find it by: "0x8f21c0…77ab10"."""
    return f"{digest[:8]}…{digest[-6:]}"
