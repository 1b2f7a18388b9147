"""`up` without a configured model: a practice model of its own, said so in one line, and none beside a real one."""

import json
import os
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from pumpparty import model_settings
from pumpparty.runtime import plan, practice
from pumpparty.runtime.datafolder import open_folder
from pumpparty.runtime.preparation import Prepared

ROUTE = {
    "provider": "openai",
    "model": "m",
    "baseUrl": "https://api.example/v1",
    "priceIn": 250_000,
    "priceOut": 2_000_000,
}


def use(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    monkeypatch.setenv("PUMPPARTY_MODELS", json.dumps({"light": [{**ROUTE, **changes}]}))


def test_where_no_route_is_configured_every_strength_goes_to_the_practice_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PUMPPARTY_MODELS", "")
    port = practice.prepare()
    routes = model_settings.routes(production=False)
    assert set(routes) == {"light", "standard", "frontier"}
    assert {
        (route.provider, route.base_url, route.most_micros(10**6))
        for group in routes.values()
        for route in group
    } == {("practice", f"http://127.0.0.1:{port}/v1", 0)}
    folder = open_folder(tmp_path / "data")
    prepared = Prepared(folder, "127.0.0.1", 8000, None, temporary=False, practice_port=port)
    (child,) = [child for child in plan.programmes(prepared) if child.name == "model"]
    assert child.command[-3:] == ["stub_model", "--port", str(port)]
    os.close(folder.lock)


def test_beside_a_real_route_there_is_no_practice_model(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch)
    assert practice.prepare() is None


def test_in_production_nobody_stands_in_for_a_model_and_the_settings_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PUMPPARTY_MODELS", "")
    monkeypatch.setenv("PUMPPARTY_PRODUCTION", "1")
    assert practice.prepare() is None
    assert model_settings.routes(production=True) == {}
    assert practice.line(None) == practice.NONE_LINE
    use(monkeypatch)
    assert practice.line(None) == ""


def test_a_route_says_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_MODEL_KEY", "sk-secret")
    use(monkeypatch, keyEnv="SOME_MODEL_KEY", temperature="0.3", limitField="max_tokens")
    ((route,),) = model_settings.routes(production=True).values()
    assert (route.price_cached, route.timeout_s, route.max_tokens) == (250_000, 30, 1_000)
    assert (route.temperature, route.limit_field, route.key_env) == ("0.3", "max_tokens", "SOME_MODEL_KEY")
    assert "sk-secret" not in repr(route)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"keyEnv": "NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE, which is not set"),
        ({"keyEnv": "sk-a-key-itself"}, "keyEnv"),
        ({"baseUrl": "http://api.example/v1"}, "https"),
        ({"baseUrl": "https://user:pass@api.example/v1"}, "https"),
        ({"provider": "Open AI"}, "provider"),
        ({"priceIn": 0.25}, "priceIn"),
        ({"priceOut": True}, "priceOut"),
        ({"timeoutS": 3_600}, "timeoutS"),
        ({"temperature": 0.2}, "temperature"),
        ({"limitField": "tokens"}, "limitField"),
        ({"apiKey": "sk-here"}, "no object of"),
    ],
)
def test_a_route_that_would_fail_at_its_first_call_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], words: str
) -> None:
    use(monkeypatch, **changes)
    with pytest.raises(ImproperlyConfigured, match="PUMPPARTY_MODELS") as refused:
        model_settings.routes(production=True)
    assert words in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"huge": []}', '{"light": []}', '{"light": {}}', '{"light": [1]}']
)
def test_anything_but_routes_by_strength_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PUMPPARTY_MODELS", text)
    with pytest.raises(ImproperlyConfigured, match="PUMPPARTY_MODELS"):
        model_settings.routes(production=False)


def test_one_provider_has_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [ROUTE, {**ROUTE, "baseUrl": "https://other.example/v1"}]
    monkeypatch.setenv("PUMPPARTY_MODELS", json.dumps({"light": both}))
    with pytest.raises(ImproperlyConfigured, match="two addresses"):
        model_settings.routes(production=False)


def test_budgets_are_dollars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUMPPARTY_MODEL_BUDGETS", raising=False)
    assert model_settings.budgets() == model_settings.BUDGETS
    monkeypatch.setenv("PUMPPARTY_MODEL_BUDGETS", "run=0.000001, day=25, all_time=0")
    assert model_settings.budgets() == {**model_settings.BUDGETS, "run": 1, "day": 25_000_000, "all_time": 0}
    for wrong in ("day=-1", "day=x", "day=NaN", "day=0.0000001", "week=1", "day=1e30"):
        monkeypatch.setenv("PUMPPARTY_MODEL_BUDGETS", wrong)
        with pytest.raises(ImproperlyConfigured, match="PUMPPARTY_MODEL_BUDGETS"):
            model_settings.budgets()
