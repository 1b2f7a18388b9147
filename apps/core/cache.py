"""A shared cache that may be away: what it held is computed again, and no request fails for it."""

import logging
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    """Redis for the calls that are made here: without it nothing is found and nothing is kept."""

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """What is kept under the key, `default` for nothing or no cache."""
        try:
            return super().get(key, default, version)
        except RedisError:
            logger.warning("The cache does not answer; going on without.")
            return default

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Keep the value where there is a cache."""
        try:
            super().set(key, value, timeout, version)
        except RedisError:
            logger.warning("The cache does not answer; nothing is kept.")

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Whether the key was free; without a cache nobody else holds it."""
        try:
            return bool(super().add(key, value, timeout, version))
        except RedisError:
            logger.warning("The cache does not answer; going on alone.")
            return True

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Forget the key; whether there was one."""
        try:
            return bool(super().delete(key, version))
        except RedisError:
            logger.warning("The cache does not answer; nothing is forgotten.")
            return False
