"""A decision that was only tried: what can be tried of a clone, and what came of it."""

from dataclasses import asdict
from typing import Any

from django.urls import reverse

from apps.clones import graph
from apps.clones import queries as clones
from apps.decisions.types import RunStatus
from apps.trading import queries as trading
from apps.trading.services.dry_run import Balance, DryRun, DryVerdict
from apps.trading.types import CLOSED_STATUSES
from apps.web import formats, links, words
from apps.web.compose import evidence
from apps.web.compose.builder import version_of
from apps.web.compose.explorer import FILL, STATES


def choices(clone: Any, number: int | None) -> dict[str, Any]:
    """What can be tried of the draft or of a version: its prompts with their assets, and on whose account."""
    if number is None:
        document = clones.get_draft(clone).document
        grant = clones.effective_entitlement(clone)
        strategy = graph.review(document, tier=grant.tier if grant else "starter").compiled
        what = "the draft as it was last saved"
    else:
        strategy = clones.compiled(version_of(clone, number))
        what = f"version {number}"
    prompts = strategy.enabled_prompts if strategy else ()
    return {
        "url": reverse("my-clone-try", args=[clone.public_id]),
        "what": what,
        "number": number or "",
        "options": [
            {"value": f"{prompt.key}:{symbol}", "label": f"{symbol} · {prompt.name}"}
            for prompt in prompts
            for symbol in prompt.assets
        ],
        "has_account": any(one.status not in CLOSED_STATUSES for one in trading.list_accounts(clone=clone)),
    }


def trial(clone: Any, run: DryRun) -> dict[str, Any]:
    """A dry run as its page shows it."""
    decision = run.decision
    state, tone = STATES[RunStatus(decision.status)]
    number = run.source.version
    return {
        "source": f"version {number}" if number else f"the draft, revision {run.source.revision}",
        "symbol": decision.symbol,
        "prompt_name": decision.prompt.name,
        "at": formats.moment(run.at),
        "engine": decision.engine_revision or decision.prompt.engine,
        "account": "its open account as it stands" if run.account_id else "a fresh account",
        "account_url": links.account(run.account_id) if run.account_id else "",
        "state": state,
        "tone": tone,
        "why": words.spelt_out(decision.code),
        "detail": decision.detail,
        "saw": evidence.seen(decision.context or {}),
        "words": evidence.owners_words(decision.context or {}),
        "prompt": evidence.raw(decision.raw.prompt),
        "answer": evidence.raw(decision.raw.text),
        "spent": evidence.spent(decision.raw),
        "before": _balance(run.before),
        "actions": [_action(one, run.size_decimals) for one in run.verdicts],
        "chosen": f"{decision.prompt.key}:{decision.symbol}",
    }


def _action(one: DryVerdict, decimals: int) -> dict[str, Any]:
    action = one.action
    fields = {
        **asdict(action.asked),
        **{name: getattr(action, name) for name in ("symbol", "notional_micros", "leverage", "reason")},
        "kind": action.kind.value,
        "side": None if action.side is None else int(action.side),
    }
    fills = (
        [{name: getattr(fill, name) for name in FILL} for fill in one.executed.fills] if one.executed else []
    )
    return {
        "wanted": evidence.wanted(fields),
        "allowed": evidence.allowed(status=one.status, code=one.code, detail=one.detail, rows=one.gates),
        "is_recorded": True,
        "got": {"receipts": evidence.receipts(fills, decimals=decimals)} if one.executed else None,
        "after": _balance(one.after) if one.after else [],
    }


def _balance(balance: Balance) -> list[dict[str, str]]:
    parts = (
        ("Cash", balance.cash_micros),
        ("Equity at the mark", balance.equity_micros),
        ("Free margin", balance.free_micros),
    )
    return [
        {"label": label, "value": formats.dollars(value) if value is not None else "no mark"}
        for label, value in parts
    ]
