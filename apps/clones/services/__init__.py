"""What may be done to clones; each verb is one transaction with an actor and an audit event."""

from apps.clones.services.clones import create_clone, delete_clone
from apps.clones.services.entitlements import (
    consume_entitlement,
    grant_entitlement,
    lock_entitlement,
    reinstate_entitlement,
    revoke_entitlement,
    withdraw_entitlement,
)
from apps.clones.services.forks import fork_clone
from apps.clones.services.holds import place_hold, release_hold
from apps.clones.services.images import remove_image, set_image, upload_image
from apps.clones.services.moderation import dismiss_reports, moderate_clone
from apps.clones.services.profiles import check_profile, edit_profile
from apps.clones.services.reports import file_report, report_clone, resolve_report
from apps.clones.services.strategies import (
    compose_basic,
    publish,
    publishable,
    restore_draft,
    save_draft,
    usable,
)

__all__ = [
    "check_profile",
    "compose_basic",
    "consume_entitlement",
    "create_clone",
    "delete_clone",
    "dismiss_reports",
    "edit_profile",
    "file_report",
    "fork_clone",
    "grant_entitlement",
    "lock_entitlement",
    "moderate_clone",
    "place_hold",
    "publish",
    "publishable",
    "reinstate_entitlement",
    "release_hold",
    "remove_image",
    "report_clone",
    "resolve_report",
    "restore_draft",
    "revoke_entitlement",
    "save_draft",
    "set_image",
    "upload_image",
    "usable",
    "withdraw_entitlement",
]
