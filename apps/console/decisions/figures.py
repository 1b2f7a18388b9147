"""One decision as operators read it: everything but the prompt and the raw answer, which hold its owner's words."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.urls import reverse

from apps.console.words import moment, percent, signed, size
from apps.core.money import scaled_text
from apps.decisions.engine import saw
from apps.decisions.services import payloads
from apps.operations.admin_columns import money
from apps.trading.queries.decided import Became, account_of, became_of
from apps.trading.queries.gate_figures import ANSWER, GateFigure, gate_figures

TONES = {"completed": "success", "failed": "danger", "skipped": "warning"}
VERDICTS = {"executed": "success", "denied": "danger"}
_WRITERS: dict[str, Any] = {
    "price": lambda value: money(value, is_exact=True),
    "dollars": lambda value: money(value, is_exact=True),
    "rate_e10": lambda value: f"{scaled_text(value, 8)}%",
    "bps": lambda value: percent(value, is_signed=True),
    "distance_bps": percent,
    "share_e6": lambda value: f"{scaled_text(value, 4)}%",
    "chance_e6": lambda value: f"{scaled_text(value, 4)}%",
    "points_e6": lambda value: scaled_text(value, 6),
    "count": lambda value: f"{value:,}",
    "lots": lambda value: f"{value:,} lots",
    "times": lambda value: f"{value}x",
    "ms": lambda value: f"{value:,} ms",
    "moment_ms": lambda value: moment(datetime.fromtimestamp(0, tz=UTC) + timedelta(milliseconds=value)),
}


def decision_page(run: Any) -> dict[str, Any]:
    """Everything that the page shows of a run."""
    context = payloads.context_of(run)
    account = account_of(run.subject)
    return {
        "run": {
            "id": run.public_id,
            "symbol": run.symbol,
            "slot": moment(run.slot_at),
            "decided": moment(run.decided_at),
            "status": run.get_status_display(),
            "tone": TONES.get(run.status, "info"),
            "code": run.error_code,
            "detail": run.error_detail,
            "woken": run.get_wake_cause_display() if run.wake_cause else "",
            "engine": run.engine_revision or run.engine,
            "version": run.version.number,
            "subject": run.subject,
            "clone": account.clone.name if account else "",
            "account_url": reverse("console-account", args=[account.public_id]) if account else "",
            "row_url": reverse("admin:decisions_decisionrun_change", args=[run.pk]),
        },
        "cards": _cards(run),
        "sections": [_section(one) for one in (*saw.seen(context), *saw.account_seen(context))],
        "actions": [_action(one) for one in became_of(list(run.actions.all()))],
        "seals": _seals(run),
    }


def shown(unit: str, value: Any) -> str:
    """A figure in people's words; text stays as it is."""
    if value is None:
        return "not enough data"
    return str(_WRITERS[unit](value)) if unit in _WRITERS else str(value)


def _cards(run: Any) -> list[dict[str, str]]:
    cached = f"{run.tokens_cached_count:,} of them cached"
    return [
        {"title": "Model", "value": run.model or "none", "note": run.engine_revision or run.engine},
        {"title": "Tokens in", "value": f"{run.tokens_in_count:,}", "note": cached},
        {"title": "Tokens out", "value": f"{run.tokens_out_count:,}", "note": "the answer"},
        {"title": "Cost", "value": money(run.cost_micros, is_exact=True), "note": "all calls of the run"},
        {"title": "Latency", "value": f"{run.latency_ms:,} ms", "note": "from the question to the answer"},
    ]


def _section(section: saw.Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "age": "" if section.age_ms is None else f"{section.age_ms:,} ms old",
        "rows": [(fact.label, shown(fact.unit, fact.value)) for fact in section.facts],
        "told": list(section.told),
    }


def _action(one: Became) -> dict[str, Any]:
    action, verdict = one.action, one.verdict
    gates = gate_figures((one.document or {}).get("gates", ()))
    return {
        "kind": action.get_kind_display(),
        "side": action.get_side_display() if action.side else "",
        "terms": _terms(action),
        "reason": action.reason,
        "verdict": verdict.get_status_display() if verdict else "Waiting for the gates",
        "tone": VERDICTS.get(verdict.status, "info") if verdict else "info",
        "code": verdict.reason_code if verdict else "",
        "detail": verdict.detail if verdict else "",
        "gates": [_gate(gate) for gate in gates if gate.unit != ANSWER or not gate.holds],
        "answers": [_gate(gate) for gate in gates if gate.unit == ANSWER and gate.holds],
        "record": one.record.digest if one.record else "",
        "order": _order(one),
        "ledger": [_entry(entry) for entry in one.ledger],
    }


def _terms(action: Any) -> list[tuple[str, str]]:
    terms = (
        ("notional", "dollars", action.notional_micros),
        ("leverage", "times", action.leverage if action.kind in ("open", "flip") else 0),
        ("stop", "price", action.stop_micros),
        ("trail", "distance_bps", action.trail_bps),
        ("target", "price", action.target_micros),
        ("leave after", "ms", action.hold_ms),
    )
    return [(label, shown(unit, value)) for label, unit, value in terms if value]


def _gate(gate: GateFigure) -> dict[str, Any]:
    if gate.unit == ANSWER:
        answer = "yes" if gate.holds else "no"
        return {"asks": gate.asks, "code": gate.code, "value": answer, "range": "yes", "holds": gate.holds}
    bounds = [shown(gate.unit, bound) if bound is not None else "" for bound in (gate.low, gate.high)]
    value = "never before" if gate.value is None else shown(gate.unit, gate.value)
    return {
        "asks": gate.asks,
        "code": gate.code,
        "value": value,
        "range": " … ".join(bounds) if any(bounds) else "",
        "holds": gate.holds,
    }


def _order(one: Became) -> Mapping[str, Any] | None:
    order = one.order
    if order is None:
        return None
    return {
        "id": order.public_id,
        "url": reverse("admin:trading_order_change", args=[order.pk]),
        "fills": [
            [
                ("side", "Buy" if fill.side > 0 else "Sell"),
                ("size", f"{size(fill.size_lots, order.asset.size_decimals)} {fill.symbol}"),
                ("price", money(fill.price_micros, is_exact=True)),
                ("notional", money(fill.notional_micros, is_exact=True)),
                ("mid price", money(fill.mid_micros, is_exact=True)),
                ("half spread", money(fill.half_spread_micros, is_exact=True)),
                ("book walk", money(fill.walk_micros, is_exact=True)),
                ("fee", money(fill.fee_micros, is_exact=True)),
                ("realised", signed(fill.realized_micros)),
                ("quote", fill.quote_reference),
                ("book", fill.book_reference or "none: the impact curve"),
            ]
            for fill in order.fills.all()
        ],
    }


def _entry(entry: Any) -> dict[str, Any]:
    return {
        "sequence": entry.sequence,
        "book": entry.get_book_display(),
        "kind": entry.kind,
        "amount": signed(entry.amount_micros),
        "balance": money(entry.balance_after_micros, is_exact=True),
        "reference": entry.reference,
    }


def _seals(run: Any) -> list[tuple[str, str]]:
    rows = (
        ("record", run.record_digest),
        ("before it", run.previous_digest),
        ("context", run.context_digest),
        ("prompt", run.prompt_digest),
        ("answer", run.answer_digest),
        ("strategy version", run.version.digest),
    )
    return [(label, digest) for label, digest in rows if digest]
