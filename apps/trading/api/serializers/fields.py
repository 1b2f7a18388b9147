"""Words and sizes that several wire forms share."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.money import scaled_text

VOLUME_HELP = (
    "Traded in the 14 full UTC days before today, which sets the fee tier; today's trades do not count yet."
)


@extend_schema_field(serializers.CharField(help_text="buy or sell"))
class OrderSideField(serializers.Field[Any, Any, str, Any]):
    """1 and -1 of an order as buy and sell."""

    def to_representation(self, value: int) -> str:
        """The word."""
        return "buy" if value > 0 else "sell"


@extend_schema_field(serializers.CharField(help_text="long or short"))
class PositionSideField(serializers.Field[Any, Any, str, Any]):
    """The sign of a position as long and short."""

    def to_representation(self, value: int) -> str:
        """The word."""
        return "long" if value > 0 else "short"


@extend_schema_field(serializers.CharField(help_text="cross or isolated"))
class MarginModeField(serializers.Field[Any, Any, str, Any]):
    """Whether a position is backed by its own margin alone."""

    def to_representation(self, value: bool) -> str:
        """The word."""
        return "isolated" if value else "cross"


def units(lots: int, decimals: int) -> str:
    """A size in lots as exact decimal units of the asset."""
    return scaled_text(lots, decimals)
