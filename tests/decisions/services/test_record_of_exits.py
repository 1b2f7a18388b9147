"""The seal of a run covers the exits that its actions ask for, and says nothing of those that they do not."""

from datetime import UTC, datetime

from apps.clones.models import StrategyVersion
from apps.decisions.models import DecisionRun, ProposedAction
from apps.decisions.services.sealing import record_digest, record_document

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DIGEST = "f4127ef4c080b5f773259147c448b99bf5108bd677c080645cf1a872c8a47498"
"""Of the record below, as it was sealed before actions could ask for exits."""


def run() -> DecisionRun:
    """A finished run that is in no database."""
    return DecisionRun(
        subject="acc_1",
        version=StrategyVersion(digest="d" * 64),
        prompt_key="p",
        symbol="BTC",
        slot_at=AT,
        decided_at=AT,
        status="completed",
        engine="rules",
        engine_revision="rules-1",
        sequence=1,
    )


def action(**asked: object) -> ProposedAction:
    """An opening action."""
    return ProposedAction(
        index=0, kind="open", symbol="BTC", side=1, notional_micros=5, leverage=2, reason="r", **asked
    )


def test_a_record_without_exits_keeps_the_digest_it_had_before_there_were_any() -> None:
    assert set(record_document(run(), [action()])["actions"][0]) == {
        "index",
        "kind",
        "symbol",
        "side",
        "size_lots",
        "notional_micros",
        "leverage",
        "reduce_only",
        "reason",
    }
    assert record_digest(run(), [action()]) == DIGEST


def test_every_exit_that_is_asked_for_is_sealed() -> None:
    asked = {"is_isolated": True, "stop_micros": 4, "trail_bps": 3, "target_micros": 9, "hold_ms": 60_000}
    digests = {record_digest(run(), [action(**{name: value})]) for name, value in asked.items()}
    assert len(digests | {DIGEST}) == 6
