"""Serializer fields that keep numbers exact and documents as they are."""

import re
from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from apps.core import money
from apps.core.errors import InvalidInput
from apps.core.fields import MAX_WEI
from apps.core.wire import Verbatim

EARLIEST, LATEST = datetime(2009, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_ASCII_INTEGER = re.compile(r"-?[0-9]{1,78}", re.ASCII)
_NATURAL = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)


class MicrosDollarField(serializers.CharField):
    """Micro-dollars inside, exact dollar text ("1234.56") on the wire."""

    def to_representation(self, value: Any) -> str:
        """Dollar text of the micro-dollars."""
        return money.dollars(int(value))

    def to_internal_value(self, data: Any) -> Any:
        """Micro-dollars of the text; a JSON number is refused because it may have been rounded on its way."""
        if not isinstance(data, str):
            raise serializers.ValidationError('Send dollars as text, such as "12.50".', code="number_invalid")
        try:
            return money.parse_micros(data)
        except InvalidInput as error:
            raise serializers.ValidationError(error.detail, code="number_invalid") from None


class WeiTextField(serializers.CharField):
    """A natural number of at most 256 bits, such as an amount in wei: an int inside, plain decimal text on the wire."""

    def to_representation(self, value: Any) -> str:
        """The decimal text."""
        return str(int(value))

    def to_internal_value(self, data: Any) -> Any:
        """The int; a JSON number is refused because it may have been rounded on its way."""
        if not isinstance(data, str) or not _NATURAL.fullmatch(data) or int(data) > MAX_WEI:
            raise serializers.ValidationError(
                'Send a natural number as text, such as "10000000000000000".', code="number_invalid"
            )
        return int(data)


class ExactIntField(serializers.IntegerField):
    """An integer sent as a JSON integer or ASCII digits; no floats, no spaces, no other scripts' digits."""

    def to_internal_value(self, data: Any) -> Any:
        """The int."""
        if isinstance(data, str) and _ASCII_INTEGER.fullmatch(data):
            return int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError("Send a whole number in plain digits.", code="number_invalid")
        return data


class MomentField(serializers.DateTimeField):
    """A moment that a market can have had: from 2009 to 2100."""

    def to_internal_value(self, value: Any) -> datetime:
        """The aware moment."""
        moment = super().to_internal_value(value)
        if not EARLIEST <= moment <= LATEST:
            raise serializers.ValidationError("Send a moment from 2009 to 2100.", code="moment_invalid")
        return moment


class DocumentField(serializers.JSONField):
    """A JSON document whose keys are data: neither direction renames them."""

    def to_representation(self, value: Any) -> Any:
        """The document, marked so that the renderer leaves it alone."""
        value = super().to_representation(value)
        if isinstance(value, list):
            return [Verbatim(item) if isinstance(item, dict) else item for item in value]
        return Verbatim(value) if isinstance(value, dict) else value
