"""What an account did and what was decided about it: orders with receipts, exits, ledger, policies, audit."""

from itertools import pairwise
from typing import Any

from django.urls import reverse

from apps.console.market_data.figures import price
from apps.console.words import cents, moment, signed, size, tone
from apps.operations import queries as operations
from apps.operations.admin_columns import money
from apps.trading import queries as trading
from apps.trading.queries.policy_figures import readable_changes
from apps.trading.queries.records import list_policies
from apps.trading.types import TriggerStatus

ORDERS_SHOWN = 25
LEDGER_SHOWN = 30
EVENTS_SHOWN = 25
POLICIES_SHOWN = 8
ENDED_EXITS_SHOWN = 10
BOOKS = {"pnl": "PnL"}
KINDS = {"realized_pnl": "Realised PnL"}


def orders(account: Any) -> list[dict[str, Any]]:
    """The latest orders, each with its fills as receipts."""
    return [
        {
            "id": order.public_id,
            "url": reverse("admin:trading_order_change", args=[order.pk]),
            "at": moment(order.placed_at),
            "side": "Buy" if order.side > 0 else "Sell",
            "symbol": order.symbol,
            "size": size(order.size_lots, order.asset.size_decimals),
            "cause": order.get_cause_display(),
            "fee": cents(sum(fill.fee_micros for fill in order.fills.all())).lstrip("+"),
            "realized": cents(realized := sum(fill.realized_micros for fill in order.fills.all())),
            "tone": tone(realized),
            "fills": [_receipt(fill) for fill in order.fills.all()],
        }
        for order in trading.list_orders(account)[:ORDERS_SHOWN]
    ]


def _receipt(fill: Any) -> dict[str, Any]:
    return {
        "price": price(fill.price_micros),
        "notional": money(fill.notional_micros, is_exact=True),
        "lines": [
            ("mid price", price(fill.mid_micros)),
            ("half spread", money(fill.half_spread_micros, is_exact=True)),
            ("book walk", money(fill.walk_micros, is_exact=True)),
            ("fee", money(fill.fee_micros, is_exact=True)),
            ("realised", signed(fill.realized_micros)),
            ("leverage", f"{fill.leverage}x {'isolated' if fill.is_isolated else 'cross'}"),
            ("isolated margin", signed(fill.margin_micros) if fill.is_isolated else "none"),
            ("price was", f"{fill.price_age_ms:,} ms old"),
            ("quote", fill.quote_reference),
            ("book", fill.book_reference or "none: the impact curve"),
            ("kernel", fill.kernel_version),
        ],
    }


def exits(account: Any) -> dict[str, list[dict[str, str]]]:
    """The exits that stand, and the latest that ended."""
    ended = trading.list_triggers(account).exclude(status=TriggerStatus.STANDING)[:ENDED_EXITS_SHOWN]
    return {
        "standing": [_exit(each) for each in trading.list_standing(account)],
        "ended": [_exit(each) for each in ended],
    }


def _exit(trigger: Any) -> dict[str, str]:
    if trigger.expires_at is not None:
        level = moment(trigger.expires_at)
    elif trigger.trail_bps:
        level = (
            f"{price(trigger.price_micros)}, {trigger.trail_bps / 100:g}% behind {price(trigger.best_micros)}"
        )
    else:
        level = price(trigger.price_micros)
    return {
        "symbol": trigger.symbol,
        "kind": trigger.get_kind_display(),
        "of": "Long" if trigger.side > 0 else "Short",
        "level": level,
        "set": moment(trigger.set_at),
        "status": trigger.get_status_display(),
        "why": trigger.status_reason,
        "ended": moment(trigger.ended_at),
    }


def ledger(account: Any) -> list[dict[str, Any]]:
    """The latest rows of the ledger."""
    return [
        {
            "sequence": entry.sequence,
            "at": moment(entry.at),
            "book": BOOKS.get(entry.book) or entry.get_book_display(),
            "kind": KINDS.get(entry.kind) or entry.kind.capitalize(),
            "amount": signed(entry.amount_micros),
            "tone": tone(entry.amount_micros),
            "balance": money(entry.balance_after_micros, is_exact=True),
            "reference": entry.reference,
        }
        for entry in trading.list_ledger(account)[:LEDGER_SHOWN]
    ]


def policies(account: Any) -> list[dict[str, Any]]:
    """The latest policies, newest first, each with what it changed."""
    rows = list(list_policies(account)[: POLICIES_SHOWN + 1])
    pairs: list[tuple[Any, Any]] = [*pairwise(rows), *([(rows[-1], None)] if rows else [])]
    return [
        {
            "sequence": row.sequence,
            "at": moment(row.at),
            "reason": row.reason,
            "url": reverse("admin:trading_policysnapshot_change", args=[row.pk]),
            "changes": readable_changes(before.document, row.document) if before is not None else [],
        }
        for row, before in pairs[:POLICIES_SHOWN]
    ]


def events(account: Any) -> list[dict[str, Any]]:
    """The latest audit events of the account; that an act was asked for is left out where it was done at once."""
    kind = account._meta.label_lower
    found = operations.list_audit_events().filter(subject_type=kind, subject_id=account.public_id)
    told = [event for event in found[: 2 * EVENTS_SHOWN] if _tells(event)]
    return [
        {
            "what": event.verb.rpartition(".")[2].replace("-", " ").capitalize(),
            "verb": event.verb,
            "by": event.actor_label or event.actor_id,
            "second": event.detail.get("approved_by_label", ""),
            "refused": event.detail.get("refused", ""),
            "reason": event.reason,
            "at": moment(event.at),
            "url": reverse("admin:operations_auditevent_change", args=[event.pk]),
        }
        for event in told[:EVENTS_SHOWN]
    ]


def _tells(event: Any) -> bool:
    return not event.verb.endswith("-asked") or bool({"refused", "held_act"} & set(event.detail))
