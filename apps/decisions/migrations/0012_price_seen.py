"""Keeps beside every run the moment and the mark price that it saw, for whoever looks whether they have moved."""

import apps.core.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0011_salted_records"),
    ]

    operations = [
        migrations.AddField(
            model_name="decisionrun",
            name="seen_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="decisionrun",
            name="seen_mark_micros",
            field=apps.core.fields.MicrosField(blank=True, editable=False, null=True),
        ),
    ]
