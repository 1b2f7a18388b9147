"""Pages of lists, by a cursor."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ValidationError as InvalidPosition
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response

from apps.core.errors import InvalidInput

_ASCII_NUMBER = re.compile(r"[0-9]{1,3}", re.ASCII)
LARGEST_PAGE = 200
CURSOR_HELP = "The `nextCursor` of a page; 400 CURSOR_INVALID for anything else."


class CursorInvalid(InvalidInput):
    """A cursor that no page of this list gave as its next one."""

    status = 400
    code = "CURSOR_INVALID"

    def __init__(self) -> None:
        super().__init__("Send the `nextCursor` of a page of this list, or none to begin at its first page.")


class CursorPage(CursorPagination):
    """`{items, nextCursor}`, newest first by primary key unless the view names `cursor_ordering`."""

    page_size = 50
    page_size_query_param = "limit"
    cursor_query_param = "cursor"
    ordering = "-pk"

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        """The view's `cursor_ordering` (a name or names of a unique order), else newest first."""
        chosen = getattr(view, "cursor_ordering", None) or self.ordering
        return (chosen,) if isinstance(chosen, str) else tuple(chosen)

    def get_page_size(self, request: Any) -> int:
        """The `limit` asked for, 50 when none is; raises ValidationError unless it is a number from 1 to 200."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if not _ASCII_NUMBER.fullmatch(asked) or not 1 <= int(asked) <= LARGEST_PAGE:
            raise ValidationError({"limit": [f"Send a whole number from 1 to {LARGEST_PAGE}."]})
        return int(asked)

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """The page at the cursor; raises CursorInvalid where that is none, or its position no place in this order."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, TypeError, InvalidPosition, NotFound) as error:
            raise CursorInvalid from error

    def decode_cursor(self, request: Any) -> Any:
        """The cursor asked for; raises CursorInvalid unless it is written exactly as pages write theirs."""
        cursor = super().decode_cursor(request)
        # The decoder skips what it does not know: junk would read as the first page.
        if cursor is not None and self._written(cursor) != request.query_params[self.cursor_query_param]:
            raise CursorInvalid
        return cursor

    def _written(self, cursor: Any) -> str | None:
        return _cursor_in(self.encode_cursor(cursor))

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameters' description for the OpenAPI document."""
        cursor, limit = super().get_schema_operation_parameters(view)
        cursor["description"] = CURSOR_HELP
        limit["schema"] |= {"minimum": 1, "maximum": LARGEST_PAGE, "default": self.page_size}
        return [cursor, limit]

    def get_paginated_response(self, data: Any) -> Response:
        """The page and the cursor of the next one, null at the end."""
        link = self.get_next_link()
        return Response({"items": data, "next_cursor": _cursor_in(link) if link else None})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page's description for the OpenAPI document."""
        return {
            "type": "object",
            "required": ["items", "nextCursor"],
            "properties": {
                "items": schema,
                "nextCursor": {"type": "string", "nullable": True, "example": "cD00Mg=="},
            },
        }


def _cursor_in(link: str) -> str | None:
    """The cursor of a page's address."""
    return parse_qs(urlsplit(link).query).get(CursorPage.cursor_query_param, [None])[0]
