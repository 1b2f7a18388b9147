"""Where an archived context lies, and the prompt as it was sent."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('decisions', '0004_provable_decisions'),
    ]

    operations = [
        migrations.AddField(
            model_name='decisionrun',
            name='context_artifact',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='decisionrun',
            name='prompt',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
    ]
