"""Where an account stands, line by line: kill switches, missing prices, and always the account's own state."""

from typing import Any

from apps.trading import queries as trading
from apps.trading.queries import BY_OPERATOR, Statement, reason_for_all
from apps.trading.types import CLOSED_STATUSES, AccountStatus, HaltScope
from apps.web import formats, words


def standing(statement: Statement, *, is_private: bool) -> dict[str, Any]:
    """The first line with its tone, and the `more` lines; `is_private` lets operators' own words through."""
    status = statement.account.status
    if status in CLOSED_STATUSES:
        lines, tone = [_own(statement, is_private=is_private)], "down" if status == "liquidated" else ""
    else:
        lines = [*_switches(statement), *_figures(statement)]
        tone = "down" if statement.halts else "warn" if lines or status != AccountStatus.ACTIVE else "up"
        lines.append(_own(statement, is_private=is_private, is_first=not lines))
    return {**lines[0], "tone": tone, "more": lines[1:]}


def switch_line(halt: Any, *, others: str = "") -> dict[str, str]:
    """A kill switch in one sentence, and one that says what follows; `others` ends what is said of one asset."""
    is_halted = halt.mode == "halted"
    over_all = halt.scope == HaltScope.EVERYTHING
    what = "Everything" if over_all else halt.symbol
    if over_all:
        so = words.STANDINGS["halted" if is_halted else "reduce_only"]
    elif is_halted:
        so = f"No {halt.symbol} order is filled{others}."
    else:
        so = f"In {halt.symbol} only what shrinks a position is filled{others}."
    word = "halted" if is_halted else "only reducing"
    return _line(f"{what} is {word} by a kill switch since {formats.moment(halt.set_at)}.", so)


def halt_notice() -> dict[str, str] | None:
    """What every page says of a kill switch over everything; None where none stands."""
    halt = trading.find_halt_over_all()
    return switch_line(halt) if halt else None


def by_weight(halt: Any) -> tuple[bool, bool, Any]:
    """Sorts kill switches: those over everything first, then the strictest, then the oldest."""
    return (halt.scope != HaltScope.EVERYTHING, halt.mode != "halted", halt.set_at)


def _switches(statement: Statement) -> list[dict[str, str]]:
    halts = sorted(statement.halts, key=by_weight)
    held_back = statement.waits or any(halt.scope == HaltScope.EVERYTHING for halt in halts)
    free = statement.account.status == AccountStatus.ACTIVE and not held_back
    return [switch_line(halt, others="; the other assets trade on" if free else "") for halt in halts]


def _figures(statement: Statement) -> list[dict[str, str]]:
    if statement.waits:
        listed = "; ".join(words.waiting(one.symbol, one.code) for one in statement.waits)
        so = "Until then nothing of this account is filled, valued or liquidated; the figures are its last good ones."
        return [_line(f"Waiting: {listed}.", so)]
    if statement.is_stale:
        so = "It was not valued for a while; the next valuation comes by itself."
        return [_line("Its figures are old.", so)]
    return []


def _own(statement: Statement, *, is_private: bool, is_first: bool = True) -> dict[str, str]:
    """The account's own state and why; that an active one fills at live prices is said only where nothing hinders it."""
    account = statement.account
    is_active = account.status == AccountStatus.ACTIVE
    state = words.ACCOUNT_STATES.get(account.status, account.status.capitalize())
    reason = "" if is_active else account.closed_reason or account.status_reason
    what = f"{state}{_why(reason, is_private=is_private)}."
    so = words.STANDINGS.get(account.status, "") if is_first or not is_active else ""
    if is_first and is_active and account.next_decision_at is not None:
        so += f" Its next decision is due {formats.moment(account.next_decision_at)}."
    return _line(what if is_first else f"The account's own state: {what}", so)


def _why(reason: str, *, is_private: bool) -> str:
    """A stable code as words, an operator's own words for who may read them, without the full stop."""
    known = reason if is_private else reason_for_all(reason)
    if not known:
        return ""
    return " by an operator" if known == BY_OPERATOR else f": {words.account_reason(known)}"


def _line(what: str, so: str) -> dict[str, str]:
    return {"what": what, "so": so}
