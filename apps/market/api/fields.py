"""Exact numbers on the market's wire: decimal text of integers in minor units."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.money import dollars, scaled_text

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
