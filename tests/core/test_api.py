"""The API plumbing, through a small view: strict in, camelCase out, one envelope for every refusal."""

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.test import Client, override_settings
from django.urls import path
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api import (
    CursorPage,
    DocumentField,
    ExactIntField,
    MicrosDollarField,
    StrictSerializer,
)
from apps.core.errors import AdapterError, Conflict, DomainError
from apps.operations.models import Lease


class Order(StrictSerializer):
    """One order."""

    order_size = ExactIntField(min_value=1, max_value=100)
    limit_micros = MicrosDollarField(required=False)
    document = DocumentField(required=False)
    owner_name = serializers.CharField(read_only=True)


class Orders(APIView):
    """Echoes an order."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []

    def post(self, request: Request) -> Response:
        order = Order(data=request.data)
        order.is_valid(raise_exception=True)
        return Response(Order(order.validated_data).data | {"raw": dict(order.validated_data)})


class Broken(APIView):
    """Raises what the query asks for."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    failures: dict[str, Exception] = {
        "conflict": Conflict("Somebody was first.", code="SLOT_TAKEN"),
        "retry": DomainError("Later.", code="BUSY", status=503, retryable=True),
        "adapter": AdapterError("The venue is silent.", transient=True),
        "missing": Http404(),
        "denied": PermissionDenied(),
        "locked": OperationalError("database is locked"),
        "defect": ZeroDivisionError("oops"),
    }

    def get(self, request: Request) -> Response:
        raise self.failures[request.query_params["kind"]]


