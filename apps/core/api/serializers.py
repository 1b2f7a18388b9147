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
        given = {names[key]: value for key, value in data.items()}
        if wrong := [name for name, value in given.items() if self._is_no_text(name, value)]:
            raise serializers.ValidationError({name: ["Send text."] for name in wrong}, code="text_invalid")
        return super().to_internal_value(given)

    def _is_no_text(self, name: str, value: Any) -> bool:
        """Whether the field asks for plain text and gets a number, which the framework would write out."""
        return type(self.fields[name]) is serializers.CharField and not isinstance(value, str | None)
