"""Rows of the journal and of sightings are for ever."""

from django.db import migrations

from apps.core.append_only import install_triggers


class Migration(migrations.Migration):
    """Triggers that refuse update and delete."""

    dependencies = [("economy", "0001_initial")]

    operations = [
        install_triggers("economy_depositsighting", "economy_journalentry", "economy_journalline"),
    ]
