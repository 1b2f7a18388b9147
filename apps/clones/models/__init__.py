"""The tables of the clones domain."""

from apps.clones.models.clone import Clone
from apps.clones.models.draft import Draft
from apps.clones.models.entitlement import Entitlement
from apps.clones.models.hold import CloneHold
from apps.clones.models.report import Report
from apps.clones.models.version import StrategyVersion, VersionImmutable

__all__ = ["Clone", "CloneHold", "Draft", "Entitlement", "Report", "StrategyVersion", "VersionImmutable"]
