"""Leases: one owner at a time, higher epochs, and a late writer is fenced off."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from apps.operations import leases
from apps.operations.leases import LeaseLost
from apps.operations.models import Lease

AT = datetime(2026, 1, 1, tzinfo=UTC)
TTL = timedelta(seconds=30)

pytestmark = pytest.mark.django_db


def test_one_owner_until_it_expires() -> None:
    first = leases.claim("x", owner="a", ttl=TTL, real_now=AT)
    assert first is not None and first.epoch == 1
    assert leases.claim("x", owner="b", ttl=TTL, real_now=AT + TTL - timedelta(seconds=1)) is None
    second = leases.claim("x", owner="b", ttl=TTL, real_now=AT + TTL)
    assert second is not None and second.epoch == 2


def test_the_late_owner_cannot_write_extend_or_release() -> None:
    first = leases.claim("x", owner="a", ttl=TTL, real_now=AT)
    assert first is not None
    leases.assert_held(first)
    leases.claim("x", owner="b", ttl=TTL, real_now=AT + TTL)
    for act in (
        lambda: leases.assert_held(first),
        lambda: leases.extend(first, ttl=TTL, real_now=AT + TTL),
    ):
        with pytest.raises(LeaseLost), transaction.atomic():
            act()
    assert leases.release(first) is False
    assert Lease.objects.get(name="x").owner == "b"


def test_the_same_owner_with_an_old_epoch_is_fenced_too() -> None:
    first = leases.claim("x", owner="a", ttl=TTL, real_now=AT)
    assert first is not None
    assert leases.claim("x", owner="a", ttl=TTL, real_now=AT + TTL) is not None
    with pytest.raises(LeaseLost), transaction.atomic():
        leases.assert_held(first)


def test_extending_holds_and_releasing_frees_at_once() -> None:
    first = leases.claim("x", owner="a", ttl=TTL, real_now=AT)
    assert first is not None
    leases.extend(first, ttl=TTL, real_now=AT + TTL)
    assert leases.claim("x", owner="b", ttl=TTL, real_now=AT + TTL + timedelta(seconds=29)) is None
    assert leases.release(first) is True
    second = leases.claim("x", owner="b", ttl=TTL, real_now=AT)
    assert second is not None and second.epoch == 2
