"""A clone's page: its standing, one of its accounts, and everything that account decided and did."""

from datetime import datetime
from typing import Any

from apps.clones import queries as clones
from apps.clones.types import ReportCategory
from apps.core.errors import NotFound
from apps.core.moments import to_ms
from apps.trading import queries as trading
from apps.trading.types import AccountResult
from apps.web import formats
from apps.web.compose.arena import identity
from apps.web.compose.decisions import decisions, verdict_counts
from apps.web.compose.orders import orders, positions
from apps.web.compose.purse import purse

CURVE_POINTS = 240
PURPOSES = {"audition": "Audition", "arena": "Arena", "demonstration": "Demonstration", "replay": "Replay"}
STATUS_TONES = {"active": "up", "paused": "warn", "locked": "warn", "liquidated": "down"}


def clone_page(*, public_id: str, account_id: str | None, now: datetime) -> dict[str, Any]:
    """The page of one public clone, on the account asked for or its latest; NotFound where there is none."""
    clone = clones.get_public_clone(public_id)
    accounts = list(trading.list_accounts(clone=clone))[::-1]
    chosen = next((one for one in accounts if account_id in (None, one.public_id)), None)
    if chosen is None and account_id is not None:
        raise NotFound("This clone has no such account.")
    version = clones.active_version(clone)
    page: dict[str, Any] = {
        **identity(public_id, clone.name),
        "id": public_id,
        "description": clone.description,
        "image": clones.image_url(clone.image_digest) or "",
        "complaints": ReportCategory.choices,
        "badges": [{"text": f"strategy v{version.number}", "tone": ""}] if version else [],
        "account": chosen.public_id if chosen else "",
    }
    if chosen is None:
        return page
    result = trading.account_result(chosen)
    page["badges"].insert(0, {"text": PURPOSES.get(chosen.purpose, chosen.purpose), "tone": "info"})
    page["badges"].insert(
        1, {"text": chosen.status.capitalize(), "tone": STATUS_TONES.get(chosen.status, "")}
    )
    if chosen.wait_reason:
        page["badges"].append({"text": formats.sentence(chosen.wait_reason), "tone": "warn"})
    held = positions(chosen)
    return {
        **page,
        "tiles": _tiles(result, denied=trading.count_verdicts(account_ids=[chosen.pk])["denied"]),
        "curve": _curve(chosen, page["hue"]),
        "verdicts": verdict_counts(chosen),
        "decisions": decisions(chosen),
        "orders": orders(chosen),
        "positions": held,
        "money": purse(chosen),
        "history": [_account(one, current=one.pk == chosen.pk, url=page["url"]) for one in accounts],
    }


def _tiles(result: AccountResult, *, denied: int) -> list[dict[str, str]]:
    profit = result.equity - result.start
    marked = f"marked {result.last_marked_at:%H:%M:%S}" if result.last_marked_at else "not marked yet"
    stand = formats.return_bps(start_micros=result.start, equity_micros=result.equity)
    return [
        _tile(
            "Return", formats.percent(stand), f"{formats.signed_dollars(profit)} in all", formats.tone(profit)
        ),
        _tile("Equity", formats.dollars(result.equity), marked),
        _tile(
            "Max drawdown",
            formats.percent(result.max_drawdown_bps, signed=False),
            f"peak {formats.dollars(result.peak)}",
        ),
        _tile("Filled orders", f"{result.executed_orders:,}", f"{denied:,} denied"),
        _tile("Open positions", str(result.open_positions), result.closed_reason or result.status),
    ]


def _tile(label: str, value: str, note: str, tone: str = "") -> dict[str, str]:
    return {"label": label, "value": value, "note": note, "tone": tone}


def _curve(account: Any, hue: str) -> dict[str, Any]:
    series = trading.equity_series(account, limit=CURVE_POINTS)
    points = [[to_ms(point.at), point.equity_micros // 10_000] for point in series]
    return {"name": "Equity", "hue": hue, "start": account.starting_micros // 10_000, "points": points}


def _account(account: Any, *, current: bool, url: str) -> dict[str, Any]:
    stand = formats.return_bps(start_micros=account.starting_micros, equity_micros=account.equity_micros)
    return {
        "url": f"{url}?account={account.public_id}",
        "title": PURPOSES.get(account.purpose, account.purpose),
        "opened": f"since {formats.moment(account.opened_at)}" if account.opened_at else "not open yet",
        "pnl": formats.percent(stand),
        "tone": formats.tone(stand),
        "status": account.status,
        "current": current,
    }
