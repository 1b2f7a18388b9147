"""Which rows of its subject a decision was made from, beside what they said."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0007_find_early_runs"),
    ]

    operations = [
        migrations.AddField(
            model_name="decisionrun",
            name="read_from",
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
    ]
