"""The operator's view of clones, their versions and their entitlements."""

from apps.clones.admin.clone import CloneAdmin
from apps.clones.admin.entitlement import EntitlementAdmin
from apps.clones.admin.version import StrategyVersionAdmin

__all__ = ["CloneAdmin", "EntitlementAdmin", "StrategyVersionAdmin"]
