"""Keeps PostgreSQL from compressing the bodies of candle blocks: they are read whole, and hardly shrink."""

from typing import Any

from django.db import migrations


def set_storage(kind: str) -> Any:
    """An operation's function that sets how PostgreSQL stores the bodies; SQLite has no such choice."""

    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE market_candleblock ALTER COLUMN body SET STORAGE {kind}")

    return run


class Migration(migrations.Migration):
    dependencies = [("market", "0002_memory_of_everything")]

    operations = [migrations.RunPython(set_storage("EXTERNAL"), set_storage("EXTENDED"))]
