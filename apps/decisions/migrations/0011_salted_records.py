"""Keeps with every sealed run the salt of its record, and the digest of each section of what it saw."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0010_heads_of_chains"),
    ]

    operations = [
        migrations.AddField(
            model_name="decisionrun",
            name="salt",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name="decisionrun",
            name="section_digests",
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
    ]
