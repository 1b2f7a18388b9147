"""What may be done to clones; each verb is one transaction with an actor and an audit event."""

from apps.clones.services.clones import (
    create_clone,
    delete_clone,
    hide_clone,
    reinstate_clone,
    retire_clone,
)
from apps.clones.services.entitlements import (
    consume_entitlement,
    grant_entitlement,
    reinstate_entitlement,
    revoke_entitlement,
)
from apps.clones.services.forks import fork_clone
from apps.clones.services.holds import place_hold, release_hold
from apps.clones.services.strategies import compose_basic, publish, restore_draft, save_draft

__all__ = [
    "compose_basic",
    "consume_entitlement",
    "create_clone",
    "delete_clone",
    "fork_clone",
    "grant_entitlement",
    "hide_clone",
    "place_hold",
    "publish",
    "reinstate_clone",
    "reinstate_entitlement",
    "release_hold",
    "restore_draft",
    "retire_clone",
    "revoke_entitlement",
    "save_draft",
]
