"""Exact numbers on the market's wire: decimal text of integers in minor units."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.money import dollars, scaled_text

EARLIEST, LATEST = datetime(2009, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
Exact = serializers.Field[int, int, str, Any]


@extend_schema_field(serializers.CharField)
class DollarsField(Exact):
    """Micro-dollars as decimal dollars in a string."""

    def to_representation(self, value: int) -> str:
        """Return exact dollars."""
        return dollars(value)


@extend_schema_field(serializers.CharField)
class RateField(Exact):
    """A rate in 1e-10 as a decimal fraction in a string."""

    def to_representation(self, value: int) -> str:
        """Return the exact fraction."""
        return scaled_text(value, 10)


@extend_schema_field(serializers.CharField)
class UnitsField(Exact):
    """A volume or an open interest in 1e-6 base units as decimal units in a string."""

    def to_representation(self, value: int) -> str:
        """Return exact units."""
        return scaled_text(value, 6)


@extend_schema_field(serializers.CharField)
class ProbabilityField(Exact):
    """A probability in 1e-6 as a decimal fraction in a string."""

    def to_representation(self, value: int) -> str:
        """Return the exact fraction."""
        return scaled_text(value, 6)


@extend_schema_field(serializers.CharField)
class ShareField(Exact):
    """Basis points as a decimal fraction in a string: 250 is "0.025"."""

    def to_representation(self, value: int) -> str:
        """Return the exact fraction."""
        return scaled_text(value, 4)


class MomentField(serializers.DateTimeField):
    """A moment that a market can have had: from 2009 to 2100."""

    def to_internal_value(self, value: Any) -> datetime:
        """The aware moment."""
        moment = super().to_internal_value(value)
        if not EARLIEST <= moment <= LATEST:
            raise serializers.ValidationError("Send a moment from 2009 to 2100.", code="moment_invalid")
        return moment
