"""What is answered outside DRF: one envelope below /api/, styled pages elsewhere, through the real routes and handlers."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from pumpparty import urls as real

MEMBERS = {"type", "title", "status", "detail", "code", "requestId", "retryable"}
FAILURES: dict[str, Exception] = {
    "unreadable": BadRequest("secret"),
    "suspicious": SuspiciousOperation("secret"),
    "large": RequestDataTooBig("secret"),
    "denied": PermissionDenied("secret"),
    "defect": ZeroDivisionError("secret"),
}
BUSY = OperationalError("secret")
ANSWERS = {
    "unreadable": (400, "BAD_REQUEST"),
    "suspicious": (400, "BAD_REQUEST"),
    "large": (413, "BODY_TOO_LARGE"),
    "denied": (403, "PERMISSION_DENIED"),
    "defect": (500, "INTERNAL_ERROR"),
}


def fail(request: HttpRequest, kind: str) -> HttpResponse:
    """A view outside DRF that fails as it is told."""
    raise FAILURES.get(kind, BUSY)


class FailingMiddleware:
    """Fails on its way in, as the header tells it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if kind := request.headers.get("X-Fail"):
            raise FAILURES.get(kind, BUSY)
        return self.get_response(request)


urlpatterns = [
    path("api/fail/<str:kind>", fail),
    path("fail/<str:kind>", fail),
    path("", include("pumpparty.urls")),
]
handler400, handler403, handler404, handler500 = (
    real.handler400,
    real.handler403,
    real.handler404,
    real.handler500,
)
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def assert_problem(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert set(body) == MEMBERS
    assert (body["status"], body["code"], body["requestId"]) == (status, code, answer["X-Request-ID"])
    assert "secret" not in answer.content.decode()


def assert_page(answer: Any, status: int) -> None:
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    page = answer.content.decode()
    assert 'class="lost"' in page
    assert "secret" not in page


@pytest.mark.parametrize("kind", FAILURES)
def test_a_view_outside_drf_fails_as_its_path_asks(client: Client, kind: str) -> None:
    assert_problem(client.get(f"/api/fail/{kind}"), *ANSWERS[kind])
    assert_page(client.get(f"/fail/{kind}"), ANSWERS[kind][0])


@pytest.mark.parametrize("kind", FAILURES)
@pytest.mark.parametrize("position", ["first", "last"])
def test_a_middleware_fails_as_its_path_asks(client: Client, settings: Any, kind: str, position: str) -> None:
    chain, name = list(settings.MIDDLEWARE), f"{__name__}.FailingMiddleware"
    settings.MIDDLEWARE = [chain[0], name, *chain[1:]] if position == "first" else [*chain, name]
    assert_problem(client.get("/api/v1/me", headers={"X-Fail": kind}), *ANSWERS[kind])
    assert_page(client.get("/how-it-works", headers={"X-Fail": kind}), ANSWERS[kind][0])


@pytest.mark.parametrize("address", ["/api/fail/busy", "/api/v1/me"])
def test_a_busy_database_is_worth_another_try_outside_drf_too(
    client: Client, settings: Any, address: str
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.FailingMiddleware"]
    answer = client.get(address, headers={"X-Fail": "busy"} if address.endswith("me") else {})
    assert_problem(answer, 503, "DATABASE_BUSY")
    assert answer.json()["retryable"] is True and int(answer["Retry-After"]) > 0
    assert_page(client.get("/fail/busy"), 500)


@pytest.mark.parametrize(
    "address", ["/api", "/api/", "/api/v1", "/api/v1/nothing", "/api/v9/me", "/api/v1/me/"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete", "trace", "head"])
def test_an_unknown_address_of_the_api_is_a_problem(client: Client, address: str, method: str) -> None:
    answer = getattr(client, method)(address)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    if method != "head":
        assert_problem(answer, 404, "NOT_FOUND")


@pytest.mark.parametrize("address", ["/nothing", "/apiary", "/clone/api/"])
def test_an_unknown_page_is_a_page(client: Client, address: str) -> None:
    assert_page(client.get(address), 404)


def test_a_host_that_is_not_ours_is_refused(client: Client) -> None:
    assert_problem(client.get("/api/v1/assets", headers={"Host": "evil.test"}), 400, "BAD_REQUEST")
    assert_page(client.get("/how-it-works", headers={"Host": "evil.test"}), 400)


def test_too_many_parameters_are_refused(client: Client) -> None:
    query = "&".join(f"a{number}=1" for number in range(1100))
    assert_problem(client.get(f"/api/v1/assets/BTC/candles?{query}"), 400, "BAD_REQUEST")


def test_nul_characters_are_refused_wherever_they_hide(client: Client) -> None:
    assert_problem(client.get("/api/v1/assets?x=%00"), 400, "NUL_REFUSED")
    assert_problem(client.get("/api/v1/as%00sets"), 400, "NUL_REFUSED")
    assert_page(client.get("/how-it-works?x=%00"), 400)
    cookie = r'sessionid="aaaaaaaaaaaaaaaa\000"'
    assert_problem(client.get("/api/v1/me", headers={"Cookie": cookie}), 400, "NUL_REFUSED")


def test_a_form_without_its_token_is_refused(client: Client) -> None:
    assert_page(client.post("/admin/login/", {"username": "secret"}), 403)


@pytest.mark.django_db
def test_a_session_without_its_token_changes_nothing(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("someone", password="a long pass phrase"))
    answer = client.post("/api/v1/clone/clones", {"name": "x"}, content_type="application/json")
    assert_problem(answer, 403, "PERMISSION_DENIED")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "accept", "status", "code"),
    [
        ("trace /api/v1/assets", "*/*", 405, "METHOD_NOT_ALLOWED"),
        ("delete /api/v1/assets", "*/*", 405, "METHOD_NOT_ALLOWED"),
        ("post /api/v1/schema/", "*/*", 405, "METHOD_NOT_ALLOWED"),
        ("post /api/v1/docs/", "*/*", 405, "METHOD_NOT_ALLOWED"),
        ("get /api/v1/assets", "text/html", 406, "NOT_ACCEPTABLE"),
        ("get /api/v1/docs/", "application/json", 406, "NOT_ACCEPTABLE"),
        ("get /api/v1/assets?format=xml", "*/*", 404, "NOT_FOUND"),
        ("get /api/v1/schema/?format=xml", "*/*", 404, "NOT_FOUND"),
        ("get /api/v1/docs/?format=xml", "*/*", 404, "NOT_FOUND"),
    ],
)
def test_refusals_inside_drf_have_the_same_envelope(
    client: Client, asked: str, accept: str, status: int, code: str
) -> None:
    method, address = asked.split()
    assert_problem(getattr(client, method)(address, headers={"Accept": accept}), status, code)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["me", "clone/clones", "internal/health/workers"])
def test_nobody_signed_in_is_told_apart_from_not_allowed(client: Client, address: str) -> None:
    answer = client.get(f"/api/v1/{address}")
    assert_problem(answer, 401, "NOT_AUTHENTICATED")
    assert answer["WWW-Authenticate"] == "Bearer"
