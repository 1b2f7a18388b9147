"""What operators look back at: policies an account had, kill switches that stood, silences of prices."""

from django.db.models import F, QuerySet

from apps.trading.models import PolicySnapshot, PriceOutage, PropAccount, TradingHalt


def list_policies(account: PropAccount) -> QuerySet[PolicySnapshot]:
    """The policies of an account, the one that rules first."""
    return PolicySnapshot.objects.filter(account=account).order_by("-sequence")


def list_switches() -> QuerySet[TradingHalt]:
    """Kill switches, those that stand first and then the latest lifted."""
    return TradingHalt.objects.order_by(F("lifted_at").desc(nulls_first=True), "-id")


def count_standing() -> int:
    """How many kill switches stand."""
    return TradingHalt.objects.filter(lifted_at__isnull=True).count()


def list_outages() -> QuerySet[PriceOutage]:
    """Silences of prices, those that last first and then the latest ended."""
    return PriceOutage.objects.order_by(F("ended_at").desc(nulls_first=True), "-id")
