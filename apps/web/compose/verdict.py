"""An audition on a page: how it goes, how it ended, and why, with the equity around that minute."""

from datetime import datetime
from typing import Any

from apps.clones import queries as clones
from apps.competition import queries as competition
from apps.competition.types import AuditionStatus, AuditionView, RulebookTerms, Step, Why
from apps.core.errors import NotFound
from apps.core.moments import to_ms
from apps.trading import queries as trading
from apps.trading.queries import ANYBODY, BY_OPERATOR, Reader
from apps.web import formats, links, sigils, words
from apps.web.compose.arena import audition_row, identity
from apps.web.compose.decisions import decisions
from apps.web.compose.rulebook import BPS, rulebook

CURVE_POINTS = 320
CHIPS = {"passed": "up", "failed": "down", "voided": "warn", "running": "info"}
MOST_DECISIONS = 8


def find_audition(clone: Any) -> Any | None:
    """The clone's latest audition, or None."""
    return competition.auditions().filter(clone=clone).first()


def public_verdict(public_id: str, *, reader: Reader, now: datetime) -> dict[str, Any]:
    """An audition for this reader: its way while it runs, everything once it is over; NotFound for a hidden clone's."""
    audition = competition.auditions().filter(public_id=public_id).first()
    if audition is None:
        raise NotFound("There is no such audition.", code="AUDITION_NOT_FOUND")
    clone = clones.get_public_clone(audition.clone.public_id)
    page = {**identity(clone.public_id, clone.name), "image": clones.image_url(clone.image_digest) or ""}
    return {**page, "audition": trial(audition, now=now, reader=reader)}


def trial(audition: Any, *, now: datetime, reader: Reader = ANYBODY) -> dict[str, Any]:
    """One audition as this reader's page shows it; of a running one on a closed account only its way."""
    is_open = trading.may_read(audition.account, reader)
    view = competition.audition_views([audition])[0]
    document = audition.rulebook.document
    shown = {
        "id": view.public_id,
        "url": links.audition(view.public_id),
        "status": view.status,
        "chip": {"text": view.status.capitalize(), "tone": CHIPS.get(view.status, "")},
        "row": audition_row(view, now=now),
        "rulebook": rulebook(document, digest=audition.rulebook.digest),
        "started": formats.moment(view.started_at),
        "ends": formats.moment(view.ends_at),
        "is_running": view.status == AuditionStatus.RUNNING,
        "is_open": is_open,
    }
    if not is_open:
        return shown
    shown["account_url"] = links.account(view.account_public_id)
    if not shown["is_running"]:
        return {**shown, **_ended(audition, view, reader=reader)}
    latest = decisions(audition.account, is_private=True, most=MOST_DECISIONS)
    lacking = _lacking(audition, view) if view.equity >= view.target_micros else []
    running = _running(view, now=now)
    return {
        **shown,
        **running,
        "notes": [*lacking, *running["notes"]],
        "chart": chart(view),
        "decisions": latest,
    }


