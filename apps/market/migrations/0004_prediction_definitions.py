"""Prediction definitions keep the title of their event; reads by end and by closing get their indexes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0003_capital_rejections"),
    ]

    operations = [
        migrations.AddField(
            model_name="predictiondefinition",
            name="event_title",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="predictionmarket",
            name="closed_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When ingestion saw it closed; reads of a moment ask the snapshots.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="predictiondefinition",
            index=models.Index(fields=["ends_at"], name="market_definition_ends"),
        ),
        migrations.AddIndex(
            model_name="predictionmarket",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["source"],
                name="market_prediction_open",
            ),
        ),
        migrations.AddIndex(
            model_name="predictionsnapshot",
            index=models.Index(
                condition=models.Q(("status", "closed")),
                fields=["knowable_at"],
                name="market_prediction_closed",
            ),
        ),
    ]
