"""Named leases with a fencing epoch: one owner at a time, and a late writer finds out."""

from datetime import datetime, timedelta

from django.db.models import F, Q

from apps.core.errors import Conflict
from apps.operations.models import Lease
from apps.operations.types import LeaseGrant

__all__ = ["LeaseGrant", "LeaseLost", "assert_held", "claim", "extend", "release"]


class LeaseLost(Conflict):
    """The lease expired and went to somebody else; what was about to be written must not be."""

    code = "LEASE_LOST"
    retryable = True


def claim(name: str, *, owner: str, ttl: timedelta, real_now: datetime) -> LeaseGrant | None:
    """Take the lease until `real_now + ttl`, or None while another holds it; each grant's epoch is higher."""
    row, _ = Lease.objects.get_or_create(name=name)
    free = Q(owner="") | Q(expires_at__isnull=True) | Q(expires_at__lte=real_now)
    taken = Lease.objects.filter(free, name=name, epoch=row.epoch).update(
        owner=owner, epoch=F("epoch") + 1, expires_at=real_now + ttl
    )
    return LeaseGrant(name, owner, row.epoch + 1) if taken else None


def extend(grant: LeaseGrant, *, ttl: timedelta, real_now: datetime) -> None:
    """Hold the lease until `real_now + ttl`; raises LeaseLost when it has gone to another."""
    held = Lease.objects.filter(name=grant.name, owner=grant.owner, epoch=grant.epoch)
    if not held.update(expires_at=real_now + ttl):
        raise LeaseLost(f"The lease {grant.name} #{grant.epoch} was taken over; stop and start again.")


def release(grant: LeaseGrant) -> bool:
    """Give the lease back; False when it had gone to another already."""
    held = Lease.objects.filter(name=grant.name, owner=grant.owner, epoch=grant.epoch)
    return bool(held.update(owner="", expires_at=None))


def assert_held(grant: LeaseGrant) -> None:
    """Fence a write: inside its transaction, lock the lease row and raise LeaseLost unless the epoch is
    still ours.

    Expiry alone does not fail it: until somebody else claims, the work is still this owner's.
    """
    row = Lease.objects.select_for_update().filter(name=grant.name).values_list("owner", "epoch").first()
    if row != (grant.owner, grant.epoch):
        raise LeaseLost(f"The lease {grant.name} #{grant.epoch} was taken over; stop and start again.")
