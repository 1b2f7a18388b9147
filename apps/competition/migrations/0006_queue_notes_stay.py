"""Notes of the queue are for ever."""

from django.db import migrations

from apps.core.append_only import install_triggers


class Migration(migrations.Migration):
    """Triggers that refuse update and delete."""

    dependencies = [("competition", "0005_queue_notes")]

    operations = [install_triggers("competition_queuenote")]
