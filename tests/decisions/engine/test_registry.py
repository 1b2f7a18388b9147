"""The engines that may be published are those that answer here."""

from django.conf import settings

from apps.clones.graph.types import ENGINES
from apps.decisions.engine import registry


def test_every_engine_that_a_graph_may_name_is_there() -> None:
    assert set(ENGINES) == set(registry.ENGINES)
    assert {registry.ENGINES[name].name for name in ENGINES} == set(ENGINES)


def test_a_strategy_may_be_published_for_a_model_exactly_where_one_can_be_asked() -> None:
    houses = {name for name in ENGINES if not registry.ENGINES[name].is_paid}
    assert set(settings.STRATEGY_ENGINES) == houses | ({"model"} if settings.DECISION_MODELS else set())
