"""The top of a day's tree beside its root, so that the chain of days can be checked without the leaves."""

from django.db import migrations, models

from apps.core.append_only import restore_triggers


class Migration(migrations.Migration):

    dependencies = [
        ('trading', '0008_sealed_executions'),
    ]

    operations = [
        migrations.AddField(
            model_name='dayroot',
            name='tree',
            field=models.CharField(db_default='', default='', max_length=64),
        ),
        restore_triggers("trading_dayroot"),
    ]
