"""Rate limits: exact, counted in one step, shared through Redis, and never an open or a locked door."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.test import Client, override_settings

from apps.core import limits


def taken(name: str, key: str, *, rate: str, cost: int = 1, reserve: int = 0) -> bool:
    """Whether one more was allowed."""
    try:
        limits.take(name, key, rate=rate, cost=cost, reserve=reserve)
    except limits.RateLimited:
        return False
    return True


def test_a_limit_lets_its_number_through_and_no_more() -> None:
    assert [taken("test", "ada", rate="3/minute") for _ in range(5)] == [True, True, True, False, False]
    assert taken("test", "eve", rate="3/minute") and taken("other", "ada", rate="3/minute")


def test_a_limit_opens_again() -> None:
    assert [taken("test", "ada", rate="2/second") for _ in range(3)] == [True, True, False]
    time.sleep(1.05)
    assert taken("test", "ada", rate="2/second")


def test_a_refusal_says_when_to_come_back() -> None:
    limits.take("test", "ada", rate="1/minute")
    with pytest.raises(limits.RateLimited) as refused:
        limits.take("test", "ada", rate="1/minute")
    assert (refused.value.status, refused.value.code, refused.value.retry_after) == (429, "RATE_LIMITED", 60)
    assert refused.value.retryable


def test_a21_many_at_once_are_counted_one_by_one_in_this_process() -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: taken("test", "crowd", rate="20/minute"), range(200)))
    assert sum(answers) == 20


def test_a21_many_at_once_are_counted_one_by_one_in_redis(server: str) -> None:
    with override_settings(REDIS_URL=server), ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: taken("test", "crowd", rate="20/minute"), range(200)))
        assert sum(answers) == 20
        limits.forget()
        assert not taken("test", "crowd", rate="20/minute")


def test_a_dead_counter_neither_opens_nor_locks(tmp_path: Path) -> None:
    with override_settings(REDIS_URL=f"unix://{tmp_path}/nobody.sock?db=1"):
        assert [taken("test", "ada", rate="2/minute") for _ in range(3)] == [True, True, False]


@pytest.mark.django_db
def test_a_refused_request_carries_retry_after(client: Client) -> None:
    body = {"refreshToken": "pprt_nothing"}
    for _ in range(120):
        client.post("/api/v1/auth/session/refresh", body, content_type="application/json")
    answer = client.post("/api/v1/auth/session/refresh", body, content_type="application/json")
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert (answer.json()["code"], answer.json()["retryable"]) == ("RATE_LIMITED", True)


def spend(_: int) -> bool:
    return taken("test", "weights", rate="1000/minute", cost=20)


def test_weights_are_counted_exactly_by_many_at_once_in_this_process_and_in_redis(server: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(200))) == 50
        with override_settings(REDIS_URL=server):
            assert sum(pool.map(spend, range(200))) == 50
            assert not taken("test", "weights", rate="1000/minute", cost=1)


def test_a_reserve_is_left_for_others(server: str) -> None:
    for url in ("", server):
        with override_settings(REDIS_URL=url):
            modest = [taken("test", "reserve", rate="100/minute", cost=20, reserve=50) for _ in range(4)]
            assert modest == [True, True, False, False]
            assert [taken("test", "reserve", rate="100/minute", cost=20) for _ in range(4)] == [True] * 3 + [
                False
            ]
