"""A clone's decisions for its owner: the list with its filters, and one decision taken apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from apps.clones import queries as clones
from apps.core.errors import NotFound
from apps.core.moments import to_ms
from apps.decisions import queries as decisions
from apps.decisions.services import payloads
from apps.decisions.types import RunStatus
from apps.trading import queries as trading
from apps.trading.queries.decided import Became, account_of, became_of, list_decided
from apps.trading.types import VerdictStatus
from apps.web import formats, links, words
from apps.web.compose import evidence
from apps.web.compose.decisions import rows_of

PAGE = 40
STATES = {
    RunStatus.COMPLETED: ("Answered", "up"),
    RunStatus.FAILED: ("Failed", "down"),
    RunStatus.SKIPPED: ("Skipped", "warn"),
    RunStatus.RUNNING: ("Thinking", "info"),
    RunStatus.QUEUED: ("Waiting", "info"),
}
OUTCOMES = {
    VerdictStatus.EXECUTED: "Executed",
    VerdictStatus.DENIED: "Denied",
    VerdictStatus.HELD: "Held",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions of the list; `before` is where the page before ended."""

    symbol: str | None = None
    status: str | None = None
    outcome: str | None = None
    before: tuple[datetime, int] | None = None

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> "Wanted":
        """The filters of an address; what is none of ours is left aside."""
        status, outcome = sent.get("status", ""), sent.get("outcome", "")
        return cls(
            symbol=sent.get("asset", "")[:32] or None,
            status=status if status in RunStatus.values else None,
            outcome=outcome if outcome in VerdictStatus.values else None,
            before=_place(sent.get("before", "")),
        )

    def address(self, before: str = "") -> str:
        """These filters as the query of an address, from a place on."""
        parts = {"asset": self.symbol, "status": self.status, "outcome": self.outcome, "before": before}
        return urlencode({name: value for name, value in parts.items() if value})


def decision_list(clone: Any, wanted: Wanted) -> dict[str, Any]:
    """A page of the clone's decisions, newest first, and what they can be filtered by."""
    runs = list(
        list_decided(
            clone_public_id=clone.public_id,
            symbol=wanted.symbol,
            status=wanted.status,
            outcome=wanted.outcome,
            before=wanted.before,
        )[: PAGE + 1]
    )
    shown = runs[:PAGE]
    verdicts = trading.verdicts_of([action.pk for run in shown for action in run.actions.all()])
    last = shown[-1] if len(runs) > PAGE else None
    base = reverse("my-clone-decisions", args=[clone.public_id])
    return {
        "rows": [_row(clone, run, verdicts) for run in shown],
        "older": f"{base}?{wanted.address(f'{to_ms(last.slot_at)}-{last.pk}')}" if last else "",
        "newest": f"{base}?{wanted.address()}" if wanted.before else "",
        "base": base,
        "is_filtered": bool(wanted.symbol or wanted.status or wanted.outcome),
        "filters": [
            _filter("asset", "Asset", [(one, one) for one in _symbols(clone, wanted)], wanted.symbol),
            _filter("status", "Status", [(key.value, STATES[key][0]) for key in STATES], wanted.status),
            _filter("outcome", "Outcome", [(key.value, OUTCOMES[key]) for key in OUTCOMES], wanted.outcome),
        ],
    }


def decision_page(clone: Any, run_id: str) -> dict[str, Any]:
    """One decision, whole: for the owner alone; NotFound for another clone's."""
    run = decisions.get_run(run_id)
    if run.version.clone_id != clone.pk:
        raise NotFound("There is no such decision run.")
    context = payloads.context_of(run)
    prompt, answer = payloads.prompt_of(run), payloads.answer_of(run)
    state, tone = STATES[RunStatus(run.status)]
    account = account_of(run.subject)
    return {
        "id": run.public_id,
        "symbol": run.symbol,
        "symbol_url": links.market(run.symbol),
        "slot": formats.moment(run.slot_at),
        "decided": formats.moment(run.decided_at) if run.decided_at else "",
        "state": state,
        "tone": tone,
        "why": words.spelt_out(run.error_code),
        "detail": run.error_detail,
        "woken": run.get_wake_cause_display() if run.wake_cause else "",
        "engine": run.engine_revision or run.engine,
        "version": run.version.number,
        "version_url": reverse("my-clone-version", args=[clone.public_id, run.version.number]),
        "account_url": links.account(account.public_id) if account else "",
        "account": run.subject,
        "saw": evidence.seen(context),
        "words": evidence.owners_words(context),
        "prompt": evidence.raw(prompt),
        "answer": evidence.raw(answer),
        "spent": evidence.spent(run),
        "actions": [_action(one) for one in became_of(list(run.actions.all()))],
        "seals": seals(run),
        "proof_url": reverse("decision-proof", args=[run.public_id]) if account and run.is_finished else "",
        "api": f"/api/v1/clones/{clone.public_id}/decision-runs/{run.public_id}",
    }


