"""Pages of lists, by a cursor."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ValidationError as InvalidPosition
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response

_ASCII_NUMBER = re.compile(r"[0-9]{1,3}", re.ASCII)
LARGEST_PAGE = 200


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
        """The page at the cursor; one whose position is no place in this order is as unknown as one that is no cursor."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, TypeError, InvalidPosition) as error:
            raise NotFound(self.invalid_cursor_message) from error

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameters' description for the OpenAPI document."""
        cursor, limit = super().get_schema_operation_parameters(view)
        limit["schema"] |= {"minimum": 1, "maximum": LARGEST_PAGE, "default": self.page_size}
        return [cursor, limit]

    def get_paginated_response(self, data: Any) -> Response:
        """The page and the cursor of the next one, null at the end."""
        link = self.get_next_link()
        cursor = parse_qs(urlsplit(link).query).get(self.cursor_query_param, [None])[0] if link else None
        return Response({"items": data, "next_cursor": cursor})

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
