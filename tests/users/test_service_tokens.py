"""Service tokens: hashed, scoped, expiring, revocable."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from apps.core.errors import Conflict, InvalidInput
from apps.operations.audit import Actor
from apps.operations.models import AuditEvent
from apps.users.models import ServiceToken
from apps.users.permissions import HasHealthScope, HasLifecycleScope, HasServiceScope
from apps.users.services.tokens import issue_service_token, revoke_service_token, verify_service_token

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BY = Actor.system("tests.users")


def issue(
    name: str = "monitor", *scopes: str, expires_at: datetime | None = None
) -> tuple[ServiceToken, str]:
    return issue_service_token(name=name, scopes=scopes or ("health",), by=BY, now=NOW, expires_at=expires_at)


def request_with(header: str | None) -> Request:
    headers = {"HTTP_AUTHORIZATION": header} if header is not None else {}
    return Request(APIRequestFactory().get("/", **headers))


def test_the_secret_opens_and_is_stored_nowhere() -> None:
    token, secret = issue()
    assert verify_service_token(secret=secret, scope="health", now=NOW) == token
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM users_servicetoken")
        assert secret not in str(cursor.fetchall())
    assert secret not in str(list(AuditEvent.objects.values()))


def test_a_token_opens_only_its_scopes() -> None:
    _, secret = issue("both", "health", "lifecycle")
    _, narrow = issue()
    assert verify_service_token(secret=secret, scope="lifecycle", now=NOW) is not None
    assert verify_service_token(secret=narrow, scope="lifecycle", now=NOW) is None


@pytest.mark.parametrize("secret", ["", "ppsvc_", "ppsvc_wrong", "x" * 10_000, "ppsvc_\ud800", "ppsvc_\x00"])
def test_a_wrong_secret_opens_nothing(secret: str) -> None:
    issue()
    assert verify_service_token(secret=secret, scope="health", now=NOW) is None


def test_the_stored_hash_is_no_secret() -> None:
    token, _ = issue()
    assert verify_service_token(secret=token.digest, scope="health", now=NOW) is None
    assert verify_service_token(secret=f"ppsvc_{token.digest}", scope="health", now=NOW) is None


def test_a_token_ends_at_its_expiry() -> None:
    token, secret = issue(expires_at=NOW + timedelta(hours=1))
    assert verify_service_token(secret=secret, scope="health", now=NOW + timedelta(minutes=59)) == token
    assert verify_service_token(secret=secret, scope="health", now=NOW + timedelta(hours=1)) is None


def test_a_revoked_token_opens_nothing_and_is_revoked_once() -> None:
    token, secret = issue()
    for _ in range(2):
        revoke_service_token(token=token, reason="leaked", by=BY, now=NOW)
    assert verify_service_token(secret=secret, scope="health", now=NOW) is None
    assert AuditEvent.objects.filter(verb="users.service-token.revoked").count() == 1


def test_issuing_refuses_unknown_scopes_used_names_and_passed_expiries() -> None:
    issue()
    with pytest.raises(Conflict):
        issue()
    with pytest.raises(InvalidInput):
        issue("other", "everything")
    with pytest.raises(InvalidInput):
        issue("other", expires_at=NOW)


def test_the_permission_reads_the_bearer_header() -> None:
    _, secret = issue()
    view = APIView()
    assert HasHealthScope().has_permission(request_with(f"Bearer {secret}"), view)
    assert not HasLifecycleScope().has_permission(request_with(f"Bearer {secret}"), view)
    assert not HasServiceScope().has_permission(request_with(f"Bearer {secret}"), view)
    for header in (None, "", secret, f"Basic {secret}", "Bearer "):
        assert not HasHealthScope().has_permission(request_with(header), view)
