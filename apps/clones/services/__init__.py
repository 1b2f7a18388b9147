"""What may be done to clones; each verb is one transaction with an actor and an audit event."""

from apps.clones.services.clones import create_clone, hide_clone, reinstate_clone, retire_clone
from apps.clones.services.entitlements import consume_entitlement, grant_entitlement, revoke_entitlement
from apps.clones.services.strategies import publish, save_draft

__all__ = [
    "consume_entitlement",
    "create_clone",
    "grant_entitlement",
    "hide_clone",
    "publish",
    "reinstate_clone",
    "retire_clone",
    "revoke_entitlement",
    "save_draft",
]
