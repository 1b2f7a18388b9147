"""The page of a decision executed again in a real browser: identical, with its moment; and different, at its place."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from apps.decisions.models import DecisionRun
from apps.trading.models import ExecutionRecord
from tests.pages.conftest import NARROW, WIDE, Visitor
from tests.trading import world
from tests.trading.reexecution.test_identical import STEP, live
from tests.trading.reexecution.test_missing import lifted

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_visitor_sees_a_decision_verified_and_where_it_was_altered(
    visitor: Visitor, monkeypatch: Any
) -> None:
    live(4)
    monkeypatch.setattr("apps.operations.clock.now", lambda: world.NOW + 4 * STEP + timedelta(minutes=1))
    record = ExecutionRecord.objects.select_related("verdict__action__run").earliest("pk")
    run: DecisionRun = record.verdict.action.run
    visitor.go(f"/decisions/{run.public_id}")
    page = visitor.page
    assert page.get_by_role("heading", level=1).inner_text() == "Identical"
    assert "checked " in page.locator(".ruling .about").inner_text()
    assert "It was followed to link 4" in page.locator("[data-part=sealed] .checks").inner_text()
    for width in (NARROW, WIDE):
        visitor.see(width=width)
    with lifted(ExecutionRecord):
        ExecutionRecord.objects.filter(pk=record.pk)._raw_delete("default")
    cache.clear()
    page.reload()
    assert page.get_by_role("heading", level=1).inner_text() == "Different"
    assert "its ExecutionRecord" in page.locator(".first .place").inner_text()
    for width in (NARROW, WIDE):
        visitor.see(width=width)
