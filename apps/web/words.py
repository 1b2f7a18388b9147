"""Stable codes as sentences for people; a code without a sentence is shown as it is, spelt out."""

import re

from apps.economy.types import NETWORKS
from apps.web import formats

_RANGE = re.compile(r", allowed [01]\.\.(\d+)")
_UNIT = re.compile(r"( in)? micro-dollars")
_MS = re.compile(r"(\d+) ms\b")
_NUMBER = re.compile(r"-?\d+")
_PRICE = re.compile(r"\b(at|mark|mid|bid|ask|of) (\d{4,})")
DENIALS = {
    "NOTHING_TO_DO": "There was nothing to do",
    "TRADING_HALTED": "Trading is halted by a kill switch",
    "ONLY_REDUCING": "Only what shrinks a position may be done now",
    "AMOUNT_OUT_OF_RANGE": "An amount was beyond what the venue can count",
    "MARGIN_MODE_MISMATCH": "The open position has another margin mode or leverage",
    "NO_TRIGGER": "There was no standing exit to cancel",
    "TRIGGER_PRICE_INVALID": "The level was on the wrong side of the price",
    "ABOVE_MAX_NET_EXPOSURE": "Net exposure would be too large",
    "ABOVE_MAX_ACCOUNT_LEVERAGE": "Exposure would be too large for the equity",
    "TOO_MANY_POSITIONS": "Too many positions are open",
    "NOT_LIQUIDATABLE": "The margin still covers the positions",
    "ACTION_EXPIRED": "The decision was too old when it was looked at",
    "CLONE_RETIRED": "The clone was retired after the decision",
    "RUN_ALREADY_EXECUTED": "Another action of the same decision was executed",
    "GATE_ERROR": "The gates could not judge it, so nothing was done",
    "ASSET_UNKNOWN": "The asset is not in the registry",
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
    "LIQUIDATION_DUE": "A margin is spent: the next mark liquidates it",
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
WAITS = {
    "PRICE_MISSING": "has no price",
    "PRICE_STALE": "has no fresh price",
    "PRICE_NOT_SANE": "has a price that looks wrong",
    "PRICE_NOT_POSITIVE": "has a price of zero or less",
    "PRICE_NOT_A_NUMBER": "has a price that is no number",
    "PRICE_JUMP": "has jumped, and a second price must confirm it",
    "BOOK_NOT_SANE": "has an order book that looks wrong",
    "ASSET_DELISTED": "was delisted",
}
ACCOUNT_STATES = {
    "pending": "Not open yet",
    "active": "Trading",
    "reduce_only": "Only reducing",
    "halted": "Halted",
    "paused": "Paused",
    "locked": "Locked",
    "completed": "Completed",
    "liquidated": "Liquidated",
}
ACCOUNT_ENDS = {
    "LIQUIDATED": "the margin no longer covered its positions",
    "DRAWDOWN": "it fell further below its peak than its policy allows",
    "ENTITLEMENT_LOST": "what was paid for it was withdrawn",
}
STANDINGS = {
    "pending": "The account is not open yet.",
    "active": "What its clone proposes goes through the gates and fills at live prices.",
    "reduce_only": "Only what shrinks a position is filled; nothing new is opened.",
    "halted": "Nothing is filled, not even an exit. Marks and funding go on.",
    "paused": "No new decisions and orders. Stops, targets and liquidation still close positions.",
    "locked": "No new orders until an operator resumes it. Stops, targets and liquidation still close positions.",
    "completed": "The account is closed and its books are final.",
    "liquidated": "The account was closed out and its books are final.",
}
CAUSES = {
    "action": "decision",
    "stop": "stop hit",
    "target": "target hit",
    "trailing": "trailing stop hit",
    "time_exit": "time exit",
    "liquidation": "liquidation",
    "backstop": "taken over by the backstop",
    "drawdown": "drawdown limit",
    "delisting": "the asset was delisted",
    "close": "closing of the account",
}
TRIGGERS = {"stop": "Stop", "target": "Target", "trailing": "Trailing stop", "time": "Time exit"}
TRIGGER_ENDS = {
    "POSITION_ENDED": "its position was closed",
    "POSITION_FLIPPED": "its position changed sides",
    "REPLACED": "a new one took its place",
    "WITHDRAWN": "a decision withdrew it",
}
LEDGER_KINDS = {
    "deposit": "Deposit",
    "fee": "Taker fee",
    "realized_pnl": "Closed trade",
    "funding": "Funding",
    "adjustment": "Correction",
    "backstop": "Backstop",
}
AUDITION_REASONS = {
    "TARGET_REACHED": "Touched the profit target",
    "TARGET_MISSED": "Time ran out below the target",
    "MAX_LOSS": "Fell to the loss limit",
    "ACCOUNT_CLOSED": "The account was closed early",
    "CONCENTRATED": "Too much of the profit came from one asset",
    "TOO_FEW_ORDERS": "Reached the target with too few orders",
    "TOO_FEW_MARKS": "Was valued only once",
    "DAILY_LOSS": "Lost too much in one day",
    "CLONE_RETIRED": "Its clone was retired",
    "OPERATOR": "Operators ended it",
}
DEFERRALS = {
    "OUTAGE_LASTS": "An asset of it has no price at the moment",
    "MARKS_STALE": "Its account was not valued since its time was up",
    "MARKS_MISSING": "Its account was not valued yet",
    "MARKS_UNREAD": "Not all of its marks have been read yet",
}
QUEUE_REASONS = {
    "": "Enters when its turn has come and a slot is free",
    "PROFILE_NOT_LIVE": "Passed over: its public profile is hidden",
    "NOT_PUBLISHED": "Passed over: it has no published strategy",
    "ALREADY_MEMBER": "Passed over: it has a slot already",
    "REFUND_ASKED": "Passed over: giving its fee back was asked for",
    "ENTITLEMENT_LOST": "Passed over: the grant of its audition was withdrawn",
    "AUDITION_FLAGGED": "Passed over: what was paid for its audition is in doubt",
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


def waiting(symbol: str, code: str) -> str:
    """What is the matter with the price of an asset that an account waits for."""
    return f"{symbol} {WAITS.get(code, spelt_out(code).lower())}"


def account_reason(text: str) -> str:
    """Why an account ended or is held back: a stable code as words, anything else as it is, without the full stop."""
    return ACCOUNT_ENDS.get(text) or AUDITION_REASONS.get(text, spelt_out(text)).rstrip(".")


def source(reference: str) -> str:
    """What a ledger row comes from: `fill:12:0:fee` is an order, `funding:BTC:2026-03-02T13Z` an hour of an asset."""
    head, _, rest = reference.partition(":")
    if head == "funding":
        symbol, _, hour = rest.rpartition(":")
        return f"{symbol}, hour to {hour.partition('T')[2].rstrip('Z')}:00"
    if head in ("fill", "order"):
        return f"order {rest.partition(':')[0]}"
    return {"deposit": "opening balance", "adjustment": "by operators"}.get(head, reference)


def audition_reason(code: str) -> str:
    """Why an audition ended."""
    return AUDITION_REASONS.get(code, spelt_out(code))


def network(chain_id: int) -> str:
    """A chain by its name, one without a name by its number."""
    return NETWORKS.get(chain_id, f"Chain {chain_id}")


def deferral(code: str) -> str:
    """Why a judgement is put off."""
    known = DEFERRALS.get(code, spelt_out(code))
    return f"{known}. Nothing is lost: it is judged as soon as that has passed, and never on old prices."


def queue_reason(code: str) -> str:
    """Why a clone waits in the promotion queue."""
    return QUEUE_REASONS.get(code, f"Passed over: {spelt_out(code).lower()}")
