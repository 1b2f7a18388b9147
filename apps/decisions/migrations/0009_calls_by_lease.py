"""Keeps with every call of a model the lease of the run under which it was made."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0008_what_was_read"),
    ]

    operations = [
        migrations.AddField(
            model_name="modelcall",
            name="lease_epoch",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
