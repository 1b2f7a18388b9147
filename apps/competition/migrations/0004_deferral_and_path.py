"""An audition's judgement may be put off with a reason, and its path of marks is followed step by step."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("competition", "0003_refunds_and_flags")]

    operations = [
        migrations.AddField(
            model_name="audition",
            name="deferred_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="audition",
            name="deferred_reason",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
        migrations.AddField(
            model_name="audition",
            name="watch",
            field=models.JSONField(default=dict, editable=False),
        ),
    ]
