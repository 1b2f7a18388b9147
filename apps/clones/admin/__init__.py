"""The operator's view of clones, their versions, their entitlements and the reports about them."""

from apps.clones.admin.clone import CloneAdmin
from apps.clones.admin.entitlement import EntitlementAdmin
from apps.clones.admin.report import ReportAdmin
from apps.clones.admin.version import StrategyVersionAdmin

__all__ = ["CloneAdmin", "EntitlementAdmin", "ReportAdmin", "StrategyVersionAdmin"]
