"""Clones that were in an audition, the queue or the Arena before holds existed are held from now on."""

from typing import Any

from django.db import migrations


def place(apps: Any, schema_editor: Any) -> None:
    hold = apps.get_model("clones", "CloneHold")
    audition = apps.get_model("competition", "Audition")
    entry = apps.get_model("competition", "PromotionEntry")
    membership = apps.get_model("competition", "ArenaMembership")
    users = [
        *(
            (row.clone_id, "audition", f"audition:{row.public_id}", row.started_at)
            for row in audition.objects.filter(status="running")
        ),
        *(
            (row.clone_id, "queue", f"queue:{row.sequence}", row.waiting_since)
            for row in entry.objects.filter(status="waiting")
        ),
        *(
            (row.clone_id, "arena", f"arena:{row.public_id}", row.started_at)
            for row in membership.objects.filter(ended_at__isnull=True)
        ),
    ]
    for clone_id, purpose, reference, placed_at in users:
        defaults = {"clone_id": clone_id, "purpose": purpose, "placed_at": placed_at}
        hold.objects.get_or_create(reference=reference, defaults=defaults)


class Migration(migrations.Migration):
    dependencies = [("competition", "0001_initial"), ("clones", "0003_profiles_and_reports")]

    operations = [migrations.RunPython(place, migrations.RunPython.noop)]
