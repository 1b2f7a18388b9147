"""Keeping the log of ingestion short; prices and books are kept because fills cite them."""

from datetime import datetime, timedelta

from apps.market.models import IngestionRun

KEEP_RUNS_FOR = timedelta(days=1)


def prune_runs(*, now: datetime) -> int:
    """Delete ingestion runs older than a day; return how many."""
    deleted, _ = IngestionRun.objects.filter(started_at__lt=now - KEEP_RUNS_FOR).delete()
    return deleted
