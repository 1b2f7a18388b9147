"""Kill switches over an asset or over everything: set and lifted on the record, one at a time a scope."""

from datetime import datetime

from django.db import IntegrityError, transaction

from apps.core.errors import Conflict, IllegalTransition, InvalidInput
from apps.exchange.types import TradingMode
from apps.market import queries as market
from apps.operations import audit
from apps.operations.types import Actor
from apps.trading.models import PropAccount, TradingHalt
from apps.trading.types import OPEN_STATUSES, HaltScope

_MODES = (TradingMode.REDUCING, TradingMode.HALTED)


class AlreadyHalted(Conflict):
    """The same kill switch stands already."""

    code = "ALREADY_HALTED"


@transaction.atomic
def set_halt(
    *, scope: str, mode: str, reason: str, by: Actor, now: datetime, symbol: str = ""
) -> TradingHalt:
    """Leave only shrinking ("reducing") or nothing at all ("halted") possible in an asset, or in everything.

    What is being executed is waited for and what comes later sees the switch: no fill follows this call's commit.
    A standing switch of the scope in the other mode is replaced without a gap. Raises InvalidInput for an unknown
    scope or mode or a symbol where none belongs, NotFound for an unknown asset, AlreadyHalted.
    """
    _check(scope, mode, symbol, reason)
    _wait_for_fills()
    standing = (
        TradingHalt.objects.select_for_update()
        .filter(scope=scope, symbol=symbol, lifted_at__isnull=True)
        .first()
    )
    if standing is not None:
        if standing.mode == mode:
            raise AlreadyHalted(f"{_named(scope, symbol)} is {mode} already.")
        _end(standing, reason=f"Replaced: {reason}", by=by, now=now)
    try:
        with transaction.atomic():
            halt = TradingHalt.objects.create(
                scope=scope,
                symbol=symbol,
                mode=mode,
                reason=reason[:500],
                set_by=by.label or by.identifier,
                set_at=now,
            )
    except IntegrityError as error:
        raise AlreadyHalted("Somebody set this kill switch just now; look again.") from error
    _record("set", halt, reason=reason, by=by, now=now)
    return halt


@transaction.atomic
def lift_halt(*, halt: TradingHalt, reason: str, by: Actor, now: datetime) -> TradingHalt:
    """Let go of a kill switch; it stays on record. Raises IllegalTransition when it was lifted before."""
    if not reason.strip():
        raise InvalidInput("Lifting a kill switch needs a reason.")
    return _end(halt, reason=reason, by=by, now=now)


def _end(halt: TradingHalt, *, reason: str, by: Actor, now: datetime) -> TradingHalt:
    """Compare and set: a switch is lifted once."""
    fields = {
        "lifted_at": now,
        "lifted_by": (by.label or by.identifier)[:160],
        "lifted_reason": reason[:500],
    }
    if not TradingHalt.objects.filter(pk=halt.pk, lifted_at__isnull=True).update(**fields):
        raise IllegalTransition("This kill switch does not stand any more.")
    for name, value in fields.items():
        setattr(halt, name, value)
    _record("lifted", halt, reason=reason, by=by, now=now)
    return halt


def _wait_for_fills() -> None:
    """Take every open account's lock, in the order that fills take them: whoever fills reads the switches after it."""
    accounts = PropAccount.objects.filter(status__in=OPEN_STATUSES).order_by("pk")
    list(accounts.select_for_update(no_key=True).values_list("pk"))


def _check(scope: str, mode: str, symbol: str, reason: str) -> None:
    if scope not in HaltScope.values or mode not in _MODES:
        raise InvalidInput("A kill switch is over everything or an asset, and reducing or halted.")
    if not reason.strip():
        raise InvalidInput("A kill switch needs a reason.")
    if scope == HaltScope.ASSET:
        market.get_asset(symbol)
    elif symbol:
        raise InvalidInput("A kill switch over everything names no asset.")


def _named(scope: str, symbol: str) -> str:
    return symbol if scope == HaltScope.ASSET else "Everything"


def _record(what: str, halt: TradingHalt, *, reason: str, by: Actor, now: datetime) -> None:
    detail = {"scope": halt.scope, "symbol": halt.symbol, "mode": halt.mode}
    audit.record(verb=f"trading.halt.{what}", by=by, subject=halt, reason=reason, detail=detail, now=now)
