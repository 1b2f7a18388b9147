"""How often something may happen: counted in one step, in Redis where there is one, else in this process."""

import logging
from functools import lru_cache
from threading import Lock

from django.conf import settings
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from apps.core.errors import DomainError

logger = logging.getLogger(__name__)

REDIS_PATIENCE_SECONDS = 1.0
KEY_PREFIX = "pumpparty-limits"
_counting = Lock()
_building = Lock()


class RateLimited(DomainError):
    """Too many of these in too short a time; `retry_after` is the wait in whole seconds."""

    status = 429
    code = "RATE_LIMITED"
    retryable = True

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(f"Too many requests; try again in {retry_after} s.")
        self.retry_after = retry_after


def take(name: str, key: str, *, rate: str, cost: int = 1, reserve: int = 0) -> None:
    """Count `cost` uses of `name` by `key` ("30/minute" in any window of that length); RateLimited above `rate`.

    With a `reserve`, it is refused already when less than that much would be left for others.
    Never call it inside a transaction: the counter may be on the other side of a network.
    """
    item = _item(rate)
    if settings.REDIS_URL:
        try:
            allowed = _count(_shared(settings.REDIS_URL), item, (name, key), cost, reserve)
        except StorageError:
            # A broken counter must neither lock everybody out nor let everybody in: this process counts alone.
            logger.warning("The shared counter does not answer; counting in this process.")
            allowed = _count_here(item, (name, key), cost, reserve)
    else:
        allowed = _count_here(item, (name, key), cost, reserve)
    if not allowed:
        raise RateLimited(retry_after=item.get_expiry())


def forget() -> None:
    """Drop the counters of this process; those in Redis stay."""
    _here.cache_clear()


def _count(
    limiter: MovingWindowRateLimiter, item: RateLimitItem, names: tuple[str, str], cost: int, reserve: int
) -> bool:
    """The look at the reserve is not one step with the count, which alone keeps the rate."""
    if reserve and not limiter.test(item, *names, cost=cost + reserve):
        return False
    return limiter.hit(item, *names, cost=cost)


def _count_here(item: RateLimitItem, names: tuple[str, str], cost: int, reserve: int) -> bool:
    with _counting:
        return _count(_here(), item, names, cost, reserve)


@lru_cache(maxsize=64)
def _item(rate: str) -> RateLimitItem:
    return parse(rate)


@lru_cache(maxsize=1)
def _here() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


def _shared(url: str) -> MovingWindowRateLimiter:
    # The library looks its driver up while it is built, and stumbles over one that another thread is just importing.
    with _building:
        return _connected(url)


@lru_cache(maxsize=4)
def _connected(url: str) -> MovingWindowRateLimiter:
    storage = RedisStorage(
        url,
        key_prefix=KEY_PREFIX,
        wrap_exceptions=True,
        socket_timeout=REDIS_PATIENCE_SECONDS,
        socket_connect_timeout=REDIS_PATIENCE_SECONDS,
    )
    return MovingWindowRateLimiter(storage)
