"""E19: a prompt that holds a key of this installation goes to nobody and costs nothing; only the name of the key is told."""

from typing import Any

import pytest

from apps.decisions.adapters.model import client
from apps.decisions.engine.routes import Route
from apps.decisions.models import DecisionRun, ModelCall
from apps.decisions.services.model_rounds import NotAnswered
from apps.decisions.services.models import Question, ask_model
from apps.decisions.services.own_secrets import own_secrets
from apps.decisions.types import RunCode
from tests.decisions.packets import prediction, rich_packet, streams

pytestmark = pytest.mark.django_db
ROUTE = Route("liar", "liar-1", "http://127.0.0.1:9/v1", "LIAR_KEY", 1, 1, 1, 10, 100, "0")


@pytest.fixture(autouse=True)
def keys(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret in every place that has one."""
    monkeypatch.setenv("LIAR_KEY", "a key of a provider")
    monkeypatch.setattr(client, "warm_up", lambda: None)
    settings.SECRET_KEY = 'the secret <key> of "this" arena'
    settings.ACCESS_KEYS = [("one", "first access secret")]
    settings.TERMINAL_KEYS = ["a terminal's sealing key"]
    settings.ARTIFACT_S3 = {"secret_key": "the bucket's secret"}
    settings.REDIS_URL = "redis://:broker-password@127.0.0.1:6379/0"
    settings.DECISION_MODELS = {"frontier": (ROUTE,)}


def test_e19_every_key_of_the_installation_is_known_by_name() -> None:
    found = own_secrets()
    assert {found[name] for name in ("SECRET_KEY", "ACCESS_KEYS one", "TERMINAL_KEYS 0", "LIAR_KEY")} == {
        'the secret <key> of "this" arena',
        "first access secret",
        "a terminal's sealing key",
        "a key of a provider",
    }
    assert found["ARTIFACT_S3 secret_key"] == "the bucket's secret"
    assert found["REDIS_URL"] == "broker-password"
    assert all(found.values())


@pytest.mark.parametrize("name", ["SECRET_KEY", "ACCESS_KEYS one", "LIAR_KEY", "REDIS_URL"])
@pytest.mark.parametrize("where", ["owner", "stranger"])
def test_e19_a_prompt_with_one_of_them_is_not_sent(name: str, where: str) -> None:
    value = own_secrets()[name]
    packet = (
        rich_packet(behaviour=f"Buy.\n{value}\nSell.")
        if where == "owner"
        else rich_packet(streams=streams(predictions=(prediction(f"Will {value} rise?"),)))
    )
    with pytest.raises(NotAnswered) as refused:
        ask_model(Question(packet, "usr_one"))
    assert refused.value.code == RunCode.PROMPT_SECRET
    assert name in refused.value.detail and value not in refused.value.detail
    assert not ModelCall.objects.exists() and not DecisionRun.objects.exists()
