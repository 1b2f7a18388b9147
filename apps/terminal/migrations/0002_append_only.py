"""Readings of a profile are written once."""

from django.db import migrations

from apps.core.append_only import install_triggers


class Migration(migrations.Migration):
    dependencies = [("terminal", "0001_initial")]
    operations = [install_triggers("terminal_profilesnapshot")]
