"""Kill switches over models: set and lifted on the record; no call begins after one was set."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.core.errors import Conflict, IllegalTransition, InvalidInput
from apps.decisions.models import ModelHalt, ModelSpend
from apps.decisions.types import HaltScope, SpendScope
from apps.operations import audit
from apps.operations.types import Actor


class AlreadyHalted(Conflict):
    """The same kill switch stands already."""

    code = "ALREADY_HALTED"


@transaction.atomic
def set_model_halt(*, scope: str, reason: str, by: Actor, now: datetime, provider: str = "") -> ModelHalt:
    """Let nobody ask any model, or one provider's, until the switch is lifted; calls under way end as they end.

    Whoever reserves money for a call holds the row of all spending and reads the switches under it, as this does:
    no call begins after this call's commit. Raises InvalidInput for an unknown scope or provider, AlreadyHalted.
    """
    _check(scope, provider, reason)
    _wait_for_reservations()
    try:
        with transaction.atomic():
            halt = ModelHalt.objects.create(
                scope=scope,
                name=provider,
                reason=reason[:500],
                set_by=(by.label or by.identifier)[:160],
                set_at=now,
            )
    except IntegrityError as error:
        raise AlreadyHalted(f"{provider or 'Every model'} is halted already.") from error
    _record("set", halt, reason=reason, by=by, now=now)
    return halt


@transaction.atomic
def lift_model_halt(*, halt: ModelHalt, reason: str, by: Actor, now: datetime) -> ModelHalt:
    """Let go of a kill switch; it stays on record. Raises IllegalTransition when it was lifted before."""
    if not reason.strip():
        raise InvalidInput("Lifting a kill switch needs a reason.")
    fields = {
        "lifted_at": now,
        "lifted_by": (by.label or by.identifier)[:160],
        "lifted_reason": reason[:500],
    }
    if not ModelHalt.objects.filter(pk=halt.pk, lifted_at__isnull=True).update(**fields):
        raise IllegalTransition("This kill switch does not stand any more.")
    for name, value in fields.items():
        setattr(halt, name, value)
    _record("lifted", halt, reason=reason, by=by, now=now)
    return halt


def standing_halt(provider: str) -> ModelHalt | None:
    """The switch that stops this provider now, the one over everything first; None where none does."""
    standing = ModelHalt.objects.filter(lifted_at__isnull=True, name__in=["", provider])
    return standing.order_by("name").first()


def known_providers() -> list[str]:
    """The providers that the settings name."""
    return sorted({route.provider for routes in settings.DECISION_MODELS.values() for route in routes})


def _wait_for_reservations() -> None:
    """Take the row of all spending, in which every reservation is made: whoever reserves later reads this switch."""
    ModelSpend.objects.get_or_create(scope=SpendScope.EVERYTHING, key="", date=None)
    list(ModelSpend.objects.filter(scope=SpendScope.EVERYTHING, date__isnull=True).select_for_update())


def _check(scope: str, provider: str, reason: str) -> None:
    if scope not in HaltScope.values:
        raise InvalidInput("A kill switch is over every model or one provider.")
    if not reason.strip():
        raise InvalidInput("A kill switch needs a reason.")
    if scope == HaltScope.PROVIDER and provider not in known_providers():
        raise InvalidInput(f"No route goes to {provider!r}.")
    if scope == HaltScope.EVERYTHING and provider:
        raise InvalidInput("A kill switch over every model names no provider.")


def _record(what: str, halt: ModelHalt, *, reason: str, by: Actor, now: datetime) -> None:
    detail = {"scope": halt.scope, "provider": halt.name}
    audit.record(
        verb=f"decisions.model-halt.{what}", by=by, subject=halt, reason=reason, detail=detail, now=now
    )
