"""What an account's clone wanted, and what the gates said to it."""

from collections.abc import Mapping
from typing import Any

from apps.decisions import queries as runs
from apps.trading import queries as trading
from apps.web import formats, links, words

MOST_RUNS = 240
OUTCOMES = {"executed": ("Executed", "up"), "denied": ("Denied", "down"), "held": ("Held", "")}
ABOUT_EXITS = {"TRIGGER_PRICE_INVALID", "NO_TRIGGER"}
SIDES = {1: "long", -1: "short"}


def verdict_counts(account: Any) -> list[dict[str, str]]:
    """How many actions were executed, denied and held."""
    counts = trading.count_verdicts(account_ids=[account.pk])
    return [
        {"text": f"{counts[name]:,} {label.lower()}", "tone": tone if counts[name] else ""}
        for name, (label, tone) in OUTCOMES.items()
    ]


def decisions(account: Any, *, is_private: bool, most: int = MOST_RUNS) -> list[dict[str, str]]:
    """The latest `most` decisions of an account, newest first, one row per proposed action.

    What a gate said of a standing exit names its level, which only `is_private` lets through.
    """
    listed = list(runs.list_runs(subjects=[account.public_id])[:most])
    actions = [action for run in listed for action in run.actions.all()]
    verdicts = trading.verdicts_of([action.pk for action in actions])
    return [row for run in listed for row in rows_of(run, verdicts, is_private=is_private)]


def rows_of(run: Any, verdicts: Mapping[int, Any], *, is_private: bool) -> list[dict[str, str]]:
    """One run as rows, one per proposed action and at least one; `verdicts` are by action."""
    rows = [_action_row(run, action, verdicts.get(action.pk), is_private) for action in run.actions.all()]
    return rows or [_bare_row(run, is_private)]


def _action_row(run: Any, action: Any, verdict: Any, is_private: bool) -> dict[str, str]:
    label, chip = (
        OUTCOMES.get(verdict.status, (verdict.status, "")) if verdict else ("Waiting for the gates", "info")
    )
    denied = verdict is not None and verdict.status == "denied"
    return {
        "at": formats.moment(run.slot_at),
        "symbol": action.symbol,
        "symbol_url": links.market(action.symbol),
        "wanted": _wanted(action),
        "reason": formats.sentence(action.reason),
        "early": early_words(run) if is_private else "",
        "outcome": label,
        "chip": chip,
        "why": words.denial(verdict.reason_code, _detail(verdict, is_private)) if denied else "",
        "kind": action.kind,
        "proof_url": links.decision(run.public_id) if run.sequence else "",
    }


def _detail(verdict: Any, is_private: bool) -> str:
    return verdict.detail if is_private or verdict.reason_code not in ABOUT_EXITS else ""


def _bare_row(run: Any, is_private: bool) -> dict[str, str]:
    failed = run.status in ("failed", "skipped")
    return {
        "at": formats.moment(run.slot_at),
        "symbol": run.symbol,
        "symbol_url": links.market(run.symbol),
        "wanted": words.RUN_STATES.get(run.status, "No action"),
        "reason": formats.sentence(run.error_detail) if is_private else "",
        "early": early_words(run) if is_private else "",
        "outcome": run.status.capitalize(),
        "chip": "warn" if failed else "info",
        "why": words.spelt_out(run.error_code),
        "kind": run.status,
        "proof_url": links.decision(run.public_id) if run.sequence else "",
    }


def early_words(run: Any) -> str:
    """Why the decision came before its cadence, empty where it did not; it tells what the owner asked to be woken by."""
    return f"Early: {run.get_wake_cause_display().lower()}" if run.wake_cause else ""


def _wanted(action: Any) -> str:
    if action.kind == "hold":
        return "Hold"
    target = f" {SIDES[action.side]}" if action.side in SIDES and action.kind in ("open", "flip") else ""
    joiner = " to" if action.kind == "flip" else ""
    amount = f", {formats.dollars(action.notional_micros)}" if action.notional_micros else ""
    leverage = f" at {action.leverage}×" if action.leverage > 1 and action.kind in ("open", "flip") else ""
    return f"{action.kind.capitalize()}{joiner}{target}{amount}{leverage}"
