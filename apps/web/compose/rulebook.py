"""A rulebook in plain words, with its figures and the digest that names it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from apps.competition import queries as competition
from apps.competition.types import RulebookTerms
from apps.core.errors import NotFound
from apps.web import formats, links

BPS = 10_000


def offered_rulebook() -> dict[str, Any]:
    """The rulebook that new purchases pin; the usual terms, without a digest, where none was offered yet."""
    row = competition.offered_rulebook()
    if row is None:
        return rulebook(RulebookTerms().document(), digest="")
    return rulebook(row.document, digest=row.digest)


def find_rulebook(digest: str) -> dict[str, Any]:
    """A published rulebook by its digest; NotFound where there is none."""
    row = competition.find_rulebook(digest)
    if row is None:
        raise NotFound("There is no such rulebook.", code="RULEBOOK_NOT_FOUND")
    return {**rulebook(row.document, digest=row.digest), "published": formats.moment(row.published_at)}


def rulebook(document: Mapping[str, Any], *, digest: str) -> dict[str, Any]:
    """The document as figures and as sentences."""
    terms = RulebookTerms.from_document(document)
    return {
        "title": terms.title,
        "digest": digest,
        "url": links.rulebook(digest) if digest else "",
        "api": f"/api/v1/lifecycle/rulebooks/{digest}" if digest else "",
        "figures": _figures(terms),
        "rules": [rule for rule in _rules(terms) if rule],
    }


def window_text(minutes: int) -> str:
    """How long an audition lasts: "24 hours", "6 hours", "1 h 30 min"."""
    if minutes % 60 == 0 and minutes <= 72 * 60:
        return f"{minutes // 60} hour{'' if minutes == 60 else 's'}"
    return formats.span(timedelta(minutes=minutes))


def _figures(terms: RulebookTerms) -> list[dict[str, str]]:
    target, floor = terms.target_micros, terms.floor_micros()
    trails = terms.drawdown == "trailing"
    daily = f"{formats.percent(-terms.daily_loss_bps)} in a day" if terms.daily_loss_bps else ""
    at_floor = f"under {'its highest mark' if trails else formats.dollars(floor, places=0)}"
    figures = (
        ("Account", formats.dollars(terms.start_micros, places=0), "fake USDC at live prices", ""),
        ("Passes at", formats.percent(terms.profit_target_bps), formats.dollars(target, places=0), "up"),
        (
            "Fails at",
            formats.percent(-terms.max_loss_bps),
            daily or (at_floor if trails else formats.dollars(floor, places=0)),
            "down",
        ),
        ("Time", window_text(terms.window_minutes), "from the start", ""),
        ("Orders", f"{terms.min_orders} or more", "executed ones", ""),
        (
            "One asset",
            f"{_share(terms.max_profit_share_bps)} or less",
            "of the winning profit",
            "",
        ),
    )
    return [
        {"label": label, "value": value, "note": note, "tone": tone} for label, value, note, tone in figures
    ]


def _level(terms: RulebookTerms, bps: int) -> int:
    """The start and so many basis points of it, in micro-dollars."""
    moved = terms.start_micros * abs(bps) // BPS
    return terms.start_micros + (moved if bps > 0 else -moved)


def _share(bps: int) -> str:
    return formats.percent(bps, signed=False).replace(".00%", "%")


def _rules(terms: RulebookTerms) -> list[str]:
    what = "its balance" if terms.basis == "balance" else "its equity"
    gain = "reaches" if terms.target_boundary == "inclusive" else "rises above"
    loss = "touches" if terms.loss_boundary == "inclusive" else "falls below"
    base = "its highest mark so far" if terms.drawdown == "trailing" else "the start"
    counted = (
        "Balance counts what was closed, after fees and funding."
        if terms.basis == "balance"
        else "Equity counts open positions at the mark, after fees and funding."
    )
    return [
        f"It passes at the first mark where {what} {gain} the target, with enough executed orders and no asset above "
        "its share of the profit. The account is closed then.",
        f"It fails at the first mark where {what} {loss} the loss limit, even if it recovers, and when time runs out "
        "short of the target.",
        f"{counted} The loss is measured from {base}.",
        _daily(terms),
        "Minutes in which the arena had no price for one of its assets are added to its time."
        if terms.outage == "extend"
        else "Minutes without a price are part of its time.",
    ]


def _daily(terms: RulebookTerms) -> str:
    if not terms.daily_loss_bps:
        return ""
    hour, minute = divmod(terms.day_boundary_minute, 60)
    share = _share(terms.daily_loss_bps)
    return f"A day, from {hour:02d}:{minute:02d} UTC on, may not lose more than {share} of the start."
