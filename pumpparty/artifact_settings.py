"""Reading the settings of the artifact store: files beside the database, or a bucket of an S3-compatible store."""

import os
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from pumpparty import environment as env


def store() -> str:
    """PUMPPARTY_ARTIFACT_STORE: "files" (the default) or "s3"."""
    name = env.text("PUMPPARTY_ARTIFACT_STORE", "files")
    if name not in {"files", "s3"}:
        raise ImproperlyConfigured(f"PUMPPARTY_ARTIFACT_STORE must be files or s3, not {name!r}.")
    return name


def bucket(kind: str) -> dict[str, Any]:
    """PUMPPARTY_S3_{ENDPOINT,BUCKET,REGION,PREFIX} and the two keys; empty where artifacts are files.

    The keys stand in the variables that PUMPPARTY_S3_KEY_ENV and PUMPPARTY_S3_SECRET_ENV name, the usual ones unless set.
    """
    if kind != "s3":
        return {}
    endpoint = env.text("PUMPPARTY_S3_ENDPOINT").rstrip("/")
    if urlsplit(endpoint).scheme not in {"http", "https"} or not urlsplit(endpoint).netloc:
        raise ImproperlyConfigured("PUMPPARTY_S3_ENDPOINT must be an address such as https://s3.example.")
    return {
        "endpoint": endpoint,
        "bucket": _needed("PUMPPARTY_S3_BUCKET"),
        "region": env.text("PUMPPARTY_S3_REGION", "us-east-1"),
        "prefix": env.text("PUMPPARTY_S3_PREFIX"),
        "access_key": _needed(env.text("PUMPPARTY_S3_KEY_ENV", "AWS_ACCESS_KEY_ID")),
        "secret_key": _needed(env.text("PUMPPARTY_S3_SECRET_ENV", "AWS_SECRET_ACCESS_KEY")),
        "timeout_seconds": env.whole_number("PUMPPARTY_S3_TIMEOUT", default=10, low=1, high=60),
        "retries": 1,
    }


def _needed(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} must be set where PUMPPARTY_ARTIFACT_STORE=s3.")
    return value
