"""Artifacts in files and in an S3-compatible bucket: the same promises, whatever the store does."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from apps.core.errors import NotFound
from apps.operations import artifacts
from apps.operations.artifacts import s3
from pumpparty import artifact_settings
from tests.operations.s3_server import BUCKET, Bucket, s3_server

SAID = b'{"said":"hello"}'
DIGEST = hashlib.sha256(SAID).hexdigest()
PLACE = f"/{BUCKET}/kept/{DIGEST[:2]}/{DIGEST}"


@pytest.fixture
def bucket(settings: Any) -> Iterator[Bucket]:
    """The settings name a bucket that checks signatures."""
    with s3_server() as server:
        settings.ARTIFACT_STORE, settings.ARTIFACT_S3 = "s3", server.settings
        yield server
    s3.opened.cache_clear()


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """The settings name a folder."""
    settings.ARTIFACT_STORE, settings.ARTIFACT_ROOT = "files", tmp_path
    return tmp_path


def test_a_bucket_keeps_what_it_is_given_under_its_digest(bucket: Bucket) -> None:
    assert artifacts.put(SAID) == artifacts.put(SAID) == DIGEST
    assert bucket.objects == {PLACE: SAID}
    assert artifacts.get(DIGEST) == SAID
    with pytest.raises(NotFound) as none:
        artifacts.get("0" * 64)
    assert none.value.code == "ARTIFACT_NOT_FOUND"
    asked = bucket.asked
    for name in ("../../etc/passwd", DIGEST.upper(), DIGEST + "\n"):
        with pytest.raises(NotFound):
            artifacts.get(name)
    assert bucket.asked == asked


def test_what_a_bucket_altered_is_never_believed(bucket: Bucket) -> None:
    artifacts.put(SAID)
    bucket.objects[PLACE] = SAID + b" "
    with pytest.raises(artifacts.ArtifactDamaged):
        artifacts.get(DIGEST)


@pytest.mark.parametrize("wrong", [{"secret_key": "another"}, {"access_key": "AKIDOTHER"}])
def test_a_wrong_key_is_refused_by_its_signature(
    bucket: Bucket, settings: Any, wrong: dict[str, str]
) -> None:
    settings.ARTIFACT_S3 = bucket.settings | wrong
    with pytest.raises(artifacts.ArtifactStoreDown) as refused:
        artifacts.put(SAID)
    assert not bucket.objects and wrong.popitem()[1] not in refused.value.detail


@pytest.mark.parametrize("mood", ["down", "hangs"])
def test_a_bucket_that_is_down_or_hangs_is_a_store_that_is_down(bucket: Bucket, mood: str) -> None:
    bucket.mood = mood
    started = time.monotonic()
    for act in (lambda: artifacts.put(SAID), lambda: artifacts.get(DIGEST)):
        with pytest.raises(artifacts.ArtifactStoreDown) as down:
            act()
        assert (down.value.status, down.value.retryable) == (503, True)
    assert time.monotonic() - started < 8


def test_a_bucket_that_nobody_serves_is_a_store_that_is_down(settings: Any) -> None:
    with s3_server() as server:
        gone = server.settings
    settings.ARTIFACT_STORE, settings.ARTIFACT_S3 = "s3", gone
    with pytest.raises(artifacts.ArtifactStoreDown):
        artifacts.put(SAID)


@pytest.mark.django_db(transaction=True)
def test_a_bucket_is_never_asked_inside_a_transaction(bucket: Bucket) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a database transaction"):
        artifacts.put(SAID)
    assert bucket.asked == 0


def test_a_file_that_was_damaged_is_made_whole_by_storing_it_again(folder: Path) -> None:
    artifacts.put(SAID)
    path = folder / DIGEST[:2] / DIGEST
    path.write_bytes(b"altered")
    with pytest.raises(artifacts.ArtifactDamaged):
        artifacts.get(DIGEST)
    assert artifacts.get(artifacts.put(SAID)) == SAID
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_is_a_store_that_is_down(folder: Path) -> None:
    (folder / DIGEST[:2]).write_text("in the way")
    for act in (lambda: artifacts.put(SAID), lambda: artifacts.get(DIGEST)):
        with pytest.raises(artifacts.ArtifactStoreDown):
            act()


def test_the_settings_name_the_variables_of_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "PUMPPARTY_S3_ENDPOINT": "https://s3.example/",
        "PUMPPARTY_S3_BUCKET": "b",
        "PUMPPARTY_S3_KEY_ENV": "MY_KEY",
        "MY_KEY": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    found = artifact_settings.bucket("s3")
    assert (found["endpoint"], found["access_key"], found["secret_key"]) == ("https://s3.example", "k", "s")
    assert artifact_settings.bucket("files") == {}
    for name in ("PUMPPARTY_S3_ENDPOINT", "PUMPPARTY_S3_BUCKET", "MY_KEY", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "")
        with pytest.raises(ImproperlyConfigured, match=name):
            artifact_settings.bucket("s3")
        monkeypatch.setenv(name, given[name])
    monkeypatch.setenv("PUMPPARTY_ARTIFACT_STORE", "tape")
    with pytest.raises(ImproperlyConfigured, match="files or s3"):
        artifact_settings.store()
