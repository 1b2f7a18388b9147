"""Model fields for exact money, exact big integers and public identifiers."""

import re
import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_LENGTH = 22
MAX_WEI = 2**256 - 1
_INTEGER = re.compile(r"-?[0-9]{1,78}", re.ASCII)


class MicrosField(models.BigIntegerField):
    """Integer micro-dollars (1e-6 USD), signed 64 bits; anything but an int is refused before it reaches the
    database.
    """

    description = "Integer micro-dollars"

    def get_prep_value(self, value: Any) -> Any:
        """Refuse bool, float and text: no implicit conversion touches money."""
        if isinstance(value, bool | float | str):
            raise TypeError(f"{self.name} holds integer micro-dollars, not {type(value).__name__}.")
        return super().get_prep_value(value)


class WeiField(models.Field):
    """An exact integer up to +-(2**256-1), stored as decimal text, a Python int in code. Never compare or
    sum it in SQL.
    """

    description = "Exact integer stored as text"

    def db_type(self, connection: Any) -> str:
        """One text column on every vendor: DECIMAL loses digits on SQLite."""
        return "varchar(79)"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        """Turn the stored text back into an int."""
        return None if value is None else int(value)

    def to_python(self, value: Any) -> int | None:
        """Accept an int or ASCII decimal text; raises ValidationError otherwise."""
        if value is None or value == "":
            return None
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_WEI:
            raise ValidationError("This must be an exact integer of at most 256 bits.")
        return value

    def get_prep_value(self, value: Any) -> str | None:
        """Canonical decimal text of the int."""
        value = super().get_prep_value(value)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{self.name} holds an exact int, not {type(value).__name__}.")
        if abs(value) > MAX_WEI:
            raise OverflowError(f"{self.name} holds at most 256 bits.")
        return str(value)

    def get_internal_type(self) -> str:
        """Not a built-in type: the column type above stands."""
        return "WeiField"

    def value_to_string(self, obj: models.Model) -> str:
        """The serialised form is the decimal text."""
        value = self.value_from_object(obj)
        return "" if value is None else str(value)


def new_public_id(prefix: str) -> str:
    """A fresh unguessable identifier: the prefix, an underscore and 22 base-62 characters (131 bits)."""
    left, letters = secrets.randbelow(len(BASE62) ** RANDOM_LENGTH), []
    for _ in range(RANDOM_LENGTH):  # one draw for all: a draw a letter took ten times as long
        left, place = divmod(left, len(BASE62))
        letters.append(BASE62[place])
    return f"{prefix}_{''.join(letters)}"


class PublicIdField(models.CharField):
    """The identifier the outside world sees; a unique text made once, never edited."""

    description = "Public identifier"

    def __init__(self, *args: Any, prefix: str = "", **kwargs: Any) -> None:
        self.prefix = prefix
        kwargs.setdefault("max_length", 40)
        kwargs["unique"] = True
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        """Only the prefix goes into migrations."""
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("unique", "editable"):
            kwargs.pop(fixed, None)
        if self.max_length == 40:
            kwargs.pop("max_length", None)
        kwargs["prefix"] = self.prefix
        return name, path, args, kwargs

    def has_default(self) -> bool:
        """Every new row gets an identifier."""
        return True

    def _get_default(self) -> str:
        return new_public_id(self.prefix)

    def get_default(self) -> str:
        """A fresh identifier with this field's prefix."""
        return new_public_id(self.prefix)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Give an identifier to a row that was made without one."""
        if add and not getattr(model_instance, self.attname):
            setattr(model_instance, self.attname, new_public_id(self.prefix))
        return super().pre_save(model_instance, add)
