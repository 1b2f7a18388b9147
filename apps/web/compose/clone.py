"""A clone's page: its standing, one of its accounts, and everything that account decided and did."""

from datetime import datetime
from typing import Any

from apps.clones import queries as clones
from apps.clones.types import ReportCategory
from apps.competition import queries as competition
from apps.competition.types import AuditionStatus
from apps.core.errors import NotFound
from apps.trading import queries as trading
from apps.trading.queries import Reader
from apps.web import formats, links
from apps.web.compose.arena import audition_row, identity
from apps.web.compose.decisions import decisions, verdict_counts
from apps.web.compose.orders import orders, positions
from apps.web.compose.trading_account import PURPOSES, badges, curve, tiles
from apps.web.compose.waterfall import waterfall

VERDICTS: dict[str, tuple[str, str]] = {
    AuditionStatus.RUNNING: ("On audition", "info"),
    AuditionStatus.PASSED: ("Passed its audition", "up"),
    AuditionStatus.FAILED: ("Failed its audition", "down"),
    AuditionStatus.VOIDED: ("Audition voided", "warn"),
}


def clone_page(*, public_id: str, account_id: str | None, reader: Reader, now: datetime) -> dict[str, Any]:
    """The page of one public clone, on the account asked for or the latest that this reader may read.

    NotFound where there is no such clone, or no such account for the reader. An audition that runs on an account
    the reader may not read is shown by its way to the target alone.
    """
    clone = clones.get_public_clone(public_id)
    every = list(trading.list_accounts(clone=clone))[::-1]
    accounts = [one for one in every if trading.may_read(one, reader)]
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
        "private": _private_audition(clone, now=now) if len(accounts) < len(every) else None,
        "verdict": _verdict(clone),
    }
    if chosen is None:
        return page
    statement = trading.account_statement(chosen, now=now)
    story = trading.money_story(chosen)
    return {
        **page,
        "badges": [*badges(statement), *page["badges"]],
        "account_url": links.account(chosen.public_id),
        "tiles": tiles(statement, story),
        "curve": curve(chosen, page["hue"]),
        "verdicts": verdict_counts(chosen),
        "decisions": decisions(chosen, is_private=trading.reads_private(chosen, reader)),
        "orders": orders(chosen),
        "positions": positions(statement),
        "money": waterfall(story),
        "history": [_account(one, current=one.pk == chosen.pk, url=page["url"]) for one in accounts],
    }


def _private_audition(clone: Any, *, now: datetime) -> dict[str, Any] | None:
    """The running audition's way to its target, which everybody may see."""
    running = competition.list_auditions(clone=clone, status=AuditionStatus.RUNNING, limit=1)
    return audition_row(running[0], now=now) if running else None


def _verdict(clone: Any) -> dict[str, str] | None:
    """The way to its latest audition's page."""
    latest = competition.auditions().filter(clone=clone).first()
    if latest is None:
        return None
    text, tone = VERDICTS[latest.status]
    return {"text": text, "tone": tone, "url": links.audition(latest.public_id)}


def _account(account: Any, *, current: bool, url: str) -> dict[str, Any]:
    stand = formats.return_bps(start_micros=account.starting_micros, equity_micros=account.equity_micros)
    return {
        "url": f"{url}?account={account.public_id}",
        "title": PURPOSES.get(account.purpose, account.purpose),
        "opened": f"since {formats.moment(account.opened_at)}" if account.opened_at else "not open yet",
        "pnl": formats.percent(stand),
        "tone": formats.tone(stand),
        "status": account.status.replace("_", " "),
        "current": current,
    }