def seals(run: Any) -> list[dict[str, str]]:
    """What the seal of a run covers, and where it stands in its chain."""
    rows = [
        ("Record", run.record_digest),
        ("Record before it", run.previous_digest or "none: this is the first"),
        ("Context", run.context_digest),
        ("Prompt", run.prompt_digest),
        ("Answer", run.answer_digest),
        ("Strategy version", run.version.digest),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def _symbols(clone: Any, wanted: Wanted) -> list[str]:
    """The assets of the version that decides now, and the one that is asked for."""
    version = clones.active_version(clone)
    found = set(clones.compiled(version).active_assets) if version else set()
    return sorted(found | ({wanted.symbol} if wanted.symbol else set()))


def _filter(name: str, label: str, choices: list[tuple[str, str]], chosen: str | None) -> dict[str, Any]:
    options = [{"value": key, "label": text, "chosen": key == chosen} for key, text in choices]
    return {"name": name, "label": label, "options": options}


def _row(clone: Any, run: Any, verdicts: Mapping[int, Any]) -> dict[str, Any]:
    rows = rows_of(run, verdicts, is_private=True)
    return {
        "id": run.public_id,
        "url": reverse("my-clone-decision", args=[clone.public_id, run.public_id]),
        "at": formats.moment(run.slot_at),
        "symbol": run.symbol,
        "acts": rows,
        "cost": formats.small(run.cost_micros) if run.cost_micros else "",
        "engine": run.engine,
        "woken": run.get_wake_cause_display() if run.wake_cause else "",
    }


def _action(one: Became) -> dict[str, Any]:
    action, verdict, document = one.action, one.verdict, one.document or {}
    fields = {
        name: getattr(action, name)
        for name in (
            *("kind", "symbol", "side", "notional_micros", "leverage", "is_isolated"),
            *("stop_micros", "trail_bps", "target_micros", "hold_ms", "reason"),
        )
    }
    return {
        "wanted": evidence.wanted(fields),
        "allowed": evidence.allowed(
            status=verdict.status if verdict else "",
            code=verdict.reason_code if verdict else "",
            detail=verdict.detail if verdict else "",
            rows=document.get("gates", ()),
        ),
        "is_recorded": one.record is not None,
        "got": _got(one),
        "record": [
            {"label": "Execution record", "value": one.record.digest},
            {
                "label": "Execution record before it",
                "value": one.record.previous_digest or "none: this is the first",
            },
        ]
        if one.record
        else [],
    }


def _got(one: Became) -> dict[str, Any] | None:
    order = one.order
    if order is None:
        return None
    fills = [{name: getattr(fill, name) for name in FILL} for fill in order.fills.all()]
    cash = [row for row in one.ledger if row.book == "cash"]
    return {
        "order": order.public_id,
        "receipts": evidence.receipts(fills, decimals=order.asset.size_decimals),
        "ledger": [_posting(row) for row in one.ledger],
        "balance": formats.dollars(cash[-1].balance_after_micros) if cash else "",
    }


FILL = (
    *("side", "symbol", "size_lots", "price_micros", "notional_micros", "fee_micros", "realized_micros"),
    *("mid_micros", "half_spread_micros", "walk_micros", "margin_micros"),
    *("book_reference", "quote_reference", "kernel_version"),
)
"""What a receipt is made of, by the names of rows and of the kernel's fills alike."""


def _posting(row: Any) -> dict[str, Any]:
    return {
        "sequence": row.sequence,
        "kind": words.LEDGER_KINDS.get(row.kind, words.spelt_out(row.kind.upper())),
        "book": row.book.capitalize(),
        "amount": formats.signed_dollars(row.amount_micros, places=6),
        "tone": formats.tone(row.amount_micros) if row.book == "cash" else "",
        "balance": formats.dollars(row.balance_after_micros),
        "hash": row.hash[:16],
    }


def _place(sent: str) -> tuple[datetime, int] | None:
    """Where a page before ended, None for what no page of ours wrote."""
    moment, _, key = sent.partition("-")
    if not (sent.isascii() and moment.isdigit() and key.isdigit() and len(moment) < 14 and len(key) < 18):
        return None
    return datetime.fromtimestamp(int(moment) / 1000, tz=UTC), int(key)