class Names(APIView):
    """Pages of lease names."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    cursor_ordering = "name"

    def get(self, request: Request) -> Response:
        pages = CursorPage()
        rows = pages.paginate_queryset(Lease.objects.all(), request, view=self) or []
        return pages.get_paginated_response([row.name for row in rows])


urlpatterns = [
    path("api/orders", Orders.as_view()),
    path("api/broken", Broken.as_view()),
    path("api/names", Names.as_view()),
]
handler500 = "apps.core.failures.server_error"

pytestmark = [pytest.mark.urls(__name__)]


@pytest.fixture
def api() -> Client:
    return Client(raise_request_exception=False)


def post(api: Client, body: bytes | dict[str, Any]) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return api.post("/api/orders", data=data, content_type="application/json")


def test_names_are_camel_case_and_documents_keep_theirs(api: Client) -> None:
    document = {"cadence_minutes": 5, "cadenceMinutes": 6, "inner": [{"a_b": 1}]}
    answer = post(api, {"orderSize": "12", "limitMicros": "10.5", "document": document})
    assert answer.status_code == 200
    assert answer.json()["orderSize"] == 12
    assert answer.json()["limitMicros"] == "10.50"
    assert answer.json()["document"] == document
    assert answer.json()["raw"]["limitMicros"] == 10_500_000


@pytest.mark.parametrize("field", ["owner_name", "ownerName", "order_size", "status", "balance", "documents"])
def test_B10_fields_that_are_not_allowed_are_refused(api: Client, field: str) -> None:
    answer = post(api, {"orderSize": 1, field: 1})
    assert (answer.status_code, answer.json()["code"]) == (400, "FIELD_NOT_ALLOWED")
    assert answer.json()["errors"] == {"nonFieldErrors": [f"{field} is not allowed."]}


@pytest.mark.parametrize(
    "size", ["1_0", "١٢", " 7 ", "1.0", 1.0, True, None, [], "0x1", "", 0, 101, -1, 10**39]
)
def test_numbers_in_doubtful_forms_are_refused(api: Client, size: object) -> None:
    answer = post(api, {"orderSize": size})
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_FAILED")


@pytest.mark.parametrize("dollars", [1, 1.5, "1,000", "1e3", "NaN", "1.0000001", "١"])
def test_money_is_plain_decimal_text(api: Client, dollars: object) -> None:
    assert post(api, {"orderSize": 1, "limitMicros": dollars}).status_code == 400


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"orderSize": 1, "orderSize": 2}', 400, "JSON_INVALID"),
        (b'{"document": ' + b"[" * 2000 + b"]" * 2000 + b"}", 400, "JSON_INVALID"),
        (b'{"document": "\\ud800"}', 400, "JSON_INVALID"),
        (b'{"document": "\\u0000"}', 400, "JSON_INVALID"),
        (b'{"document": "' + b"x" * 262_144 + b'"}', 413, "BODY_TOO_LARGE"),
        (b"[]", 400, "VALIDATION_FAILED"),
        (b"", 400, None),
    ],
)
def test_B02_bodies_that_are_not_strict_json(api: Client, body: bytes, status: int, code: str | None) -> None:
    answer = post(api, body)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    if code:
        assert answer.json()["code"] == code


def test_another_media_type_is_refused(api: Client) -> None:
    answer = api.post("/api/orders", {"orderSize": 1})
    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    ("kind", "status", "code", "retryable"),
    [
        ("conflict", 409, "SLOT_TAKEN", False),
        ("retry", 503, "BUSY", True),
        ("adapter", 503, "SOURCE_UNAVAILABLE", True),
        ("missing", 404, "NOT_FOUND", False),
        ("denied", 403, "PERMISSION_DENIED", False),
        ("locked", 503, "DATABASE_BUSY", True),
        ("defect", 500, "INTERNAL_ERROR", False),
    ],
)
def test_every_failure_has_the_same_envelope(
    api: Client, kind: str, status: int, code: str, retryable: bool
) -> None:
    answer = api.get("/api/broken", {"kind": kind}, headers={"X-Request-ID": "abcdef-123456"})
    body = json.loads(answer.content)
    assert "venue" not in body["detail"], "an outside system's words stay in the log"
    assert answer["Content-Type"] == "application/problem+json"
    assert set(body) == {"type", "title", "status", "detail", "code", "requestId", "retryable"}
    assert (answer.status_code, body["status"], body["code"], body["retryable"]) == (
        status,
        status,
        code,
        retryable,
    )
    assert body["requestId"] == answer["X-Request-ID"] == "abcdef-123456"
    assert ("Retry-After" in answer) is retryable
    assert "oops" not in body["detail"]


def test_a_malformed_request_id_is_replaced(api: Client) -> None:
    answer = api.get("/api/broken", {"kind": "missing"}, headers={"X-Request-ID": "a b\tc<script>"})
    assert answer["X-Request-ID"].isalnum()


@pytest.mark.parametrize("address", ["/api/names?q=%00", "/api/na%00mes", "/api/names?a=1&b=x%00y"])
def test_nul_in_the_address_is_refused(api: Client, address: str) -> None:
    answer = api.get(address)
    assert (answer.status_code, answer.json()["code"]) == (400, "NUL_REFUSED")


@pytest.mark.django_db
def test_the_cursor_walks_every_row_once(api: Client) -> None:
    Lease.objects.bulk_create([Lease(name=f"n{number:03}") for number in range(25)])
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 10}
    while True:
        page = api.get("/api/names", query).json()
        seen += page["items"]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert seen == [f"n{number:03}" for number in range(25)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cursor", ["not-a-cursor", "", "junk", "cD00Mg", " cD00Mg==", "eD0x", "é", "cj14", "bz0x\n"]
)
def test_what_is_no_cursor_is_refused_by_its_code(api: Client, cursor: str) -> None:
    Lease.objects.create(name="only")
    answer = api.get("/api/names", {"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "CURSOR_INVALID")


@pytest.mark.django_db
@pytest.mark.parametrize("limit", ["", "0", "-1", "201", "1000", "abc", "null", "1_0", " 1", "٣", "1.0"])
def test_a_doubtful_limit_is_refused(api: Client, limit: str) -> None:
    answer = api.get("/api/names", {"limit": limit})
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_FAILED")
    assert list(answer.json()["errors"]) == ["limit"]
    assert api.get("/api/names", {"limit": "200"}).status_code == 200


@override_settings(DEBUG=False)
def test_an_unknown_method_is_a_problem_too(api: Client) -> None:
    answer = api.delete("/api/orders")
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("value", [1, 1.5, True, [], {}])
def test_a_number_is_no_text(value: object) -> None:
    class Named(StrictSerializer):
        first_name = serializers.CharField(required=False, allow_null=True)

    refused = Named(data={"firstName": value})
    assert not refused.is_valid() and set(refused.errors) == {"first_name"}
    for sound in ({}, {"firstName": "1"}, {"firstName": None}):
        assert Named(data=sound).is_valid(), sound
