"""What old runs saw and said moves to the artifact store, and nothing is lost on the way."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from apps.core.json_strict import sha256_hex
from apps.decisions.models import DecisionRun
from apps.decisions.services import payloads
from apps.decisions.services.archive import PATIENCE, archive_payloads
from apps.decisions.services.sealing import RECORD_V1, RECORD_V3, record_digest
from apps.decisions.services.verify import broken_chains, replay_run, verify_run
from apps.operations import artifacts
from apps.operations.artifacts import s3
from tests.decisions.world import BAR, NOW
from tests.operations.s3_server import Bucket, s3_server

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(hours=24)


@pytest.fixture
def bucket(settings: Any) -> Iterator[Bucket]:
    """Artifacts go to a bucket that can be told to misbehave."""
    with s3_server() as server:
        settings.ARTIFACT_STORE, settings.ARTIFACT_S3 = "s3", server.settings
        yield server
    s3.opened.cache_clear()


def archive(limit: int = 200) -> Any:
    return archive_payloads(now=NOW + DAY, after=DAY, limit=limit)


def whole(run: DecisionRun) -> tuple[Any, ...]:
    """What a reader gets of the run as it is stored now."""
    stored = DecisionRun.objects.get(pk=run.pk)
    read = (payloads.context_of(stored), payloads.prompt_of(stored), payloads.answer_of(stored))
    return (*read, verify_run(stored), replay_run(stored))


def columns(run: DecisionRun) -> tuple[bool, bool]:
    """Whether the stored row still holds its context and its answer."""
    stored = DecisionRun.objects.get(pk=run.pk)
    return bool(stored.context), bool(stored.raw_answer)


def test_an_archived_run_reads_verifies_and_repeats_as_before(ask: Any, bucket: Bucket) -> None:
    run = ask()
    before = whole(run)
    assert before[0] and before[2] and before[3] == []
    assert archive_payloads(now=NOW + DAY - timedelta(seconds=1), after=DAY).archived == 0
    assert (archive().archived, archive().archived) == (1, 0)
    assert columns(run) == (False, False) and len(bucket.objects) == 2
    assert whole(run) == before
    assert DecisionRun.objects.get(pk=run.pk).archived_at == NOW + DAY
    assert list(broken_chains()) == [] == list(broken_chains(subject=run.subject, reads_archive=True))


def test_a_prompt_is_archived_under_its_digest(ask: Any, bucket: Bucket) -> None:
    run = ask()
    text = "what was asked, word for word: ü"
    digest = sha256_hex(text.encode())
    DecisionRun.objects.filter(pk=run.pk).update(prompt=text, prompt_digest=digest)
    assert archive().archived == 1
    assert DecisionRun.objects.get(pk=run.pk).prompt == ""
    assert whole(run)[1] == text and any(name.endswith(digest) for name in bucket.objects)


@pytest.mark.parametrize("mood", ["down", "hangs", "forgets", "loses"])
def test_E18_a_store_that_fails_in_any_way_loses_no_decision(ask: Any, bucket: Bucket, mood: str) -> None:
    run = ask()
    before = whole(run)
    bucket.mood = mood
    outcome = archive()
    assert (outcome.archived, outcome.failed) == (0, 1) and run.public_id in outcome.errors[0]
    assert columns(run) == (True, True) and DecisionRun.objects.get(pk=run.pk).archived_at is None
    assert whole(run) == before
    bucket.mood = "well"
    assert archive().archived == 1
    assert whole(run) == before


def test_E18_decisions_go_on_while_the_store_is_down_and_the_archive_catches_up(
    ask: Any, bucket: Bucket
) -> None:
    bucket.mood = "down"
    runs = [ask(subject=f"acc_{place}") for place in range(PATIENCE + 2)]
    outcome = archive()
    assert outcome.failed == PATIENCE, "a store that is down is not asked about every row"
    assert all(columns(run) == (True, True) for run in runs)
    bucket.mood = "well"
    assert archive(limit=2).archived == 2
    assert archive().archived == len(runs) - 2
    assert all(whole(run)[3] == [] for run in runs)


def test_an_altered_row_stays_as_evidence_and_holds_up_nobody(ask: Any, bucket: Bucket) -> None:
    first, second = ask(), ask(slot_at=NOW + BAR, now=NOW + BAR)
    context = first.context | {"now_ms": 1}
    DecisionRun.objects.filter(pk=first.pk).update(context=context)
    outcome = archive_payloads(now=NOW + 2 * DAY, after=DAY, limit=1)
    assert (outcome.archived, outcome.failed) == (1, 1) and first.public_id in outcome.errors[0]
    assert columns(first) == (True, True) and columns(second) == (False, False)


@pytest.mark.parametrize("kept", [b"", b"{}", b"[]"])
def test_an_artifact_that_is_gone_or_altered_is_named(ask: Any, bucket: Bucket, kept: bytes) -> None:
    run = ask()
    archive()
    for name in list(bucket.objects):
        if kept:
            bucket.objects[name] = kept
        else:
            del bucket.objects[name]
    stored = DecisionRun.objects.get(pk=run.pk)
    assert any(run.public_id in fault for fault in verify_run(stored))
    assert list(broken_chains()) == [], "the records themselves are whole"
    assert len(list(broken_chains(reads_archive=True))) == 1


def test_a_store_that_does_not_answer_is_no_verdict(ask: Any, bucket: Bucket) -> None:
    run = ask()
    archive()
    bucket.mood = "down"
    with pytest.raises(artifacts.ArtifactStoreDown):
        verify_run(DecisionRun.objects.get(pk=run.pk))


def test_a_run_that_was_skipped_has_nothing_to_archive(ask: Any, bucket: Bucket) -> None:
    run = ask(symbol="ETH")
    assert archive().archived == 1 and not bucket.objects
    assert whole(run)[:4] == ({}, "", "", [])


def test_a_record_of_the_first_form_keeps_its_answer_and_verifies(ask: Any, bucket: Bucket) -> None:
    run = DecisionRun.objects.get(pk=ask().pk)
    run.schema, run.answer_digest = RECORD_V1, ""
    run.record_digest = record_digest(run, list(run.actions.all()))
    run.save()
    before = whole(run)
    assert before[3] == [] and archive().archived == 1
    assert columns(run) == (False, True) and whole(run) == before
    DecisionRun.objects.filter(pk=run.pk).update(raw_answer="{}")
    assert whole(run)[3] == [f"{run.public_id}: the record does not match its digest"]


def test_the_second_form_names_the_answer_by_digest(ask: Any) -> None:
    run = ask()
    assert run.schema == RECORD_V3 and len(run.answer_digest) == 64
    for change in ({"model": "m"}, {"parameters": {"temperature": 0.2}}, {"prompt_digest": "0" * 64}):
        altered = DecisionRun.objects.get(pk=run.pk)
        for name, value in change.items():
            setattr(altered, name, value)
        assert verify_run(altered) == [f"{run.public_id}: the record does not match its digest"]
