"""The first tables of the market."""

import apps.core.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Asset',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('symbol', models.CharField(max_length=40, unique=True)),
                ('size_decimals', models.PositiveSmallIntegerField()),
                ('max_leverage', models.PositiveSmallIntegerField()),
                ('margin_tiers', models.JSONField(default=list, help_text='[[lower bound in micro-dollars, max leverage], ...]')),
                ('is_delisted', models.BooleanField(default=False)),
                ('only_isolated', models.BooleanField(default=False)),
                ('source', models.CharField(choices=[('hyperliquid', 'Hyperliquid'), ('replay', 'Recording'), ('synthetic', 'Synthetic')], max_length=16)),
                ('base_interval_ms', models.PositiveIntegerField(default=60000, help_text='Shortest candle of the source.')),
                ('candles_until', models.DateTimeField(blank=True, null=True)),
                ('quotes_until', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='IngestionRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('hyperliquid', 'Hyperliquid'), ('replay', 'Recording'), ('synthetic', 'Synthetic')], max_length=16)),
                ('channel', models.CharField(choices=[('assets', 'Assets'), ('candles', 'Candles'), ('quotes', 'Quotes'), ('books', 'Books')], max_length=16)),
                ('status', models.CharField(choices=[('succeeded', 'Succeeded'), ('partial', 'Partly failed'), ('failed', 'Failed')], max_length=16)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField()),
                ('rows_written', models.PositiveIntegerField(default=0)),
                ('failed_count', models.PositiveIntegerField(default=0)),
                ('error', models.TextField(blank=True, default='')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['channel', '-id'], name='market_run_latest'), models.Index(fields=['channel', 'status', '-id'], name='market_run_success')],
            },
        ),
        migrations.CreateModel(
            name='MarketSourceState',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('name', models.CharField(choices=[('hyperliquid', 'Hyperliquid'), ('replay', 'Recording'), ('synthetic', 'Synthetic')], max_length=16)),
                ('label', models.CharField(max_length=200)),
                ('reason', models.CharField(max_length=300)),
                ('config', models.JSONField(default=dict)),
                ('span_start', models.DateTimeField(blank=True, null=True)),
                ('span_end', models.DateTimeField(blank=True, null=True)),
                ('selected_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='market_one_source')],
            },
        ),
        migrations.CreateModel(
            name='BookSnapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('bids', models.JSONField()),
                ('asks', models.JSONField()),
                ('source', models.CharField(choices=[('hyperliquid', 'Hyperliquid'), ('replay', 'Recording'), ('synthetic', 'Synthetic')], max_length=16)),
                ('knowable_at', models.DateTimeField()),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='books', to='market.asset')),
            ],
            options={
                'ordering': ['asset', 'at'],
                'constraints': [models.UniqueConstraint(fields=('asset', 'at'), name='market_book_once')],
            },
        ),
        migrations.CreateModel(
            name='Candle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('interval_ms', models.PositiveIntegerField()),
                ('open_at', models.DateTimeField()),
                ('open_micros', apps.core.fields.MicrosField()),
                ('high_micros', apps.core.fields.MicrosField()),
                ('low_micros', apps.core.fields.MicrosField()),
                ('close_micros', apps.core.fields.MicrosField()),
                ('volume_micros', models.BigIntegerField()),
                ('source', models.CharField(choices=[('hyperliquid', 'Hyperliquid'), ('replay', 'Recording'), ('synthetic', 'Synthetic')], max_length=16)),
                ('knowable_at', models.DateTimeField()),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='candles', to='market.asset')),
            ],
            options={
                'ordering': ['asset', 'interval_ms', 'open_at'],
                'constraints': [models.UniqueConstraint(fields=('asset', 'interval_ms', 'open_at'), name='market_candle_once'), models.CheckConstraint(condition=models.Q(('low_micros__gt', 0), ('volume_micros__gte', 0), ('low_micros__lte', models.F('open_micros')), ('low_micros__lte', models.F('close_micros')), ('high_micros__gte', models.F('open_micros')), ('high_micros__gte', models.F('close_micros'))), name='market_candle_shape')],
            },
        ),
        migrations.CreateModel(
            name='PriceRejection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('reason', models.CharField(choices=[('PRICE_MISSING', 'Missing'), ('PRICE_NOT_POSITIVE', 'Zero or negative'), ('PRICE_JUMP', 'Jump awaiting a second tick')], max_length=24)),
                ('rejected_micros', models.BigIntegerField(blank=True, null=True)),
                ('last_good_micros', models.BigIntegerField(blank=True, null=True)),
                ('source', models.CharField(choices=[('hyperliquid', 'Hyperliquid'), ('replay', 'Recording'), ('synthetic', 'Synthetic')], max_length=16)),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rejections', to='market.asset')),
            ],
            options={
                'ordering': ['-at', '-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('resolved_at__isnull', True)), fields=('asset', 'reason'), name='market_one_open_rejection')],
            },
        ),
        migrations.CreateModel(
            name='Quote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('mark_micros', apps.core.fields.MicrosField()),
                ('oracle_micros', apps.core.fields.MicrosField()),
                ('mid_micros', apps.core.fields.MicrosField()),
                ('funding_rate_e10', models.BigIntegerField(default=0)),
                ('source', models.CharField(choices=[('hyperliquid', 'Hyperliquid'), ('replay', 'Recording'), ('synthetic', 'Synthetic')], max_length=16)),
                ('knowable_at', models.DateTimeField()),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quotes', to='market.asset')),
            ],
            options={
                'ordering': ['asset', 'at'],
                'constraints': [models.UniqueConstraint(fields=('asset', 'at'), name='market_quote_once'), models.CheckConstraint(condition=models.Q(('mark_micros__gt', 0), ('mid_micros__gt', 0), ('oracle_micros__gt', 0)), name='market_quote_positive')],
            },
        ),
    ]