def chart(view: AuditionView, *, mark: datetime | None = None) -> dict[str, Any]:
    """Equity in cents between the loss limit and the target, with the moment of the verdict."""
    series = trading.equity_series(view.account_id, limit=CURVE_POINTS)
    points = [[to_ms(point.at), point.equity_micros // 10_000] for point in series]
    return {
        "name": "Equity",
        "hue": sigils.hue(view.clone_public_id),
        "start": view.start // 10_000,
        "points": points,
        "limits": [
            {"name": "Target", "value": view.target_micros // 10_000, "tone": "up"},
            {"name": "Loss limit", "value": view.floor_micros // 10_000, "tone": "down"},
        ],
        "mark": {"ms": to_ms(mark), "text": view.status.capitalize()} if mark else None,
    }


def _running(view: AuditionView, *, now: datetime) -> dict[str, Any]:
    to_go = view.target_micros - view.equity
    missing = max(0, view.min_orders - view.executed_orders)
    tiles = [
        _tile("Equity", formats.dollars(view.equity), _distance(to_go, "to the target", "target touched")),
        _tile(
            "Loss limit",
            formats.dollars(view.floor_micros),
            f"{formats.dollars(view.equity - view.floor_micros)} away",
        ),
        _tile(
            "Orders",
            f"{view.executed_orders} of {view.min_orders}" if missing else f"{view.executed_orders}",
            f"{missing} more needed" if missing else "enough",
        ),
        _tile("Time left", formats.span(view.ends_at - now), f"until {formats.moment(view.ends_at)} UTC"),
    ]
    return {"tiles": tiles, "notes": _notes(view, now=now)}


def _lacking(audition: Any, view: AuditionView) -> list[dict[str, str]]:
    """Why an audition whose equity has reached the target has not passed."""
    title, notes = "The target is touched, and that is not all", []
    if missing := max(0, view.min_orders - view.executed_orders):
        notes.append(_note("warn", title, f"It needs {missing} more executed orders to pass."))
    most = RulebookTerms.from_document(audition.rulebook.document).max_profit_share_bps
    gains = {
        symbol: profit
        for symbol, profit in trading.account_result(audition.account).profit_by_symbol.items()
        if profit > 0
    }
    best = max(gains, key=lambda symbol: gains[symbol], default="")
    share = gains[best] * BPS // sum(gains.values()) if best else 0
    if share > most:
        text = f"{share // 100} % of its winning profit comes from {best}; at most {most // 100} % may come from one asset."
        notes.append(_note("warn", title, text))
    return notes


def _notes(view: AuditionView, *, now: datetime) -> list[dict[str, str]]:
    """What is out of the ordinary about a running audition."""
    notes = []
    if view.is_flagged:
        text = (
            "The chain took back the payment behind this audition. It goes on trading and is not judged until the "
            "payment is there again."
        )
        notes.append(_note("warn", "Its payment is in doubt", text))
    if view.extended_minutes:
        text = "An asset of it had no price for so long; that time was added to the end."
        notes.append(_note("info", f"{view.extended_minutes} minutes longer", text))
    if view.deferred_reason:
        notes.append(_note("warn", "Its judgement is put off", words.deferral(view.deferred_reason)))
    elif now >= view.ends_at:
        text = "It is judged on the first mark after its end. Nothing is decided on old prices."
        notes.append(_note("info", "Time is up", text))
    return notes


def _ended(audition: Any, view: AuditionView, *, reader: Reader) -> dict[str, Any]:
    story, figures = competition.why(view.public_id, reader), audition.result
    equity = figures.get("equityMicros", view.equity)
    low = figures.get("lowMicros", equity)
    stand = formats.return_bps(start_micros=view.start, equity_micros=equity)
    share = figures.get("topProfitShareBps", 0)
    far, orders = view.target_micros - equity, figures.get("executedOrders", view.executed_orders)
    tiles = [
        _tile("Result", formats.percent(stand), formats.dollars(equity), formats.tone(equity - view.start)),
        _tile("Target", formats.dollars(view.target_micros), _distance(far, "short", "reached")),
        _tile("Lowest", formats.dollars(low), f"limit {formats.dollars(view.floor_micros)}"),
        _tile("Orders", f"{orders}", f"{view.min_orders} needed"),
        _tile("Largest asset", formats.percent(share, signed=False), "of the winning profit"),
    ]
    ended = view.result_at or view.ends_at
    is_voided = view.status == AuditionStatus.VOIDED
    return {
        "headline": "Ended without a result" if is_voided else words.audition_reason(view.reason),
        "why": _why(story),
        "turn": _turn(story),
        "at": formats.moment(ended),
        "after": formats.span(ended - view.started_at),
        "tiles": tiles,
        "chart": chart(view, mark=story.at or ended),
        "led": [_step(one) for one in reversed(story.steps)],
    }


def _why(story: Why) -> str:
    if story.audition.status != AuditionStatus.VOIDED:
        return story.rule or f"{words.audition_reason(story.reason)}."
    is_told = story.reason not in ("", BY_OPERATOR)
    said = f": {words.account_reason(story.reason)}" if is_told else ""
    return f"Operators ended it{said}. It counts neither as passed nor as failed."


def _turn(story: Why) -> str:
    """The mark that decided, as a sentence; empty where none did."""
    if story.at is None or story.after is None:
        return ""
    before = f"from {formats.dollars(story.before)} " if story.before is not None else ""
    limit = f"; the line was at {formats.dollars(story.limit)}" if story.limit is not None else ""
    return f"At {formats.moment(story.at)} UTC it went {before}to {formats.dollars(story.after)}{limit}."


def _step(one: Step) -> dict[str, str]:
    """One order on the way, with the decision behind it."""
    size = formats.size(one.size_lots, decimals=one.size_decimals)
    side = "Bought" if one.side > 0 else "Sold"
    return {
        "at": formats.moment(one.at),
        "symbol": one.symbol,
        "symbol_url": links.market(one.symbol),
        "wanted": f"{side} {size} for {formats.dollars(one.notional_micros)}",
        "cause": words.CAUSES.get(one.cause, words.spelt_out(one.cause)),
        "result": formats.small_dollars(one.realized_micros) if one.realized_micros else "",
        "tone": formats.tone(one.realized_micros),
        "proof_url": links.decision(one.run_public_id) if one.run_public_id else "",
    }


def _distance(micros: int, more: str, reached: str) -> str:
    return f"{formats.dollars(micros)} {more}" if micros > 0 else reached


def _note(tone: str, title: str, text: str) -> dict[str, str]:
    return {"tone": tone, "title": title, "text": text}


def _tile(label: str, value: str, note: str, tone: str = "") -> dict[str, str]:
    return {"label": label, "value": value, "note": note, "tone": tone}
