"""What a model was shown, asked and said reads the same from the archive, and a lost part of it is named."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.decisions.models import DecisionRun
from apps.decisions.services import payloads
from apps.decisions.services.archive import archive_payloads
from apps.decisions.services.verify import verify_run
from tests.decisions.world import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)


@pytest.fixture
def run(ask: Any, port: Any, settings: Any, tmp_path: Path) -> DecisionRun:
    """A sealed run of a model; artifacts go to a folder of this test."""
    settings.ARTIFACT_STORE, settings.ARTIFACT_ROOT = "files", tmp_path
    return DecisionRun.objects.get(pk=ask().pk)


def test_a_models_run_reads_the_same_from_the_archive(run: DecisionRun, tmp_path: Path) -> None:
    before = run.context, run.prompt, run.raw_answer
    assert all(before) and run.context["schema"] == "decision_context_v2"
    assert archive_payloads(now=NOW + DAY, after=DAY).archived == 1
    stored = DecisionRun.objects.get(pk=run.pk)
    assert (stored.context, stored.prompt, stored.raw_answer) == ({}, "", "")
    assert stored.context_artifact == sha256_hex(dumps_canonical(before[0])) != stored.context_digest
    assert (payloads.context_of(stored), payloads.prompt_of(stored), payloads.answer_of(stored)) == before
    kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert kept == {stored.context_artifact, stored.prompt_digest, stored.answer_digest}
    assert verify_run(stored) == []


def test_a_context_that_lost_a_part_is_named_and_stays(run: DecisionRun) -> None:
    context = {name: value for name, value in run.context.items() if name != "limits"}
    DecisionRun.objects.filter(pk=run.pk).update(context=context)
    stored = DecisionRun.objects.get(pk=run.pk)
    assert verify_run(stored) == [f"{run.public_id}: the context does not match its digest"]
    assert archive_payloads(now=NOW + DAY, after=DAY).failed == 1
    assert DecisionRun.objects.get(pk=run.pk).context == context
