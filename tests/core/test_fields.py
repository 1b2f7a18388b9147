"""Exact fields on the database at hand: nothing is rounded, nothing is converted silently."""

import secrets
from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter

from apps.core.fields import MicrosField, PublicIdField, WeiField, new_public_id


class Purse(models.Model):
    """A table for these tests only."""

    public_id = PublicIdField(prefix="pur")
    wei = WeiField(null=True)
    micros = MicrosField(default=0)

    class Meta:
        app_label = "core"
        managed = False
        db_table = "test_core_purse"


@pytest.fixture
def purse_table(transactional_db: None) -> Iterator[None]:
    with connection.schema_editor() as editor:
        editor.create_model(Purse)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Purse)


@pytest.mark.usefixtures("purse_table")
def test_integers_come_back_exactly() -> None:
    values = [0, 1, -1, 10**18 + 1, 10**30 + 1, 2**255 + 1, 2**256 - 1, -(2**256 - 1)]
    values += [secrets.randbits(256) for _ in range(20)]
    for value in values:
        made = Purse.objects.create(wei=value, micros=2**63 - 1)
        stored = Purse.objects.get(pk=made.pk)
        assert (stored.wei, type(stored.wei)) == (value, int)
        assert stored.micros == 2**63 - 1
    assert Purse.objects.get(wei=2**256 - 1).wei == 2**256 - 1
    assert Purse.objects.create(wei=None).wei is None


@pytest.mark.usefixtures("purse_table")
def test_each_row_has_its_own_identifier() -> None:
    Purse.objects.bulk_create([Purse(), Purse()])
    names = {Purse.objects.create().public_id, *Purse.objects.values_list("public_id", flat=True)}
    assert len(names) == 3
    assert all(name.startswith("pur_") and len(name) == 26 and name[4:].isalnum() for name in names)


@pytest.mark.parametrize("value", [1.0, "1", True, 1.5])
def test_money_refuses_what_is_not_an_integer(value: object) -> None:
    with pytest.raises(TypeError):
        Purse._meta.get_field("micros").get_prep_value(value)


@pytest.mark.parametrize("value", [1.0, True, "1_0", "١", " 1", "0x1", "1.0", "", 2**256])
def test_wei_refuses_what_is_not_exact(value: object) -> None:
    field = Purse._meta.get_field("wei")
    if value == "":
        assert field.to_python(value) is None
        return
    with pytest.raises(ValidationError):
        field.to_python(value)
    with pytest.raises((TypeError, OverflowError)):
        field.get_prep_value(value)


@pytest.mark.parametrize("name", ["public_id", "wei", "micros"])
def test_fields_survive_a_migration(name: str) -> None:
    field = Purse._meta.get_field(name)
    text, imports = MigrationWriter.serialize(field)
    scope: dict[str, object] = {}
    exec("\n".join(imports), scope)
    again = eval(text, scope)
    assert again.deconstruct()[1:] == field.deconstruct()[1:]


def test_identifiers_do_not_repeat() -> None:
    assert len({new_public_id("x") for _ in range(5000)}) == 5000
