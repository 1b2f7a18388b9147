"""The compiled form of the kernel: its functions over figures made compilable, one primitive given a second body.

Importing this module imports the compiler, so only who wants the speed imports it, and never at start-up.
Inputs are bounded by `rounding.MAX_MICROS`: below it the compiled integers of 64 bits do not wrap.
"""

from collections.abc import Callable
from hashlib import sha256
from inspect import isfunction
from pathlib import Path
from typing import Any

import numpy as np
from numba import __version__ as version
from numba import config, njit, types
from numba.extending import intrinsic, overload, register_jitable

from apps.exchange import (
    desk,
    fees,
    fills,
    forced_events,
    forced_exits,
    funding,
    gates,
    legs,
    margin,
    positions,
    precision,
    rounding,
    schedule,
    tiers,
    totals,
    trade,
    triggers,
    valuation,
)
from apps.exchange.gates import exits, price, request, result

MODULES = (
    *(rounding, precision, fees, tiers, totals, margin, positions, fills, legs),
    *(gates, request, price, exits, result, trade, triggers, funding, forced_exits),
    *(desk, forced_events, schedule, valuation),
)
"""Every function of these modules may be called by a compiled one; those over other values stay interpreted."""

SECOND_BODIES = (rounding.mul_divmod, desk.borrowed)
"""What is written again for the compiler: the one primitive of arithmetic, and how tables are handed on."""

LARGEST = 2**62
"""What a quotient beyond 62 bits becomes: more than any amount may be, so it fails the same gates as the true one."""

_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFF_FFFF)
_BASE = np.uint64(1 << 32)
_ONE = np.uint64(1)
_ZERO = np.uint64(0)
_BITS = np.uint64(64)


@register_jitable
def _product(a: Any, b: Any) -> Any:
    """Return the high and the low 64 bits of the product of two unsigned integers of 64 bits."""
    a_high, a_low, b_high, b_low = a >> _HALF, a & _LOW, b >> _HALF, b & _LOW
    low = a_low * b_low
    middle = a_high * b_low + (low >> _HALF)
    other = a_low * b_high + (middle & _LOW)
    return a_high * b_high + (middle >> _HALF) + (other >> _HALF), (other << _HALF) | (low & _LOW)


@register_jitable
def _digit(high: Any, next_low: Any, c_high: Any, c_low: Any) -> Any:
    """Return one quotient digit of 32 bits: an estimate by the divisor's leading half, at most two too large."""
    digit = high // c_high
    rest = high - digit * c_high
    while digit >= _BASE or digit * c_low > ((rest << _HALF) | next_low):
        digit -= _ONE
        rest += c_high
        if rest >= _BASE:
            break
    return digit


@register_jitable
def _long_division(high: Any, low: Any, c: Any) -> Any:
    """Return quotient and remainder of a number of 128 bits by one of 64; needs high < c.

    Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D, with two digits of 32 bits.
    """
    shift = _ZERO
    while c >> np.uint64(63) == _ZERO:
        c <<= _ONE
        shift += _ONE
    if shift:
        high = (high << shift) | (low >> (_BITS - shift))
        low <<= shift
    c_high, c_low = c >> _HALF, c & _LOW
    first = _digit(high, low >> _HALF, c_high, c_low)
    high = (high << _HALF) + (low >> _HALF) - first * c
    second = _digit(high, low & _LOW, c_high, c_low)
    rest = (high << _HALF) + (low & _LOW) - second * c
    return (first << _HALF) + second, rest >> shift


def _mul_divmod(a: Any, b: Any, c: Any) -> Any:
    high, low = _product(np.uint64(abs(a)), np.uint64(abs(b)))
    divisor = np.uint64(c)
    is_positive = (a < 0) == (b < 0)
    if high >= divisor:
        return LARGEST if is_positive else -LARGEST, 0
    if high == _ZERO:
        quotient, rest = low // divisor, low % divisor
    else:
        quotient, rest = _long_division(high, low, divisor)
    if quotient >= np.uint64(LARGEST):
        return LARGEST if is_positive else -LARGEST, 0
    whole, remainder = np.int64(quotient), np.int64(rest)
    if is_positive:
        return whole, remainder
    if remainder == 0:
        return -whole, remainder
    return -whole - 1, np.int64(c) - remainder


@overload(rounding.mul_divmod)
def _typed(a: Any, b: Any, c: Any) -> Callable[..., Any]:
    return _mul_divmod


def _without_owner(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Return the value with no owner in any array of it: references to nobody are not counted."""
    if isinstance(kind, types.Array):
        view = context.make_array(kind)(context, builder, value)
        view.meminfo = context.get_constant_null(types.MemInfoPointer(kind.dtype))
        return view._getvalue()
    if isinstance(kind, types.BaseTuple):
        parts: Any = kind
        for place, part in enumerate(parts):
            inner = _without_owner(context, builder, part, builder.extract_value(value, place))
            value = builder.insert_value(value, inner, place)
    return value


@intrinsic
def _borrow(_typing: Any, tables: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _without_owner(context, builder, signature.args[0], arguments[0])

    return tables(tables), generate


def _borrowed(tables: Any) -> Any:
    return _borrow(tables)  # type: ignore[call-arg] # the compiler passes the first argument itself


@overload(desk.borrowed)
def _typed_borrowed(tables: Any) -> Callable[..., Any]:
    """Whoever calls keeps the tables alive until the compiled function returns."""
    return _borrowed


def sources_digest(folder: Path) -> str:
    """Digest of every source of the package: the compiler looks at the file of the outermost function only."""
    digest = sha256(version.encode())
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


_PACKAGE = Path(__file__).parent
_FOLDER = Path(getattr(config, "CACHE_DIR", "") or _PACKAGE / "__pycache__") / sources_digest(_PACKAGE)
vars(config)["CACHE_DIR"] = str(_FOLDER)


def compile_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the compiled form of a function over figures; it is compiled at its first call and kept on disk.

    What is kept lies in a folder named after the sources, so no change of a rule finds an older form of it.
    """
    return njit(cache=True, error_model="numpy")(function)


for _module in MODULES:
    for _function in list(vars(_module).values()):
        is_own = isfunction(_function) and _function.__module__ == _module.__name__
        if is_own and _function not in SECOND_BODIES:
            register_jitable(_function)
