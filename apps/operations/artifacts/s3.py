"""Artifacts as objects of one bucket of an S3-compatible store."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.db import connections
from obstore.exceptions import BaseError
from obstore.store import S3Store

from apps.operations.artifacts.port import ArtifactStoreDown

CONNECT_TIMEOUT = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class BucketStore:
    """One bucket under one prefix; its timeouts are set when it is opened, so it never hangs longer."""

    bucket: S3Store

    def write(self, digest: str, data: bytes) -> None:
        """PUT the object; the store acknowledges when it is durable."""
        _refuse_transaction()
        try:
            self.bucket.put(_name(digest), data, use_multipart=False)
        except BaseError as error:
            raise _down(error) from error

    def read(self, digest: str) -> bytes | None:
        """GET the object, or None."""
        _refuse_transaction()
        try:
            return self.bucket.get(_name(digest)).bytes().to_bytes()
        except FileNotFoundError:
            return None
        except BaseError as error:
            raise _down(error) from error


@cache
def opened(
    *,
    endpoint: str,
    bucket: str,
    region: str,
    prefix: str,
    access_key: str,
    secret_key: str,
    timeout_seconds: float,
    retries: int,
) -> BucketStore:
    """The store at an endpoint such as https://s3.eu-central-1.amazonaws.com, asked path-style; opens no connection.

    One answer takes at most `timeout_seconds`; what fails for the moment is asked again up to `retries` times.
    """
    timeout = timedelta(seconds=timeout_seconds)
    return BucketStore(
        S3Store(
            bucket,
            prefix=prefix or None,
            endpoint=endpoint,
            region=region,
            access_key_id=access_key,
            secret_access_key=secret_key,
            virtual_hosted_style_request=False,
            client_options={
                "timeout": timeout,
                "connect_timeout": min(CONNECT_TIMEOUT, timeout),
                "allow_http": endpoint.startswith("http://"),
            },
            retry_config={"max_retries": retries, "retry_timeout": timeout * (retries + 1)},
        )
    )


def _name(digest: str) -> str:
    return f"{digest[:2]}/{digest}"


def _down(error: BaseError) -> ArtifactStoreDown:
    # The library's text names the bucket and the store's answer, never the keys; its first line says enough.
    return ArtifactStoreDown(f"The artifact store failed: {str(error).splitlines()[0][:200]}")


def _refuse_transaction() -> None:
    if any(connection.in_atomic_block for connection in connections.all(initialized_only=True)):
        raise RuntimeError("The artifact store must not be called inside a database transaction.")
