"""What a strategy may ask for here is what can answer here."""

from django.conf import settings

from apps.clones.graph.types import ENGINES
from apps.decisions.engine import registry


def test_the_engines_that_may_be_published_are_those_that_answer() -> None:
    assert set(settings.STRATEGY_ENGINES) == {name for name in ENGINES if registry.find_engine(name)}
