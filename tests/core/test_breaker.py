"""The circuit breaker: opens for trouble, asks once to close, waits as long as it was asked to."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import sleep

import pytest
from django.core.cache import cache
from django.test import override_settings

from apps.core import breaker
from apps.core.errors import AdapterError, AdapterFault

SOURCE = "venue"


class Source:
    """Something outside that fails as told, at a time that the test sets."""

    def __init__(self) -> None:
        self.error: AdapterError | None = None
        self.asked = 0
        self.at = 1_000_000.0
        self.spread = 1.0

    def answer(self) -> str:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return "well"

    def ask(self, call: Callable[[], str] | None = None) -> str:
        return breaker.guarded(SOURCE, call or self.answer, now=lambda: self.at, jitter=lambda: self.spread)

    def refused(self) -> AdapterError:
        """Ask, and return the failure."""
        with pytest.raises(AdapterError) as failure:
            self.ask()
        return failure.value


@pytest.fixture
def source() -> Source:
    return Source()


def down() -> AdapterError:
    return AdapterError("reset", transient=True)


def slow_down(seconds: float | None) -> AdapterError:
    return AdapterError("429", transient=True, fault=AdapterFault.RATE_LIMITED, retry_after=seconds)


def test_d01_five_failures_in_a_row_open_the_circuit_and_fewer_do_not(source: Source) -> None:
    source.error = down()
    for _ in range(4):
        source.refused()
    source.error = None
    assert source.ask() == "well"
    source.error = down()
    for _ in range(5):
        assert source.refused().fault is AdapterFault.NETWORK
    assert source.asked == 10
    refusal = source.refused()
    assert (refusal.fault, refusal.transient, source.asked) == (AdapterFault.BREAKER_OPEN, True, 10)
    assert refusal.retry_after == pytest.approx(2)


def test_d01_another_source_goes_on(source: Source) -> None:
    source.error = down()
    for _ in range(6):
        source.refused()
    assert breaker.guarded("other", lambda: 1) == 1


def test_d02_the_wait_doubles_with_each_failed_trial_up_to_a_cap(source: Source) -> None:
    source.error = down()
    for _ in range(5):
        source.refused()
    waits = []
    for _ in range(7):
        wait = source.refused().retry_after or 0
        waits.append(wait)
        source.at += wait - 0.001
        assert source.refused().fault is AdapterFault.BREAKER_OPEN
        source.at += 0.001
        assert source.refused().fault is AdapterFault.NETWORK
    assert waits == pytest.approx([2, 4, 8, 16, 30, 30, 30])
    assert source.asked == 5 + 7


def test_d02_a_source_that_is_asked_often_is_tried_often(source: Source) -> None:
    source.error = down()
    for _ in range(8):
        with pytest.raises(AdapterError):
            breaker.guarded(
                SOURCE, source.answer, longest_wait=5.0, now=lambda: source.at, jitter=lambda: 1.0
            )
        source.at += 5
    assert source.asked == 8


def test_d02_the_wait_is_spread(source: Source) -> None:
    source.error = down()
    source.spread = 0.0
    for _ in range(5):
        source.refused()
    assert source.refused().retry_after == pytest.approx(1)


@pytest.mark.parametrize(("wish", "wait"), [(None, 2), (0.0, 2), (17.0, 17), (9_999.0, 300)])
def test_d02_a_source_that_asks_for_patience_gets_it_at_once(
    source: Source, wish: float | None, wait: float
) -> None:
    source.error = slow_down(wish)
    source.refused()
    refusal = source.refused()
    assert (refusal.fault, source.asked) == (AdapterFault.BREAKER_OPEN, 1)
    assert refusal.retry_after == pytest.approx(wait)
    source.at += wait
    source.error = None
    assert source.ask() == "well"


def test_d02_no_herd_one_caller_alone_tries(source: Source) -> None:
    source.error = down()
    for _ in range(5):
        source.refused()
    source.error = None
    source.at += 10
    answers: list[str] = []

    def trial() -> str:
        source.asked += 1
        with ThreadPoolExecutor(8) as pool:
            others = list(pool.map(lambda _: attempt(source), range(8)))
        answers.extend(others)
        return "well"

    assert source.ask(trial) == "well"
    assert answers == ["BREAKER_OPEN"] * 8
    assert source.asked == 6
    assert attempt(source) == "well"


def attempt(source: Source) -> str:
    try:
        return source.ask()
    except AdapterError as error:
        return str(error.fault)


def test_a_lasting_refusal_and_our_own_thrift_are_no_trouble_of_the_source(source: Source) -> None:
    source.error = AdapterError("404", transient=False, fault=AdapterFault.REFUSED)
    for _ in range(7):
        assert source.refused().fault is AdapterFault.REFUSED
    source.error = AdapterError("spent", transient=True, fault=AdapterFault.BUDGET_SPENT)
    for _ in range(7):
        assert source.refused().fault is AdapterFault.BUDGET_SPENT


@pytest.mark.parametrize(
    "error", [AdapterError("spent", transient=True, fault=AdapterFault.BUDGET_SPENT), KeyboardInterrupt()]
)
def test_a_trial_that_asked_nothing_is_free_again(source: Source, error: BaseException) -> None:
    source.error = down()
    for _ in range(5):
        source.refused()
    source.at += 10
    source.error = None

    def interrupted() -> str:
        raise error

    with pytest.raises(type(error)):
        source.ask(interrupted)
    assert source.ask() == "well"


def test_a_trial_whose_process_died_is_anybodys_after_a_minute(source: Source) -> None:
    source.error = slow_down(None)
    source.refused()
    source.error = None
    source.at += 5
    cache.add(f"breaker:{SOURCE}:trial:1:{1_000_002.0:.3f}", 1, 0.05)
    assert attempt(source) == "BREAKER_OPEN"
    cache.delete(f"breaker:{SOURCE}:trial:1:{1_000_002.0:.3f}")
    assert attempt(source) == "well"


def test_d19_a_clock_that_was_set_back_does_not_hold_the_circuit_open(source: Source) -> None:
    source.error = down()
    for _ in range(5):
        source.refused()
    source.at -= 3_600
    source.error = None
    assert source.ask() == "well"


def test_without_its_cache_the_source_is_asked(source: Source, tmp_path: Path) -> None:
    nowhere = {"BACKEND": "apps.core.cache.ForgivingRedisCache", "LOCATION": f"unix://{tmp_path}/none.sock"}
    with override_settings(CACHES={"default": nowhere}):
        source.error = down()
        for _ in range(6):
            assert source.refused().fault is AdapterFault.NETWORK
        source.error = None
        assert source.ask() == "well"


def test_d02_over_redis_one_of_many_processes_tries(server: str, source: Source) -> None:
    shared = {"BACKEND": "apps.core.cache.ForgivingRedisCache", "LOCATION": server}
    with override_settings(CACHES={"default": shared}):
        source.error = slow_down(None)
        source.refused()
        source.error = None
        source.at += 5
        begin = Barrier(8)

        def slow() -> str:
            source.asked += 1
            sleep(0.3)
            return "well"

        def contend(_: int) -> str:
            begin.wait()
            try:
                return source.ask(slow)
            except AdapterError as error:
                return str(error.fault)

        with ThreadPoolExecutor(8) as pool:
            answers = sorted(pool.map(contend, range(8)))
        assert answers == ["BREAKER_OPEN"] * 7 + ["well"]
        assert source.asked == 2
        assert source.ask() == "well"
        cache.clear()
