"""Indexes for what is read newest first, and for the exits that stand at a mark."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("trading", "0006_pinned_policies"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="fill",
            index=models.Index(fields=["account", "-id"], name="trading_fill_newest"),
        ),
        migrations.AddIndex(
            model_name="triggerorder",
            index=models.Index(fields=["account", "-id"], name="trading_trigger_newest"),
        ),
        migrations.AddIndex(
            model_name="triggerorder",
            index=models.Index(
                condition=models.Q(("status", "standing")), fields=["id"], name="trading_trigger_standing"
            ),
        ),
        migrations.AddIndex(
            model_name="triggerorder",
            index=models.Index(
                condition=models.Q(("status", "standing")),
                fields=["account", "id"],
                name="trading_trigger_account",
            ),
        ),
    ]
