"""A prop account's page: what it is worth and waits for, what it holds, did and paid, and how to check all of it."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from apps.clones import queries as clones
from apps.clones.types import CloneStatus
from apps.core.errors import NotFound
from apps.core.moments import to_ms
from apps.trading import queries as trading
from apps.trading.queries import MoneyStory, Reader, Statement
from apps.web import formats, words
from apps.web.compose.arena import identity
from apps.web.compose.exits import exits
from apps.web.compose.ledger import ledger
from apps.web.compose.orders import orders, positions
from apps.web.compose.policy import policy
from apps.web.compose.standing import standing
from apps.web.compose.waterfall import shown_profit_cents, waterfall

CURVE_POINTS = 240
PURPOSES = {"audition": "Audition", "arena": "Arena", "demonstration": "Demonstration", "replay": "Replay"}
STATUS_TONES = {
    "active": "up",
    "reduce_only": "warn",
    "halted": "warn",
    "paused": "warn",
    "locked": "warn",
    "liquidated": "down",
}


def account_page(*, public_id: str, reader: Reader, now: datetime) -> dict[str, Any]:
    """The page of an account for this reader; NotFound where it does not exist for them.

    The account of a hidden clone shows the clone's name to nobody but its owner and operators, so it has no page for
    others; its figures stay on the API.
    """
    account = trading.get_readable(public_id, reader)
    is_private = trading.reads_private(account, reader)
    if account.clone.status == CloneStatus.HIDDEN and not is_private:
        raise NotFound("There is no such prop account.")
    statement = trading.account_statement(account, now=now)
    story = trading.money_story(account)
    owner = reader.user_id is not None and account.clone.owner_id == reader.user_id
    return {
        **heading(account),
        "public": trading.is_public(account),
        "mine": owner,
        "decisions_url": reverse("my-clone-decisions", args=[account.clone.public_id]) if owner else "",
        "badges": badges(statement),
        "standing": standing(statement, is_private=is_private),
        "tiles": tiles(statement, story),
        "curve": curve(account, identity(account.clone.public_id, account.clone.name)["hue"]),
        "money": waterfall(story),
        "positions": positions(statement),
        "exits": exits(account) if is_private else None,
        "orders": orders(account),
        "ledger": ledger(account),
        "policy": policy(statement.policy, is_private=is_private),
    }


def heading(account: Any) -> dict[str, Any]:
    """Whose account it is, and since when."""
    clone = account.clone
    return {
        **identity(clone.public_id, clone.name),
        "image": clones.image_url(clone.image_digest) or "",
        "id": account.public_id,
        "title": f"{PURPOSES.get(account.purpose, account.purpose)} account",
        "opened": formats.moment(account.opened_at) if account.opened_at else "",
        "closed": formats.moment(account.closed_at) if account.closed_at else "",
        "api": f"/api/v1/prop/accounts/{account.public_id}",
    }


def badges(statement: Statement) -> list[dict[str, str]]:
    """State, trading mode and whether its figures are old."""
    account = statement.account
    status = words.ACCOUNT_STATES.get(account.status, account.status.capitalize())
    shown = [
        {"text": PURPOSES.get(account.purpose, account.purpose), "tone": "info"},
        {"text": status, "tone": STATUS_TONES.get(account.status, "")},
    ]
    if statement.halts:
        shown.append({"text": "Kill switch", "tone": "down"})
    if statement.waits:
        shown.append({"text": "Waits for a price", "tone": "warn"})
    elif statement.is_stale:
        shown.append({"text": "Figures are old", "tone": "warn"})
    return shown


def tiles(statement: Statement, story: MoneyStory) -> list[dict[str, str]]:
    """The figures on top."""
    account, equity = statement.account, statement.equity_micros
    profit = equity - account.starting_micros
    shown = shown_profit_cents(start_micros=account.starting_micros, equity_micros=equity)
    stand = formats.return_bps(start_micros=account.starting_micros, equity_micros=equity)
    marked = f"marked {account.last_marked_at:%H:%M:%S}" if account.last_marked_at else "not marked yet"
    used = _share(statement.initial_micros + statement.isolated_micros, equity)
    return [
        _tile("Return", formats.percent(stand), f"{formats.signed_cents(shown)} in all", profit),
        _tile("Equity", formats.dollars(equity), marked),
        _tile("Drawdown", formats.percent(statement.drawdown_bps, signed=False), _worst(account)),
        _tile("Exposure", formats.dollars(statement.exposure_micros, places=0), _leverage(statement)),
        _tile("Margin in use", used, f"{formats.dollars(statement.free_micros, places=0)} free"),
        _tile(
            "Orders filled",
            f"{account.executed_count:,}",
            f"{formats.short_dollars(story.traded_micros)} traded",
        ),
    ]


def curve(account: Any, hue: str) -> dict[str, Any]:
    """Equity over time in cents, for the chart."""
    series = trading.equity_series(account, limit=CURVE_POINTS)
    points = [[to_ms(point.at), point.equity_micros // 10_000] for point in series]
    return {"name": "Equity", "hue": hue, "start": account.starting_micros // 10_000, "points": points}


def _tile(label: str, value: str, note: str, amount: int | None = None) -> dict[str, str]:
    return {
        "label": label,
        "value": value,
        "note": note,
        "tone": "" if amount is None else formats.tone(amount),
    }


def _worst(account: Any) -> str:
    return f"worst {formats.percent(account.max_drawdown_bps, signed=False)}"


def _share(part: int, whole: int) -> str:
    return formats.percent(part * 10_000 // whole, signed=False) if whole > 0 else "–"


def _leverage(statement: Statement) -> str:
    if not statement.positions or statement.equity_micros <= 0:
        return "nothing is open"
    tenths = statement.exposure_micros * 10 // statement.equity_micros
    count = len(statement.positions)
    return f"{count} position{'' if count == 1 else 's'}, {tenths // 10}.{tenths % 10}× equity"
