"""A decision taken apart, the same for one that was sealed and one that was only tried: saw, said, wanted, allowed, got."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from apps.decisions.engine import saw
from apps.web import curves, formats, words
from apps.web.compose.measures import age, gates, measure

LONGEST_SHOWN = 60_000
SIDES = {1: "long", -1: "short"}
VERDICTS = {
    "executed": ("Allowed and filled", "up"),
    "denied": ("Denied", "down"),
    "held": ("Nothing to do", ""),
}
RECEIPT = (
    ("Mid price", "mid_micros", "price"),
    ("Half the spread", "half_spread_micros", "cost"),
    ("Walk into the book", "walk_micros", "cost"),
    ("Taker fee", "fee_micros", "exact"),
    ("Realised", "realized_micros", "signed"),
    ("Own margin moved", "margin_micros", "signed"),
    ("Order book", "book_reference", "name"),
    ("Quote", "quote_reference", "name"),
    ("Kernel", "kernel_version", "name"),
)


def seen(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What it saw: the market with ages, and the account with its books and limits; nothing where nobody was asked."""
    return [_section(one) for one in (*saw.seen(document), *saw.account_seen(document))]


def owners_words(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """The section with the owner's own words."""
    found = saw.prompt_seen(document)
    return None if found is None else _section(found)


def _section(section: saw.Section) -> dict[str, Any]:
    line = curves.sparkline([value for _, value in curves.thin(list(enumerate(section.line)))])
    return {
        "key": section.key,
        "title": section.title,
        "age": age(section.age_ms),
        "rows": [
            {
                "label": fact.label,
                "value": measure(fact.unit, fact.value),
                "mono": fact.unit == saw.NAME,
                "unknown": fact.value is None,
            }
            for fact in section.facts
        ],
        "line": line,
        "area": curves.area(line),
        "told": list(section.told),
    }


def raw(text: str) -> dict[str, Any]:
    """What was said, word for word, as far as a page can show it."""
    return {"text": text[:LONGEST_SHOWN], "is_cut": len(text) > LONGEST_SHOWN, "count": f"{len(text):,}"}


def spent(run: Any) -> list[dict[str, str]]:
    """What an answer took: tokens, money, time; `run` has the columns of a run or an answer."""
    cached = f" ({run.tokens_cached_count:,} cached)" if run.tokens_cached_count else ""
    rows = [
        ("Model", run.model or "none: an engine of the house"),
        ("Tokens in", f"{run.tokens_in_count:,}{cached}"),
        ("Tokens out", f"{run.tokens_out_count:,}"),
        ("Cost", formats.small(run.cost_micros)),
        ("Time to answer", age(run.latency_ms)),
    ]
    return [{"label": label, "value": value} for label, value in rows]


def wanted(action: Mapping[str, Any]) -> dict[str, Any]:
    """One action in people's units, with the exits it asks for."""
    kind, side = action["kind"], SIDES.get(action["side"] or 0, "")
    opens = kind in ("open", "flip")
    title = kind.replace("_", " ").capitalize()
    if opens and side:
        title = f"{title} {'to ' if kind == 'flip' else ''}{side}"
    terms = [
        ("Size", formats.dollars(action["notional_micros"]) if action["notional_micros"] else ""),
        ("Leverage", f"{action['leverage']}×" if opens else ""),
        ("Margin", ("isolated" if action["is_isolated"] else "cross") if opens else ""),
        ("Stop", formats.price(action["stop_micros"]) if action["stop_micros"] else ""),
        ("Trailing", formats.percent(action["trail_bps"], signed=False) if action["trail_bps"] else ""),
        ("Target", formats.price(action["target_micros"]) if action["target_micros"] else ""),
        ("Leave after", formats.span(timedelta(milliseconds=action["hold_ms"])) if action["hold_ms"] else ""),
    ]
    return {
        "title": f"{title} {action['symbol']}" if kind != "hold" else "Hold",
        "tone": {1: "up", -1: "down"}.get(action["side"] or 0, "") if opens else "",
        "terms": [{"label": label, "value": value} for label, value in terms if value],
        "reason": action["reason"],
    }


def allowed(*, status: str, code: str, detail: str, rows: Iterable[Any]) -> dict[str, Any]:
    """The verdict on an action, with every gate that was met."""
    label, tone = VERDICTS.get(status, ("Waiting for the gates", "info"))
    met = gates(rows)
    return {
        "label": label,
        "tone": tone,
        "why": words.denial(code, detail) if status == "denied" else "",
        "gates": [gate for gate in met if gate["is_figure"] or not gate["holds"]],
        "answers": [gate for gate in met if gate["holds"] and not gate["is_figure"]],
        "passed": sum(gate["holds"] for gate in met),
        "met": len(met),
    }


def receipts(fills: Iterable[Mapping[str, Any]], *, decimals: int) -> list[dict[str, Any]]:
    """Fills with what each part of their price cost."""
    return [_receipt(fill, decimals) for fill in fills]


def _receipt(fill: Mapping[str, Any], decimals: int) -> dict[str, Any]:
    lines = [
        {"label": label, **_line(fill[name], kind)}
        for label, name, kind in RECEIPT
        if fill[name] or kind == "price"
    ]
    side = "Bought" if fill["side"] > 0 else "Sold"
    return {
        "title": f"{side} {formats.size(fill['size_lots'], decimals=decimals)} {fill['symbol']}",
        "tone": "up" if fill["side"] > 0 else "down",
        "price": formats.price(fill["price_micros"]),
        "notional": formats.dollars(fill["notional_micros"]),
        "lines": lines,
    }


def _line(value: Any, kind: str) -> dict[str, Any]:
    if kind == "name":
        return {"value": value, "mono": True}
    if kind == "cost":
        return {"value": formats.small_dollars(-value), "mono": False}
    if kind == "signed":
        return {"value": formats.signed_dollars(value), "mono": False}
    return {
        "value": formats.price(value) if kind == "price" else formats.dollars(value, places=4),
        "mono": False,
    }
