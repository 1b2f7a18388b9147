"""Exits numbered by account in the order in which they are set and ended, so that a decision can name those it saw."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("trading", "0009_day_tree"),
    ]

    operations = [
        migrations.AddField(
            model_name="propaccount",
            name="exit_sequence",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="Standing exits set and ended so far."
            ),
        ),
        migrations.AddField(
            model_name="triggerorder",
            name="ended_sequence",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="triggerorder",
            name="set_sequence",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
    ]
