"""Doing the steps of a schedule; each may be done again after a kill and then changes nothing that was done."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from django.apps import apps as registry
from django.db import transaction

from apps.core.errors import DomainError
from apps.operations import clock, queue
from apps.operations.cadence import run_once
from apps.operations.invariants import registered
from apps.operations.types import Actor
from apps.trading import queries
from apps.trading.models import (
    AccountSnapshot,
    Fill,
    Order,
    Position,
    PriceOutage,
    PropAccount,
    TradingHalt,
    TriggerOrder,
)
from apps.trading.services import accounts, halts, rebuild
from tests.trading import world
from tests.trading.kills.schedules import ACCOUNTS, START, Step

EXECUTE, MARK, DECIDE = (
    "trading.execute-pending-actions",
    "trading.mark-to-market",
    "trading.decide-due-accounts",
)
REPAIR = ("operations.relay-outbox", "decisions.sweep-stuck-runs")
ACTIONS = ("open", "close", "reduce", "flip", "exits", "cancel")
SECOND = Actor.system("tests.trading.second")
REASON = "Asked for by the schedule"


def seed() -> None:
    """A clone, its accounts, candles to decide on, and assets of three classes."""
    world.put_candles(count=60)
    for symbol in START:
        world.make_asset(symbol, size_decimals=5 if symbol == "BTC" else 3)
    clone = world.make_clone(assets=("BTC",))
    for _ in range(ACCOUNTS):
        world.make_account(
            clone,
            allowed_symbols=tuple(START),
            max_position_micros=10**12,
            max_exposure_micros=2 * 10**12,
            max_net_exposure_micros=2 * 10**12,
        )


def live_in(generation: int) -> None:
    """Every process of a schedule lives ten minutes after the one before it: its leases have run out."""
    started = clock.real_now
    clock.real_now = lambda: started() + generation * timedelta(minutes=10)


def recover(step: Step) -> None:
    """What a fresh start does: repair, then the step at which the last process ended, once more."""
    clock.now = lambda: step.at
    for name in REPAIR:
        run_once(name, force=True)
    do(step)


def do(step: Step) -> None:
    """Put the prices of the moment into memory, then do what the step says."""
    clock.now = lambda: step.at
    _remember(step)
    if step.kind in ACTIONS:
        _act(step)
        return
    if step.kind == "decide":
        run_once(DECIDE, force=True)
        queue.drain()
        run_once(EXECUTE, force=True)
        return
    handler = _HANDLERS.get(step.kind)
    if handler is not None:
        handler(step, _account(step))
    _mark()


def _mark() -> None:
    """Mark until no exit follows: a liquidation that takes a part goes on with the next mark, at the same prices too."""
    orders = -1
    while orders != (orders := Order.objects.count()):
        run_once(MARK, force=True)


def _account(step: Step) -> PropAccount:
    return PropAccount.objects.order_by("ordinal")[step.account]


def _remember(step: Step) -> None:
    model = registry.get_model("market.Quote")
    if model.objects.filter(at=step.at).exists():
        return
    keys = dict(registry.get_model("market.Asset").objects.values_list("symbol", "pk"))
    model.objects.bulk_create(
        model(
            asset_id=keys[symbol],
            at=step.at,
            mark_micros=price,
            oracle_micros=price,
            mid_micros=price,
            funding_rate_e10=step.rate_e10,
            source="synthetic",
            knowable_at=step.at,
        )
        for symbol, price in step.prices.items()
    )


def _act(step: Step) -> None:
    account = _account(step)
    runs = registry.get_model("decisions.DecisionRun").objects
    if not runs.filter(subject=account.public_id, slot_at=step.at).exists():
        fields = dict(step.fields)
        kind = fields.pop("kind", step.kind)
        with transaction.atomic():
            world.propose_action(account, kind, now=step.at, symbol=step.symbol, **fields)
    run_once(EXECUTE, force=True)


def _operate(act: Callable[..., Any], step: Step, account: PropAccount, **more: Any) -> None:
    """An operator's act; what the account's state does not allow, or a second try finds done, is refused."""
    with suppress(DomainError):
        act(account=account, reason=REASON, by=world.BY, now=step.at, **more)


def _force_out(step: Step, account: PropAccount) -> None:
    """Asked for again, it would be done and recorded again."""
    if account.status != "locked":
        _operate(accounts.force_exit, step, account)


def _adjust(step: Step, account: PropAccount) -> None:
    _operate(
        accounts.adjust_cash,
        step,
        account,
        amount_micros=step.rate_e10 or 1,
        reference=f"kills-{step.at:%H%M%S}",
        approved_by=SECOND,
    )


def _force_liquidation(step: Step, account: PropAccount) -> None:
    _operate(accounts.force_liquidate, step, account, approved_by=SECOND)


def _halt(step: Step, _account: PropAccount) -> None:
    mode = "halted" if step.rate_e10 > 0 else "reducing"
    with suppress(DomainError):
        halts.set_halt(scope="asset", mode=mode, symbol=step.symbol, reason=REASON, by=world.BY, now=step.at)


def _lift(step: Step, _account: PropAccount) -> None:
    for halt in TradingHalt.objects.filter(lifted_at__isnull=True):
        halts.lift_halt(halt=halt, reason=REASON, by=world.BY, now=step.at)


def _delist(step: Step, _account: PropAccount) -> None:
    assets = registry.get_model("market.Asset").objects.filter(symbol=step.symbol, is_delisted=False)
    assets.update(is_delisted=True, delisted_at=step.at - timedelta(days=2))


def _thin(_step: Step, _account: PropAccount) -> None:
    run_once("trading.thin-snapshots", force=True)


_HANDLERS: dict[str, Callable[[Step, PropAccount], None]] = {
    "pause": partial(_operate, accounts.pause_account),
    "restrict": partial(_operate, accounts.restrict_account),
    "stop": partial(_operate, accounts.halt_account),
    "resume": partial(_operate, accounts.resume_account),
    "force out": _force_out,
    "complete": partial(_operate, accounts.close_account),
    "force liquidation": _force_liquidation,
    "adjust": _adjust,
    "halt": _halt,
    "lift": _lift,
    "delist": _delist,
    "thin": _thin,
}


def report() -> dict[str, Any]:
    """What is in the database now, without keys and random ids, and everything that is wrong with it."""
    runs = registry.get_model("decisions.DecisionRun").objects
    outbox = registry.get_model("operations.OutboxRow").objects
    audit = registry.get_model("operations.AuditEvent").objects
    owner = "account__ordinal"
    drawn = tuple(runs.filter(requested_by="tests").values_list("public_id", flat=True))
    broken = {check.key: wrong for check in registered() if (wrong := _without(check.check(), drawn))}
    differences = [str(difference) for difference in rebuild.compare()]
    return {
        "broken": {**broken, **({"rebuild": differences} if differences else {})},
        "ledger": queries.ledger_hash(),
        "accounts": _rows(
            PropAccount, "ordinal", "status", "cash_micros", "equity_micros", "peak_micros", "low_micros"
        ),
        "positions": _rows(Position, owner, "symbol", "size_lots", "cost_micros", "margin_micros"),
        "orders": _rows(Order, owner, "sequence", "cause", "symbol", "size_lots", "placed_at"),
        "fills": _rows(Fill, owner, "order__sequence", "index", "price_micros", "notional_micros", "at"),
        "triggers": _rows(
            TriggerOrder, owner, "symbol", "kind", "status", "price_micros", "set_at", "ended_at"
        ),
        "snapshots": _rows(AccountSnapshot, owner, "at", "equity_micros", "ledger_sequence"),
        "outages": _rows(PriceOutage, "symbol", "began_at", "ended_at"),
        "verdicts": queries.count_verdicts(),
        "runs": sorted(runs.values_list("status", flat=True)),
        "queued": sorted(outbox.values_list("status", flat=True)),
        "audit": sorted(Counter(audit.values_list("verb", flat=True)).items()),
    }


def _without(offences: Sequence[str], drawn: Sequence[str]) -> list[str]:
    """The offences that are not about the runs that the schedule itself wrote, which no engine sealed."""
    return [offence for offence in offences if not any(run in offence for run in drawn)]


def _rows(model: Any, *names: str) -> list[str]:
    return sorted(str(row) for row in model.objects.values_list(*names))
