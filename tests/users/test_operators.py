"""What operators do to sign-ins and service tokens: from the console and from the machine itself."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core import checks
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from apps.core.errors import Conflict, InvalidInput
from apps.operations import clock
from apps.operations.audit import Actor
from apps.operations.models import AuditEvent
from apps.users.models import ServiceToken, Session, User
from apps.users.services.sign_in import SignIn
from apps.users.services.tokens import (
    issue_service_token,
    revoke_service_token,
    rotate_service_token,
    verify_service_token,
)
from tests.users.signing import NOW, ask, enter, wallet

pytestmark = pytest.mark.django_db
BY = Actor.system("tests.users")


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator", password="long enough 4 all"))
    return client


@pytest.fixture
def opened() -> SignIn:
    return enter(wallet(), now=clock.real_now())


def act(operator: Client, page: str, action: str, **form: Any) -> list[str]:
    """Carry an action out by its dialog and return the last thing it said."""
    answer = operator.post(f"/admin/users/{page}/{action}/", {"_form_submitted": "True", **form})
    assert answer.status_code in {200, 204}, answer.status_code
    return [str(message) for message in get_messages(answer.wsgi_request)][-1:]


@pytest.mark.parametrize("page", ["session", "challenge", "servicetoken"])
def test_the_pages_open_and_show_no_secret(operator: Client, opened: SignIn, page: str) -> None:
    challenge = ask(wallet(2))
    token, secret = issue_service_token(name="monitor", scopes=["health"], by=BY, now=NOW)
    pk = {"session": opened.session.pk, "challenge": challenge.pk, "servicetoken": token.pk}[page]
    for address in (f"/admin/users/{page}/", f"/admin/users/{page}/{pk}/change/"):
        shown = operator.get(address)
        assert shown.status_code == 200
        text = shown.content.decode()
        assert not any(word in text for word in (challenge.nonce, secret, token.digest, opened.refresh))
    for what in ("add", f"{pk}/delete"):
        assert operator.post(f"/admin/users/{page}/{what}/", {"post": "yes"}).status_code == 403


def test_a19_an_operator_ends_one_session_with_a_reason(operator: Client, opened: SignIn) -> None:
    pk = opened.session.pk
    act(operator, "session", f"{pk}/end")
    assert Session.objects.get().ended_at is None
    assert act(operator, "session", f"{pk}/end", reason="stolen phone") == ["The session is ended."]
    assert Session.objects.get().ended_because == "operator"
    event = AuditEvent.objects.get(verb="users.session.ended")
    assert (event.reason, event.actor_label) == ("stolen phone", "operator")
    assert act(operator, "session", f"{pk}/end", reason="again") == ["The session had ended before."]


def test_a19_an_operator_ends_all_sessions_of_a_person(operator: Client, opened: SignIn) -> None:
    again, other = enter(wallet(), now=clock.real_now()), enter(wallet(2), now=clock.real_now())
    said = act(operator, "session", f"{opened.session.pk}/end_all", reason="stolen phone")
    assert said == ["Sessions ended: 2."]
    alive = Session.objects.filter(ended_at=None)
    assert list(alive) == [other.session] and again.user == opened.user


def test_a19_who_may_only_look_ends_nothing(client: Client, opened: SignIn) -> None:
    client.force_login(User.objects.create_user("viewer", is_staff=True))
    form = {"_form_submitted": "True", "reason": "because"}
    assert client.post(f"/admin/users/session/{opened.session.pk}/end/", form).status_code == 403
    assert Session.objects.get().ended_at is None


def test_a19_disabling_a_person_ends_their_sign_ins(operator: Client, opened: SignIn) -> None:
    form = {"username": opened.user.username, "password": opened.user.password}
    answer = operator.post(f"/admin/users/user/{opened.user.pk}/change/", form)
    assert answer.status_code == 302, answer.content
    session = Session.objects.get()
    assert session.ended_because == "user_disabled" and not session.user.is_active


def test_a_token_is_issued_rotated_and_revoked_in_the_console(operator: Client) -> None:
    form = {"name": "sync", "scopes": ["lifecycle", "prop:read"], "days": "30"}
    (said,) = act(operator, "servicetoken", "issue", **form)
    first = said.rpartition(" ")[2]
    token = ServiceToken.objects.get()
    assert token.issued_by is not None and token.expires_at is not None
    now = clock.real_now()
    assert verify_service_token(secret=first, scope="prop:read", now=now) == token
    (said,) = act(operator, "servicetoken", f"{token.pk}/rotate", reason="every year")
    second = said.rpartition(" ")[2]
    assert first != second and second.startswith("ppsvc_")
    for secret in (first, second):
        assert verify_service_token(secret=secret, scope="lifecycle", now=now) == token
    act(operator, "servicetoken", f"{token.pk}/revoke", reason="leaked")
    for secret in (first, second):
        assert verify_service_token(secret=secret, scope="lifecycle", now=now) is None
    assert not any(secret in str(list(AuditEvent.objects.values())) for secret in (first, second))
    (said,) = act(operator, "servicetoken", "issue", **form)
    assert "exists" in said


def test_a_rotated_token_keeps_its_old_secret_for_the_overlap() -> None:
    token, first = issue_service_token(name="sync", scopes=["lifecycle"], by=BY, now=NOW)
    overlap = timedelta(hours=2)
    token, second = rotate_service_token(token=token, overlap=overlap, by=BY, now=NOW)
    for hours, live in ((0, [True, True]), (1.9, [True, True]), (2, [False, True])):
        now = NOW + timedelta(hours=hours)
        found = [verify_service_token(secret=each, scope="lifecycle", now=now) for each in (first, second)]
        assert [each is not None for each in found] == live
    assert ServiceToken.objects.get().last_used_at == NOW + timedelta(hours=2)
    _, third = rotate_service_token(token=token, overlap=overlap, by=BY, now=NOW)
    assert verify_service_token(secret=first, scope="lifecycle", now=NOW) is None
    assert verify_service_token(secret=third, scope="lifecycle", now=NOW) is not None


def test_a_rotation_wants_a_live_token_and_a_sensible_overlap() -> None:
    token, _ = issue_service_token(name="sync", scopes=["lifecycle"], by=BY, now=NOW)
    for overlap in (timedelta(days=8), -timedelta(seconds=1)):
        with pytest.raises(InvalidInput):
            rotate_service_token(token=token, overlap=overlap, by=BY, now=NOW)
    seen_before = ServiceToken.objects.get()
    rotate_service_token(token=token, overlap=timedelta(0), by=BY, now=NOW)
    with pytest.raises(Conflict):
        rotate_service_token(token=seen_before, overlap=timedelta(0), by=BY, now=NOW)
    revoke_service_token(token=token, reason="leaked", by=BY, now=NOW)
    with pytest.raises(Conflict):
        rotate_service_token(token=ServiceToken.objects.get(), overlap=timedelta(0), by=BY, now=NOW)


def test_the_command_prints_the_secret_and_nothing_else() -> None:
    out, err = StringIO(), StringIO()
    scopes = ["--scope", "health", "--scope", "prop:write"]
    call_command("service_token", "issue", "monitor", *scopes, "--days", "7", stdout=out, stderr=err)
    first = out.getvalue().strip()
    assert verify_service_token(secret=first, scope="prop:write", now=clock.real_now()) is not None
    assert first not in err.getvalue()
    out = StringIO()
    call_command("service_token", "rotate", "monitor", "--overlap-hours", "0", stdout=out, stderr=err)
    second = out.getvalue().strip()
    assert verify_service_token(secret=first, scope="health", now=clock.real_now()) is None
    assert verify_service_token(secret=second, scope="health", now=clock.real_now()) is not None
    call_command("service_token", "revoke", "monitor", "--reason", "over", stdout=out, stderr=err)
    assert verify_service_token(secret=second, scope="health", now=clock.real_now()) is None
    for act_and_name in (
        ("rotate", "nobody"),
        ("rotate", "monitor"),
        ("issue", "monitor", "--scope", "health"),
    ):
        with pytest.raises(CommandError):
            call_command("service_token", *act_and_name, stdout=out, stderr=err)


def test_users_e001_refuses_the_developer_s_header_in_production() -> None:
    def found() -> list[str | None]:
        return [message.id for message in checks.run_checks() if (message.id or "").startswith("users.")]

    assert found() == []
    with override_settings(DEV_USER_HEADER=True):
        assert found() == []
        with override_settings(PRODUCTION=True):
            assert found() == ["users.E001"]
