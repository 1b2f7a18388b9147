"""Stable codes as sentences for people; a code without a sentence is shown as it is, spelt out."""

import re

from apps.web import formats

_RANGE = re.compile(r", allowed [01]\.\.(\d+)")
_UNIT = re.compile(r"( in)? micro-dollars")
_MS = re.compile(r"(\d+) ms\b")
_NUMBER = re.compile(r"-?\d+")
_PRICE = re.compile(r"\b(at|mark|mid|bid|ask|of) (\d{4,})")
DENIALS = {
    "NOTHING_TO_DO": "There was nothing to do",
    "ACCOUNT_NOT_TRADABLE": "The account is not active",
    "INTENT_INVALID": "The request made no sense",
    "ASSET_NOT_ALLOWED": "This asset is not allowed here",
    "ASSET_DELISTED": "The venue has delisted this asset",
    "ASSET_ISOLATED_ONLY": "The venue allows isolated margin only",
    "TOO_MANY_ACTIONS": "Too many actions in the window",
    "COOLDOWN": "Too soon after the last action",
    "PRICE_MISSING": "There was no price",
    "PRICE_STALE": "The price was too old",
    "PRICE_NOT_SANE": "The price looked wrong",
    "PRICE_NOT_POSITIVE": "The newest price was zero or negative",
    "PRICE_NOT_A_NUMBER": "The newest price was no number",
    "PRICE_JUMP": "The price jumped and was not confirmed yet",
    "BOOK_NOT_SANE": "The order book looked wrong",
    "MARKS_MISSING": "An open position had no price",
    "NO_POSITION": "There was no position to act on",
    "REDUCE_ONLY_WOULD_GROW": "Reduce-only, but it would have grown the position",
    "OPPOSITE_POSITION": "A position on the other side is open",
    "FLIP_SAME_SIDE": "Already on that side",
    "LEVERAGE_ABOVE_POLICY": "More leverage than the rules allow",
    "LEVERAGE_ABOVE_ASSET": "More leverage than the asset allows",
    "LEVERAGE_ABOVE_TIER": "More leverage than a position of this size allows",
    "SIZE_BELOW_LOT": "Smaller than one lot",
    "BELOW_MIN_NOTIONAL": "Below the smallest order",
    "ABOVE_MAX_ORDER": "Above the largest order",
    "SLIPPAGE_TOO_LARGE": "It would have moved the price too far",
    "ABOVE_MAX_POSITION": "The position would be too large",
    "ABOVE_MAX_EXPOSURE": "Total exposure would be too large",
    "INSUFFICIENT_MARGIN": "Not enough margin",
}
AUDITION_REASONS = {
    "TARGET_REACHED": "Touched the profit target",
    "TARGET_MISSED": "Time ran out below the target",
    "MAX_LOSS": "Fell to the loss limit",
    "ACCOUNT_CLOSED": "The account was closed early",
    "CONCENTRATED": "Too much of the profit came from one asset",
    "TOO_FEW_ORDERS": "Reached the target with too few orders",
}
RUN_STATES = {
    "queued": "Waiting for its turn",
    "running": "Thinking",
    "failed": "No usable answer",
    "skipped": "Slot missed",
}


def spelt_out(code: str) -> str:
    """`PRICE_STALE` as "Price stale"; anything that is no code stays as it is."""
    return code.replace("_", " ").capitalize() if code.isupper() else code


def denial(code: str, detail: str = "") -> str:
    """Why a gate said no, with the gate's figures where it gave some."""
    words = DENIALS.get(code, spelt_out(code))
    return f"{words}: {figures(detail)}" if detail else words


def figures(detail: str) -> str:
    """A gate's sentence with its micro-dollars and milliseconds as dollars and seconds.

    >>> figures("exposure in micro-dollars is 142488249894, allowed 0..100000000000")
    'exposure is $142,488.24, at most $100,000.00'
    """
    text = _RANGE.sub(r", at most \1", detail)
    if "micro-dollars" in text or text.startswith("initial margin"):
        text = _UNIT.sub("", text)
        return _NUMBER.sub(lambda found: formats.dollars(int(found[0])), text)
    if _MS.search(text):
        return _NUMBER.sub(lambda found: f"{int(found[0]) / 1000:g} s", _MS.sub(r"\1", text))
    return _PRICE.sub(lambda found: f"{found[1]} {formats.price(int(found[2]))}", text)


def audition_reason(code: str) -> str:
    """Why an audition ended."""
    return AUDITION_REASONS.get(code, spelt_out(code))
