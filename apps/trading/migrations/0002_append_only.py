"""Triggers that refuse to change or delete ledger rows and fills."""

from django.db import migrations

from apps.core.append_only import install_triggers


class Migration(migrations.Migration):
    dependencies = [("trading", "0001_initial")]

    operations = [install_triggers("trading_ledgerentry", "trading_fill")]
