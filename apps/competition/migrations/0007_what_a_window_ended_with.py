"""What an audition's window ended with is kept, and when it was last looked at."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("competition", "0006_queue_notes_stay")]

    operations = [
        migrations.AddField(
            model_name="audition",
            name="closing",
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.AddField(
            model_name="audition",
            name="looked_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
