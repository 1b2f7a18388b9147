"""A flood of challenges: refused by visitor, bounded by address in the table itself, and swept away."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client, override_settings

from apps.core import limits
from apps.operations.cadence import run_once
from apps.users.models import Challenge
from apps.users.services import challenges
from apps.users.services.sign_in import sign_in
from apps.users.types import OPEN_CHALLENGES, ClientInfo
from tests.users.signing import CHAIN, CLIENT, DOMAIN, NOW, URI, ask, sign, wallet

pytestmark = pytest.mark.django_db
ASKED = {"chainId": CHAIN, "domain": DOMAIN, "uri": URI}


def visitor(number: int) -> ClientInfo:
    """One of very many visitors."""
    return ClientInfo(address=f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")


def test_a21_one_visitor_is_refused_after_thirty_in_a_minute() -> None:
    for number in range(1, 31):
        ask(wallet(number))
    with pytest.raises(limits.RateLimited):
        ask(wallet(31))
    assert ask(wallet(31), client=visitor(1)).pk
    assert Challenge.objects.count() == 31


def test_a21_one_visitor_asks_for_one_address_six_times_a_minute() -> None:
    for _ in range(6):
        ask(wallet())
    with pytest.raises(limits.RateLimited):
        ask(wallet())
    assert ask(wallet(), client=visitor(1)).pk


def test_a21_one_address_has_five_open_challenges_whoever_asks() -> None:
    issued = [ask(wallet(), client=visitor(number)) for number in range(300)]
    held = Challenge.objects.filter(consumed_at=None)
    assert held.count() == OPEN_CHALLENGES == 5
    assert set(held.values_list("nonce", flat=True)) == {challenge.nonce for challenge in issued[-5:]}


def test_a21_one_visitor_cannot_push_out_another_s_challenge_within_a_minute_of_asking() -> None:
    mine = ask(wallet(), client=visitor(1))
    for _ in range(4):
        ask(wallet())
    signature = sign(wallet(), mine.message)
    assert sign_in(message=mine.message, signature=signature, client=visitor(1), now=NOW).is_new_user


def test_a21_everybody_together_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenges, "EVERYBODY_RATE", "20/minute")
    refused = 0
    for number in range(40):
        try:
            ask(wallet(number + 1), client=visitor(number))
        except limits.RateLimited:
            refused += 1
    assert (refused, Challenge.objects.count()) == (20, 20)


def test_a21_expired_challenges_are_purged() -> None:
    old = [ask(wallet(number), now=NOW - timedelta(minutes=20)) for number in range(1, 4)]
    fresh = ask(wallet(9))
    assert challenges.purge_expired(now=NOW + timedelta(seconds=1), limit=2) == 2
    assert challenges.purge_expired(now=NOW + timedelta(seconds=1)) == 1
    assert list(Challenge.objects.all()) == [fresh]
    assert len(old) == 3 and challenges.purge_expired(now=NOW + timedelta(minutes=14)) == 0


@pytest.mark.django_db(transaction=True)
def test_a21_the_cadence_purges_in_real_time() -> None:
    ask(wallet())
    outcome = run_once("users.purge-challenges", force=True)
    assert (outcome.status, outcome.report.done, Challenge.objects.count()) == ("succeeded", 1, 0)
    assert run_once("users.end-expired-sessions", force=True).status == "succeeded"


def test_a21_the_table_itself_refuses_a_sixth() -> None:
    challenge = ask(wallet())
    for slot in (challenge.slot, OPEN_CHALLENGES):
        with pytest.raises(IntegrityError), transaction.atomic():
            Challenge.objects.create(
                **{
                    **{field.name: getattr(challenge, field.name) for field in Challenge._meta.fields},
                    "id": None,
                    "nonce": f"another{slot}",
                    "slot": slot,
                }
            )


def test_a21_verifying_is_counted() -> None:
    message = ask(wallet()).message
    for _ in range(30):
        with pytest.raises(Exception, match="signature"):
            sign_in(message=message, signature="0x" + "00" * 65, client=CLIENT, now=NOW)
    with pytest.raises(limits.RateLimited):
        sign_in(message=message, signature="0x" + "00" * 65, client=CLIENT, now=NOW)


@pytest.mark.parametrize(("hops", "allowed"), [(0, 6), (1, 12)])
def test_a22_a_forged_forwarding_header_buys_no_more_requests(
    client: Client, hops: int, allowed: int
) -> None:
    statuses = []
    with override_settings(TRUSTED_PROXY_HOPS=hops):
        for number in range(14):
            answer = client.post(
                "/api/v1/auth/siwe/challenge",
                {**ASKED, "address": wallet().address},
                content_type="application/json",
                headers={"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.{number % 2}"},
            )
            statuses.append(answer.status_code)
    assert statuses.count(200) == allowed and set(statuses) == {200, 429}
