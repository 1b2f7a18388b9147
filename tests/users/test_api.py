"""Sign-in over HTTP, from the first request to the last: the routes, their names, their refusals."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from apps.operations import clock
from apps.operations.audit import Actor
from apps.users import siwe_text
from apps.users.api import examples
from apps.users.api.authentication import DevUserAuthentication
from apps.users.models import Session, User
from apps.users.services import sessions
from apps.users.types import SessionEnd
from tests.users.signing import CHAIN, DOMAIN, URI, sign, wallet

pytestmark = pytest.mark.django_db
ASKED = {"chainId": CHAIN, "domain": DOMAIN, "uri": URI}


def post(client: Client, address: str, body: Any, token: str = "", **headers: str) -> Any:
    """POST JSON to a route of the API."""
    bearer = {"Authorization": f"Bearer {token}"} if token else {}
    return client.post(
        f"/api/v1/{address}", body, content_type="application/json", headers={**bearer, **headers}
    )


def get(client: Client, address: str, token: str) -> Any:
    """GET a route of the API."""
    return client.get(f"/api/v1/{address}", headers={"Authorization": f"Bearer {token}"})


def delete(client: Client, address: str, token: str) -> Any:
    """DELETE a route of the API."""
    return client.delete(f"/api/v1/{address}", headers={"Authorization": f"Bearer {token}"})


def signed_in(client: Client, number: int = 1) -> dict[str, Any]:
    """The answer to a whole sign-in of a wallet."""
    asked = {**ASKED, "address": wallet(number).address.lower()}
    challenge = post(client, "auth/siwe/challenge", asked)
    assert challenge.status_code == 200, challenge.content
    message = challenge.json()["message"]
    proof = {"message": message, "signature": sign(wallet(number), message)}
    answer = post(client, "auth/siwe/verify", proof)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def test_the_challenge_names_every_field_of_its_message(client: Client) -> None:
    answer = post(
        client, "auth/siwe/challenge", {**ASKED, "address": wallet().address, "statement": "Hello."}
    )
    body = answer.json()
    assert answer["Cache-Control"] == "no-store"
    assert set(body) == {
        "nonce", "domain", "chainId", "address", "uri", "statement", "issuedAt", "expiresAt", "message",
    }  # fmt: skip
    lines = body["message"].split("\n")
    assert lines[0].startswith(DOMAIN) and lines[1] == body["address"] == wallet().address
    assert lines[3] == body["statement"] == "Hello."
    for label, name in (("URI", "uri"), ("Chain ID", "chainId"), ("Nonce", "nonce")):
        assert f"{label}: {body[name]}" in lines


def test_the_answer_to_a_sign_in_has_the_product_s_names(client: Client) -> None:
    body = signed_in(client)
    assert set(body) == {
        "accessToken", "accessExpiresAt", "refreshToken", "refreshExpiresAt", "sessionId", "user", "isNewUser",
    }  # fmt: skip
    assert body["isNewUser"] is True and signed_in(client)["isNewUser"] is False
    me = get(client, "me", body["accessToken"]).json()
    assert me == body["user"]
    assert [item["address"] for item in me["wallets"]] == [wallet().address.lower()]
    assert client.cookies.output() == ""


def test_a19_signing_out_ends_the_tokens_at_once(client: Client) -> None:
    body = signed_in(client)
    token = body["accessToken"]
    assert post(client, "auth/session/logout", {}, token).status_code == 204
    refused = get(client, "me", token)
    assert (refused.status_code, refused.json()["code"]) == (401, "SESSION_ENDED")
    assert refused["WWW-Authenticate"] == "Bearer"
    answer = post(client, "auth/session/refresh", {"refreshToken": body["refreshToken"]})
    assert (answer.status_code, answer.json()["code"]) == (401, "SESSION_ENDED")


def test_a19_an_operator_who_ends_all_sessions_is_obeyed_at_once(client: Client) -> None:
    tokens = [signed_in(client)["accessToken"] for _ in range(3)]
    by = Actor.system("tests.users")
    user = User.objects.get()
    ended = sessions.end_all(user=user, because=SessionEnd.OPERATOR, by=by, now=clock.real_now())
    assert ended == 3
    assert {get(client, "me", token).status_code for token in tokens} == {401}


def test_a19_a_disabled_person_is_refused_everywhere(client: Client) -> None:
    body = signed_in(client)
    User.objects.update(is_active=False)
    assert get(client, "me", body["accessToken"]).json()["code"] == "SESSION_ENDED"
    answer = post(client, "auth/session/refresh", {"refreshToken": body["refreshToken"]})
    assert answer.json()["code"] == "SESSION_ENDED"


def test_refreshing_over_http_gives_a_new_pair(client: Client) -> None:
    body = signed_in(client)
    answer = post(client, "auth/session/refresh", {"refreshToken": body["refreshToken"]})
    fresh = answer.json()
    assert set(fresh) == {
        "accessToken", "accessExpiresAt", "refreshToken", "refreshExpiresAt", "sessionId",
    }  # fmt: skip
    assert fresh["sessionId"] == body["sessionId"] and answer["Cache-Control"] == "no-store"
    assert get(client, "me", fresh["accessToken"]).status_code == 200
    again = post(client, "auth/session/refresh", {"refreshToken": body["refreshToken"]})
    assert again.json()["refreshToken"] == fresh["refreshToken"]


def test_a14_sessions_are_listed_and_revocable(client: Client) -> None:
    first, second, third = (signed_in(client) for _ in range(3))
    eve = signed_in(client, 2)
    token = first["accessToken"]
    items = get(client, "auth/sessions", token).json()["items"]
    assert [item["id"] for item in items] == [body["sessionId"] for body in (third, second, first)]
    assert [item["isCurrent"] for item in items] == [False, False, True]
    assert {item["wallet"] for item in items} == {wallet().address.lower()}
    assert delete(client, f"auth/sessions/{second['sessionId']}", token).status_code == 204
    assert get(client, "me", second["accessToken"]).status_code == 401
    assert delete(client, f"auth/sessions/{eve['sessionId']}", token).status_code == 404
    assert delete(client, "auth/sessions", token).json() == {"endedCount": 1}
    assert get(client, "me", third["accessToken"]).status_code == 401
    assert get(client, "me", token).status_code == get(client, "me", eve["accessToken"]).status_code == 200


def test_a_second_wallet_is_linked_and_listed(client: Client) -> None:
    body = signed_in(client)
    token = body["accessToken"]
    asked = {**ASKED, "address": wallet(2).address}
    message = post(client, "me/wallets/challenge", asked, token).json()["message"]
    assert "Link this wallet to your Pump Party account." in message
    proof = {"message": message, "signature": sign(wallet(2), message)}
    assert post(client, "auth/siwe/verify", proof).json()["code"] == "SIWE_NONCE_UNKNOWN"
    answer = post(client, "me/wallets", proof, token)
    assert (answer.status_code, answer.json()["address"]) == (201, wallet(2).address.lower())
    assert len(get(client, "me/wallets", token).json()["items"]) == 2
    assert signed_in(client, 2)["user"]["id"] == body["user"]["id"]


def test_a_message_that_links_says_so_whatever_else_it_is_asked_to_say(client: Client) -> None:
    token = signed_in(client)["accessToken"]
    asked = {**ASKED, "address": wallet(2).address, "statement": "Sign in to Pump Party."}
    message = post(client, "me/wallets/challenge", asked, token).json()["message"]
    assert "\nLink this wallet to your Pump Party account. Sign in to Pump Party.\n" in message


def test_a14_an_old_sign_in_links_nothing(client: Client) -> None:
    token = signed_in(client)["accessToken"]
    asked = {**ASKED, "address": wallet(2).address}
    message = post(client, "me/wallets/challenge", asked, token).json()["message"]
    Session.objects.update(authenticated_at=clock.real_now() - timedelta(minutes=11))
    proof = {"message": message, "signature": sign(wallet(2), message)}
    answer = post(client, "me/wallets", proof, token)
    assert (answer.status_code, answer.json()["code"]) == (403, "REAUTH_REQUIRED")


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "bearer nonsense",
        "Bearer a b",
        "Bearer " + "a" * 5000,
        "Bearer é",
    ],
)
def test_a18_a_bad_header_is_told_apart_from_none(client: Client, header: str) -> None:
    answer = client.get("/api/v1/me", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_INVALID")
    for other in ("Basic YTpi", "nonsense", ""):
        answer = client.get("/api/v1/me", headers={"Authorization": other})
        assert (answer.status_code, answer.json()["code"]) == (401, "NOT_AUTHENTICATED")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "VALIDATION_FAILED"),
        ([], 400, "VALIDATION_FAILED"),
        ({**ASKED, "address": "0x12"}, 400, "ADDRESS_INVALID"),
        ({**ASKED, "address": wallet().address, "chainId": 1}, 400, "SIWE_CHAIN_MISMATCH"),
        ({**ASKED, "address": wallet().address, "chainId": 4326.0}, 400, "VALIDATION_FAILED"),
        ({**ASKED, "address": wallet().address, "chainId": "٤٣٢٦"}, 400, "VALIDATION_FAILED"),
        ({**ASKED, "address": wallet().address, "chain_id": 4326}, 400, "FIELD_NOT_ALLOWED"),
        ({**ASKED, "address": wallet().address, "nonce": "mine"}, 400, "FIELD_NOT_ALLOWED"),
        ({**ASKED, "address": wallet().address, "domain": "evil.example"}, 400, "SIWE_DOMAIN_MISMATCH"),
    ],
)
def test_a_challenge_is_refused_in_words(client: Client, body: Any, status: int, code: str) -> None:
    answer = post(client, "auth/siwe/challenge", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a03_the_host_of_the_request_decides_nothing(client: Client) -> None:
    with override_settings(ALLOWED_HOSTS=["*"]):
        asked = {**ASKED, "address": wallet().address, "domain": "evil.example"}
        answer = client.post(
            "/api/v1/auth/siwe/challenge", asked, content_type="application/json", HTTP_HOST="evil.example"
        )
    assert answer.json()["code"] == "SIWE_DOMAIN_MISMATCH"


def test_the_document_shows_how_to_sign_in(client: Client) -> None:
    document = client.get("/api/v1/schema/?format=json").json()
    assert document["components"]["securitySchemes"]["accessToken"]["scheme"] == "bearer"
    for address in ("auth/siwe/challenge", "auth/siwe/verify", "auth/session/refresh"):
        operation = document["paths"][f"/api/v1/{address}"]["post"]
        assert operation["requestBody"]["content"]["application/json"]["examples"]
        assert operation["responses"]["200"]["content"]["application/json"]["examples"]
        assert operation["security"] == [{}]
    assert {"accessToken": []} in document["paths"]["/api/v1/me"]["get"]["security"]
    found = siwe_text.read(examples.MESSAGE)
    assert (found.address, found.nonce) == (examples.ADDRESS, examples.NONCE)


def test_a_service_token_is_no_person(client: Client) -> None:
    answer = get(client, "me", "ppsvc_" + "a" * 43)
    assert (answer.status_code, answer.json()["code"]) == (401, "NOT_AUTHENTICATED")


def test_the_developer_s_header_opens_only_while_it_is_switched_on(client: Client) -> None:
    user = User.objects.create_user("dev")

    def answer(name: str) -> Any:
        request = Request(APIRequestFactory().get("/", HTTP_X_USER_ID=name))
        return DevUserAuthentication().authenticate(request)

    assert answer(user.public_id) is None
    with override_settings(DEV_USER_HEADER=True):
        assert answer(user.public_id) == (user, None)
        assert answer("") is None
        for nobody in ("usr_nobody", "dev", str(user.pk)):
            with pytest.raises(AuthenticationFailed):
                answer(nobody)
        with override_settings(PRODUCTION=True):
            assert answer(user.public_id) is None
        User.objects.update(is_active=False)
        with pytest.raises(AuthenticationFailed):
            answer(user.public_id)
    assert client.get("/api/v1/me", headers={"X-User-Id": user.public_id}).status_code == 401
