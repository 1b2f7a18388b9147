"""What one player cannot do to the disk or to a page: publish, make and fork without end."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.clones import graph, queries, services
from apps.clones.models import Clone, StrategyVersion
from apps.clones.queries.clones import LONGEST_LINE
from apps.core.errors import PermissionRefused
from apps.core.limits import RateLimited
from apps.users.models import User
from tests.clones.conftest import BY, NOW

PAIR = (graph.basic(assets=["BTC"]), graph.basic(assets=["ETH"]))


def publish(clone: Clone, number: int, **later: float) -> StrategyVersion:
    """Publish one of two strategies in turn."""
    now = NOW + timedelta(**later)
    services.save_draft(clone=clone, document=PAIR[number % 2], by=BY, now=now)
    return services.publish(clone=clone, by=BY, now=now)


def test_a_clone_gets_only_so_many_versions_an_hour(clone: Clone) -> None:
    for number in range(60):
        publish(clone, number, minutes=number / 2)
    with pytest.raises(RateLimited):
        publish(clone, 60, minutes=59)
    assert publish(clone, 59, minutes=59).number == 60, "what stands already is answered again"
    assert publish(clone, 60, minutes=61).number == 61


def test_making_and_deleting_does_not_go_on_without_end(owner: User, settings: Any) -> None:
    settings.FREE_CLONES_PER_USER = 1

    def make(number: int, **later: float) -> Clone:
        return services.create_clone(owner=owner, name=f"Clone {number}", by=BY, now=NOW + timedelta(**later))

    for number in range(10):
        services.delete_clone(clone=make(number), by=BY, now=NOW)
    with pytest.raises(RateLimited):
        make(10, hours=23)
    assert make(11, hours=25).name == "Clone 11"
    settings.FREE_CLONES_PER_USER = 0
    with pytest.raises(PermissionRefused):
        make(12, hours=25)


def test_a_long_line_of_forks_is_read_to_its_limit(clone: Clone, owner: User, settings: Any) -> None:
    settings.FREE_CLONES_PER_USER = 100
    for number in range(LONGEST_LINE + 2):
        version = services.publish(clone=clone, by=BY, now=NOW)
        clone = services.fork_clone(clone=clone, version=version, name=f"Heir {number}", by=BY, now=NOW)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert len(queries.ancestors(clone)) == LONGEST_LINE
    assert len(asked) == LONGEST_LINE


def test_lists_read_no_documents(clone: Clone, owner: User) -> None:
    version = publish(clone, 0)
    services.fork_clone(clone=clone, version=version, name="Heir", by=BY, now=NOW)
    with CaptureQueriesContext(connection) as asked:
        assert len(queries.overviews(queries.list_clones(owner=owner))) == 2
        assert [row.number for row in queries.list_versions(clone)] == [1]
    assert not any('"document"' in query["sql"] for query in asked)
