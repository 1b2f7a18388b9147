"""The database refuses to change or delete audit events."""

from django.db import migrations

from apps.core.append_only import install_triggers


class Migration(migrations.Migration):
    dependencies = [("operations", "0001_initial")]
    operations = [install_triggers("operations_auditevent")]
