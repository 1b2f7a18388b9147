"""Gives every chain of decisions a head of its own; those that exist end where they end now."""

from typing import Any

import django.db.models
from django.db import migrations, models


def name_heads(apps: Any, schema_editor: Any) -> None:
    """Take the last sealed run of every subject for its head."""
    runs = apps.get_model("decisions", "DecisionRun").objects.filter(sequence__isnull=False)
    heads = apps.get_model("decisions", "DecisionHead").objects
    newest = runs.order_by().values("subject").annotate(last=django.db.models.Max("sequence"))
    for row in newest.iterator(chunk_size=500):
        last = runs.get(subject=row["subject"], sequence=row["last"])
        heads.create(subject=row["subject"], sequence=row["last"], digest=last.record_digest)


class Migration(migrations.Migration):
    dependencies = [("decisions", "0009_calls_by_lease")]

    operations = [
        migrations.CreateModel(
            name="DecisionHead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject", models.CharField(max_length=64, unique=True)),
                ("sequence", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
            ],
            options={"ordering": ("subject",)},
        ),
        migrations.RunPython(name_heads, migrations.RunPython.noop),
    ]
