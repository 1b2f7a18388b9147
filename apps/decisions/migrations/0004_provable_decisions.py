"""Calls of models with their costs and switches, and what a run asked and was asked."""

import apps.core.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clones', '0005_find_clones_by_image'),
        ('decisions', '0003_standing_exits'),
    ]

    operations = [
        migrations.CreateModel(
            name='ModelCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('attempt', models.PositiveSmallIntegerField()),
                ('is_repair', models.BooleanField(default=False)),
                ('provider', models.CharField(max_length=40)),
                ('model', models.CharField(max_length=120)),
                ('parameters', models.JSONField(default=dict)),
                ('request_digest', models.CharField(max_length=64)),
                ('status', models.CharField(choices=[('pending', 'Under way'), ('taken', 'Taken as the answer'), ('refused', 'Answered, and not in the agreed format'), ('discarded', 'Answered too late, another answer was taken'), ('failed', 'Failed'), ('lost', 'Its worker vanished')], default='pending', max_length=12)),
                ('fault', models.CharField(blank=True, default='', max_length=32)),
                ('detail', models.CharField(blank=True, default='', max_length=300)),
                ('response', models.TextField(blank=True, default='')),
                ('response_digest', models.CharField(blank=True, default='', max_length=64)),
                ('provider_reference', models.CharField(blank=True, default='', max_length=120)),
                ('tokens_in_count', models.PositiveIntegerField(default=0)),
                ('tokens_cached_count', models.PositiveIntegerField(default=0)),
                ('tokens_out_count', models.PositiveIntegerField(default=0)),
                ('reserved_micros', apps.core.fields.MicrosField(default=0)),
                ('cost_micros', apps.core.fields.MicrosField(default=0)),
                ('latency_ms', models.PositiveIntegerField(default=0)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='ModelHalt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(choices=[('everything', 'Every model'), ('provider', 'One provider')], max_length=12)),
                ('name', models.CharField(blank=True, default='', max_length=40)),
                ('reason', models.CharField(max_length=500)),
                ('set_by', models.CharField(max_length=160)),
                ('set_at', models.DateTimeField()),
                ('lifted_by', models.CharField(blank=True, default='', max_length=160)),
                ('lifted_reason', models.CharField(blank=True, default='', max_length=500)),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='ModelSpend',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(choices=[('everything', 'Everything'), ('user', 'One user')], max_length=12)),
                ('key', models.CharField(blank=True, default='', max_length=64)),
                ('date', models.DateField(blank=True, null=True)),
                ('reserved_micros', apps.core.fields.MicrosField(default=0)),
                ('spent_micros', apps.core.fields.MicrosField(default=0)),
                ('calls_count', models.PositiveIntegerField(default=0)),
            ],
            options={
                'ordering': ('-date', 'scope', 'key'),
            },
        ),
        migrations.AddField(
            model_name='decisionrun',
            name='answer_digest',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='decisionrun',
            name='archived_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='decisionrun',
            name='model',
            field=models.CharField(blank=True, db_default='', default='', max_length=160),
        ),
        migrations.AddField(
            model_name='decisionrun',
            name='parameters',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='decisionrun',
            name='prompt_digest',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='decisionrun',
            name='schema',
            field=models.CharField(db_default='decision_record_v1', default='decision_record_v1', editable=False, max_length=24),
        ),
        migrations.AddField(
            model_name='decisionrun',
            name='tokens_cached_count',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='decisionrun',
            name='wake_cause',
            field=models.CharField(blank=True, choices=[('price_move', 'The price moved'), ('stop_hit', 'A standing exit was hit'), ('new_market', 'A new prediction market appeared')], db_default='', default='', max_length=12),
        ),
        migrations.AddIndex(
            model_name='decisionrun',
            index=models.Index(condition=models.Q(('archived_at__isnull', True), ('sequence__isnull', False)), fields=['decided_at'], name='decisions_to_archive'),
        ),
        migrations.AddField(
            model_name='modelcall',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='decisions.decisionrun'),
        ),
        migrations.AddConstraint(
            model_name='modelhalt',
            constraint=models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('scope', 'name'), name='decisions_one_halt_a_scope'),
        ),
        migrations.AddConstraint(
            model_name='modelhalt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('name', ''), ('scope', 'everything')), models.Q(('scope', 'provider'), models.Q(('name', ''), _negated=True)), _connector='OR'), name='decisions_halt_names_its_provider'),
        ),
        migrations.AddConstraint(
            model_name='modelhalt',
            constraint=models.CheckConstraint(condition=models.Q(('lifted_at__isnull', True), ('lifted_at__gte', models.F('set_at')), _connector='OR'), name='decisions_halt_runs_forward'),
        ),
        migrations.AddConstraint(
            model_name='modelspend',
            constraint=models.UniqueConstraint(fields=('scope', 'key', 'date'), name='decisions_one_spend_a_day'),
        ),
        migrations.AddConstraint(
            model_name='modelspend',
            constraint=models.UniqueConstraint(condition=models.Q(('date__isnull', True)), fields=('scope', 'key'), name='decisions_one_spend_for_ever'),
        ),
        migrations.AddConstraint(
            model_name='modelspend',
            constraint=models.CheckConstraint(condition=models.Q(('reserved_micros__gte', 0), ('spent_micros__gte', 0)), name='decisions_spend_positive'),
        ),
        migrations.AddIndex(
            model_name='modelcall',
            index=models.Index(fields=['-started_at'], name='decisions_call_newest'),
        ),
        migrations.AddIndex(
            model_name='modelcall',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['started_at'], name='decisions_call_open'),
        ),
        migrations.AddConstraint(
            model_name='modelcall',
            constraint=models.UniqueConstraint(fields=('run', 'attempt'), name='decisions_one_call_an_attempt'),
        ),
        migrations.AddConstraint(
            model_name='modelcall',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'taken')), fields=('run',), name='decisions_one_answer_a_run'),
        ),
    ]
