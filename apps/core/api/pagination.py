"""Pages of lists: a cursor for what grows, numbers for what is browsed."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.response import Response

_ASCII_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
LARGEST_PAGE = 200


class CursorPage(CursorPagination):
    """`{items, nextCursor}`, newest first by primary key unless the view names `cursor_ordering`."""

    page_size = 50
    max_page_size = LARGEST_PAGE
    page_size_query_param = "limit"
    cursor_query_param = "cursor"
    ordering = "-pk"

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        """The view's `cursor_ordering` (a name or names of a unique order), else newest first."""
        chosen = getattr(view, "cursor_ordering", None) or self.ordering
        return (chosen,) if isinstance(chosen, str) else tuple(chosen)

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
            "properties": {"items": schema, "nextCursor": {"type": "string", "nullable": True}},
        }


class PageNumber(PageNumberPagination):
    """`{items, page, pageCount, itemCount}` by page number."""

    page_size = 50
    max_page_size = LARGEST_PAGE
    page_size_query_param = "limit"

    def get_page_number(self, request: Any, paginator: Any) -> Any:
        """The page asked for; raises NotFound unless it is written in plain digits."""
        asked = request.query_params.get(self.page_query_param, "1")
        if not _ASCII_NUMBER.fullmatch(asked):
            raise NotFound("Invalid page.")
        return int(asked)

    def get_paginated_response(self, data: Any) -> Response:
        """The page and where it stands."""
        page: Any = self.page
        return Response(
            {
                "items": data,
                "page": page.number,
                "page_count": page.paginator.num_pages,
                "item_count": page.paginator.count,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page's description for the OpenAPI document."""
        number = {"type": "integer"}
        return {
            "type": "object",
            "required": ["items", "page", "pageCount", "itemCount"],
            "properties": {"items": schema, "page": number, "pageCount": number, "itemCount": number},
        }
