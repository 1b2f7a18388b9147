"""Rows that are for ever: a manager that refuses update and delete, and database triggers that hold it."""

from typing import Any, NoReturn

from django.db import migrations, models

from apps.core.errors import DomainError


class RowIsImmutable(DomainError):
    """The row records what happened; a correction is a new row."""

    status = 409
    code = "ROW_IMMUTABLE"


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Reads and inserts; every way to change or remove rows raises RowIsImmutable."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise RowIsImmutable(f"{self.model._meta.label} rows cannot be changed; add a correcting row.")

    def delete(self) -> NoReturn:
        """Refused."""
        raise RowIsImmutable(f"{self.model._meta.label} rows cannot be deleted; add a correcting row.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise RowIsImmutable(f"{self.model._meta.label} rows cannot be changed; add a correcting row.")


AppendOnlyManager = models.Manager.from_queryset(AppendOnlyQuerySet)


class AppendOnlyModel(models.Model):
    """Base of models whose rows are written once: saving again or deleting raises RowIsImmutable."""

    objects = AppendOnlyManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row; raises RowIsImmutable when it is stored already."""
        if not self._state.adding:
            raise RowIsImmutable(f"{self._meta.label} rows cannot be changed; add a correcting row.")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise RowIsImmutable(f"{self._meta.label} rows cannot be deleted; add a correcting row.")


def trigger_names(table: str) -> tuple[str, str]:
    """The names of the triggers that refuse update and delete on `table`."""
    return f"{table}_no_update", f"{table}_no_delete"


def trigger_sql(vendor: str, table: str) -> list[str]:
    """The statements that make `table` append-only on `vendor` ("sqlite" or "postgresql")."""
    statements: list[str] = []
    for name, verb in zip(trigger_names(table), ("UPDATE", "DELETE"), strict=True):
        message = f"{table} is append-only"
        if vendor == "sqlite":
            statements.append(
                f'CREATE TRIGGER "{name}" BEFORE {verb} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        elif vendor == "postgresql":
            statements.append(
                f'CREATE FUNCTION "{name}_refuse"() RETURNS trigger LANGUAGE plpgsql AS '
                f"$$ BEGIN RAISE EXCEPTION '{message}' "
                "USING ERRCODE = 'integrity_constraint_violation'; END $$"
            )
            statements.append(
                f'CREATE TRIGGER "{name}" BEFORE {verb} ON "{table}" '
                f'FOR EACH ROW EXECUTE FUNCTION "{name}_refuse"()'
            )
        else:
            raise ValueError(f"No append-only trigger is written for {vendor}.")
    return statements


def drop_trigger_sql(vendor: str, table: str) -> list[str]:
    """The statements that take the triggers of `trigger_sql` away again."""
    statements: list[str] = []
    for name in trigger_names(table):
        if vendor == "postgresql":
            statements.append(f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"')
            statements.append(f'DROP FUNCTION IF EXISTS "{name}_refuse"()')
        else:
            statements.append(f'DROP TRIGGER IF EXISTS "{name}"')
    return statements


def install_triggers(*tables: str) -> migrations.RunPython:
    """The migration operation that makes `tables` append-only on whichever database runs it."""

    def forwards(apps: Any, schema_editor: Any) -> None:
        for table in tables:
            for statement in trigger_sql(schema_editor.connection.vendor, table):
                schema_editor.execute(statement)

    def backwards(apps: Any, schema_editor: Any) -> None:
        for table in tables:
            for statement in drop_trigger_sql(schema_editor.connection.vendor, table):
                schema_editor.execute(statement)

    return migrations.RunPython(forwards, backwards)


def restore_triggers(*tables: str) -> migrations.RunPython:
    """The migration operation that sets the triggers again where a change of the table took them: SQLite makes it anew."""

    def forwards(apps: Any, schema_editor: Any) -> None:
        vendor = schema_editor.connection.vendor
        for table in tables:
            for statement in (*drop_trigger_sql(vendor, table), *trigger_sql(vendor, table)):
                schema_editor.execute(statement)

    return migrations.RunPython(forwards, migrations.RunPython.noop)


def installed_triggers(connection: Any, table: str) -> set[str]:
    """The append-only triggers that exist in the database for `table`; both names of `trigger_names` when it
    is held.
    """
    if connection.vendor == "sqlite":
        sql = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    else:
        sql = (
            "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE c.relname = %s AND NOT t.tgisinternal AND t.tgenabled <> 'D'"
        )
    with connection.cursor() as cursor:
        cursor.execute(sql, [table])
        return {row[0] for row in cursor.fetchall()} & set(trigger_names(table))
