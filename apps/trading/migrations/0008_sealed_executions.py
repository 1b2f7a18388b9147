"""Records of executions, chained per account, and the root of every day."""

import django.db.models.deletion
from django.db import migrations, models

from apps.core.append_only import install_triggers


class Migration(migrations.Migration):

    dependencies = [
        ('trading', '0007_newest_first'),
    ]

    operations = [
        migrations.CreateModel(
            name='DayRoot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField(unique=True)),
                ('leaves', models.TextField()),
                ('leaves_count', models.PositiveIntegerField()),
                ('previous_root', models.CharField(blank=True, max_length=64)),
                ('root', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'ordering': ('-date',),
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddField(
            model_name='propaccount',
            name='record_head',
            field=models.CharField(db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='propaccount',
            name='record_sequence',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name='ExecutionRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.PositiveIntegerField()),
                ('document', models.TextField()),
                ('previous_digest', models.CharField(blank=True, max_length=64)),
                ('digest', models.CharField(max_length=64)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='records', to='trading.propaccount')),
                ('verdict', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='record', to='trading.actionverdict')),
            ],
            options={
                'ordering': ('account_id', 'sequence'),
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('account', 'sequence'), name='trading_record_sequence')],
            },
        ),
        install_triggers("trading_executionrecord", "trading_dayroot"),
    ]
