"""The invariants see one moment, even while somebody else writes."""

import threading

import pytest
from django.db import connection

from apps.operations.invariants import one_snapshot
from apps.operations.models import Lease


def write_elsewhere(name: str) -> None:
    """Commit a row through a connection of its own."""

    def work() -> None:
        Lease.objects.create(name=name)
        connection.close()

    writer = threading.Thread(target=work)
    writer.start()
    writer.join(timeout=30)
    assert not writer.is_alive()


@pytest.mark.postgres
@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="an in-memory SQLite shares its locks between threads"
)
@pytest.mark.django_db(transaction=True)
def test_a_write_during_the_check_is_not_seen_and_not_held_up() -> None:
    with one_snapshot():
        before = Lease.objects.count()
        write_elsewhere("during")
        assert Lease.objects.count() == before
    assert Lease.objects.count() == before + 1
