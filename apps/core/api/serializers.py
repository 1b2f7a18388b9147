"""The base of serializers that accept a body: known fields only, by their wire names."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.settings import api_settings

from apps.core.wire import camel


class StrictSerializer(serializers.Serializer[Any]):
    """Accepts exactly its writable fields in camelCase; anything else is FIELD_NOT_ALLOWED."""

    def to_internal_value(self, data: Any) -> Any:
        """Translate wire names to field names; ValidationError names every key not allowed."""
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)
        names = {camel(name): name for name, field in self.fields.items() if not field.read_only}
        unknown = [key for key in data if key not in names]
        if unknown:
            refused = [f"{str(key)[:60]} is not allowed." for key in sorted(unknown, key=str)[:20]]
            raise serializers.ValidationError(
                {api_settings.NON_FIELD_ERRORS_KEY: refused}, code="field_not_allowed"
            )
        return super().to_internal_value({names[key]: value for key, value in data.items()})
