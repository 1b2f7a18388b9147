"""Profiles: a name belongs to one living clone, edits publish at once, and what stood before gets its key."""

from importlib import import_module

import pytest
from django.apps import apps as registry
from django.test import Client

from apps.clones import services
from apps.clones.models import Clone
from apps.core.errors import Conflict
from apps.operations.models import AuditEvent
from apps.users.models import User
from tests.clones.conftest import BY, NOW

pytestmark = pytest.mark.django_db


def create(owner: User, name: str) -> Clone:
    return services.create_clone(owner=owner, name=name, by=BY, now=NOW, is_paid=True)


def test_b11_a_name_that_looks_like_another_clones_is_taken(clone: Clone, owner: User) -> None:
    for name in ("Momentum", "MOMENTUM.", "M0MENTUM", "Mornentum"):
        with pytest.raises(Conflict) as refused:
            create(owner, name)
        assert refused.value.code == "NAME_TAKEN"
    other = create(owner, "Breaker")
    with pytest.raises(Conflict) as refused:
        services.edit_profile(clone=other, name="Mornenturn", by=BY, now=NOW)
    assert refused.value.code == "NAME_TAKEN"
    assert Clone.objects.get(pk=other.pk).name == "Breaker"


def test_a_hidden_clone_keeps_its_name_and_an_ended_one_gives_it_up(clone: Clone, owner: User) -> None:
    services.moderate_clone(clone=clone, to="hidden", reason="reported", by=BY, now=NOW)
    with pytest.raises(Conflict):
        create(owner, "Momentum")
    services.moderate_clone(clone=clone, to="retired", reason="no demand", by=BY, now=NOW)
    assert create(owner, "Momentum").name == "Momentum"


def test_an_edit_publishes_at_once_and_is_on_record(clone: Clone) -> None:
    services.edit_profile(clone=clone, name="momentum", description="Buys strength.", by=BY, now=NOW)
    clone.refresh_from_db()
    assert (clone.name, clone.description) == ("momentum", "Buys strength.")
    event = AuditEvent.objects.get(verb="clones.profile.edited")
    assert event.detail == {"name": ["Momentum", "momentum"], "description": ["", "Buys strength."]}
    services.edit_profile(clone=clone, name="momentum", by=BY, now=NOW)
    assert AuditEvent.objects.filter(verb="clones.profile.edited").count() == 1


def test_an_ended_clones_profile_stands(clone: Clone) -> None:
    services.moderate_clone(clone=clone, to="retired", reason="no demand", by=BY, now=NOW)
    with pytest.raises(Conflict) as refused:
        services.edit_profile(clone=clone, name="Another", by=BY, now=NOW)
    assert refused.value.code == "CLONE_RETIRED"


def test_old_names_get_their_keys_and_only_the_oldest_of_two_alike(owner: User) -> None:
    first, second, gone = (create(owner, name) for name in ("Comet", "Breaker", "Third"))
    Clone.objects.update(name_key="")
    Clone.objects.filter(pk=second.pk).update(name="Cornet")
    Clone.objects.filter(pk=gone.pk).update(name="C0MET", status="retired")
    import_module("apps.clones.migrations.0004_name_keys").fill(registry, None)
    keys = dict(Clone.objects.values_list("pk", "name_key"))
    assert keys == {first.pk: "COMET", second.pk: "", gone.pk: "COMET"}


def test_the_owner_edits_by_patch(clone: Clone, owner: User, client: Client) -> None:
    path = f"/api/v1/clone/clones/{clone.public_id}"
    client.force_login(owner)

    def patch(body: object) -> tuple[int, dict[str, object]]:
        answer = client.patch(path, body, content_type="application/json")
        return answer.status_code, answer.json()

    status, body = patch({"description": "Buys strength."})
    assert (status, body["name"], body["description"]) == (200, "Momentum", "Buys strength.")
    assert client.get(f"/api/v1/public/clones/{clone.public_id}").json()["description"] == "Buys strength."
    for sent, expected in (
        ({"name": "Adm1n"}, (422, "NAME_RESERVED")),
        ({"name": "M\u043ementum"}, (422, "NAME_CONFUSABLE")),
        ({"name": "\u202e"}, (422, "NAME_INVALID")),
        ({"name": None}, (400, "VALIDATION_FAILED")),
        ({"status": "live"}, (400, "FIELD_NOT_ALLOWED")),
        ({"imageDigest": "0" * 64}, (400, "FIELD_NOT_ALLOWED")),
    ):
        status, body = patch(sent)
        assert (status, body["code"]) == expected, sent
    create(owner, "Breaker")
    status, body = patch({"name": "BREAKER"})
    assert (status, body["code"]) == (409, "NAME_TAKEN")
