"""A published version stays what it is, whichever door is tried: the ORM, the console, plain SQL."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from apps.clones import services
from apps.clones.models import Clone, StrategyVersion, VersionImmutable
from apps.users.models import User
from tests.clones.conftest import BY, NOW


@pytest.fixture
def version(clone: Clone) -> StrategyVersion:
    return services.publish(clone=clone, by=BY, now=NOW)


def stored() -> list[Any]:
    return list(StrategyVersion.objects.order_by("id").values())


DOORS: dict[str, Callable[[StrategyVersion], object]] = {
    "save": lambda row: row.save(),
    "save some fields": lambda row: row.save(update_fields=["number"]),
    "delete": lambda row: row.delete(),
    "update": lambda row: StrategyVersion.objects.update(number=9),
    "filtered update": lambda row: StrategyVersion.objects.filter(pk=row.pk).update(document={}),
    "update through the clone": lambda row: row.clone.versions.update(digest="x"),
    "update through the base manager": lambda row: StrategyVersion._base_manager.update(number=9),
    "bulk update": lambda row: StrategyVersion.objects.bulk_update([row], ["number"]),
    "delete all": lambda row: StrategyVersion.objects.all().delete(),
    "update or create": lambda row: StrategyVersion.objects.update_or_create(
        pk=row.pk, defaults={"number": 9}
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_b06_the_orm_refuses_by_name(version: StrategyVersion, door: str) -> None:
    before = stored()
    version.number = 9
    with pytest.raises(VersionImmutable) as refused, transaction.atomic():
        DOORS[door](version)
    assert (refused.value.code, refused.value.status) == ("VERSION_IMMUTABLE", 409)
    assert stored() == before


@pytest.mark.parametrize(
    "act",
    [
        lambda row: StrategyVersion.objects.filter(pk=row.pk)._raw_delete("default"),
        lambda row: StrategyVersion.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["id"], update_fields=["number"]
        ),
    ],
    ids=["raw delete", "upsert"],
)
def test_b06_what_slips_past_the_model_is_stopped_by_the_database(
    version: StrategyVersion, act: Callable[[StrategyVersion], object]
) -> None:
    before = stored()
    version.number = 9
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        act(version)
    assert stored() == before


@pytest.mark.parametrize(
    "column",
    ["id", "public_id", "clone_id", "number", "document", "compiled", "digest", "is_active", "published_at"],
)
def test_b06_no_column_is_changed_by_sql(version: StrategyVersion, column: str) -> None:
    other = services.create_clone(owner=version.clone.owner, name="Other", by=BY, now=NOW)
    values: dict[str, Any] = {
        "id": 10**6,
        "clone_id": other.pk,
        "number": 9,
        "is_active": True,
        "published_at": "2020-01-01",
    }
    value = values.get(column, '{"a": 1}')
    before = stored()
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        connection.cursor().execute(f"UPDATE clones_strategyversion SET {column} = %s", [value])
    assert stored() == before


def test_b06_the_console_has_no_door(version: StrategyVersion, client: Client) -> None:
    client.force_login(User.objects.create_superuser("operator", password="long enough 4 all"))
    before = stored()
    base = "/admin/clones/strategyversion"
    form = {"number": "9", "digest": "x", "is_active": "", "_save": "Save", "post": "yes"}
    refused = [
        client.post(f"{base}/{version.pk}/change/", form),
        client.post(f"{base}/{version.pk}/delete/", form),
        client.post(f"{base}/add/", form),
    ]
    assert [answer.status_code for answer in refused] == [403, 403, 403]
    client.post(f"{base}/", {"action": "delete_selected", "_selected_action": [version.pk], "post": "yes"})
    assert stored() == before
