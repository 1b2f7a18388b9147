"""A cursor for each resolver of a vault, the time its head last rose, and a finding for what could not be read."""

from typing import Any

from django.db import migrations, models

from apps.economy.types import FindingKind


def name_resolvers(registry: Any, schema_editor: Any) -> None:
    """Give each cursor the resolver that its vault was last offered or paid under; nothing is lost where it has none."""
    cursors = registry.get_model("economy", "ChainCursor")
    sources = [registry.get_model("economy", name) for name in ("Quote", "Deposit")]
    for cursor in cursors.objects.all():
        there = {"chain_id": cursor.chain_id, "vault": cursor.vault}
        last = (source.objects.filter(**there).order_by("-pk").first() for source in sources)
        found = next((row.resolver for row in last if row is not None), "")
        if not found:
            cursor.delete()  # nothing came of what was read: it is read again from its first block
            continue
        cursors.objects.filter(pk=cursor.pk).update(resolver=found, head_at=cursor.succeeded_at)


class Migration(migrations.Migration):
    dependencies = [
        ("economy", "0004_names_as_long_as_clones_have_them"),
    ]

    operations = [
        migrations.AddField(
            model_name="chaincursor",
            name="head_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="chaincursor",
            name="resolver",
            field=models.CharField(default="", max_length=42),
            preserve_default=False,
        ),
        migrations.RunPython(name_resolvers, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint(model_name="chaincursor", name="economy_cursor_vault"),
        migrations.AddConstraint(
            model_name="chaincursor",
            constraint=models.UniqueConstraint(
                fields=("chain_id", "vault", "resolver"), name="economy_cursor_vault"
            ),
        ),
        migrations.AlterField(
            model_name="finding",
            name="kind",
            field=models.CharField(choices=FindingKind.choices, max_length=20),
        ),
    ]
