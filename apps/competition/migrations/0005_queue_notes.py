"""What stands in the way of a waiting entry is noted each time it changes; names at which processes take turns."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def note_what_is_known(apps: Any, schema_editor: Any) -> None:
    """Who waited before there were notes gets one: the reason it carries, or that none was recorded for who is through."""
    entry_model = apps.get_model("competition", "PromotionEntry")
    note_model = apps.get_model("competition", "QueueNote")
    known = entry_model.objects.exclude(status="waiting", reason="")
    note_model.objects.bulk_create(
        [
            note_model(
                entry=entry,
                reason=entry.reason if entry.status == "waiting" else "NOT_RECORDED",
                at=entry.waiting_since,
            )
            for entry in known.order_by("sequence").iterator()
        ],
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [("competition", "0004_deferral_and_path")]

    operations = [
        migrations.CreateModel(
            name="Turn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=20, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="QueueNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="competition.promotionentry",
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["entry", "at"], name="competition_queue_note_at")],
            },
        ),
        migrations.RunPython(note_what_is_known, migrations.RunPython.noop),
    ]
