"""Names counted in characters that people see, and for every name that stands already the key it is compared by."""

from typing import Any

from django.db import migrations, models

from apps.clones.naming import name_key


def fill(apps: Any, schema_editor: Any) -> None:
    """The oldest clone of a key keeps it; later ones of the same key keep their names without it."""
    clone = apps.get_model("clones", "Clone")
    taken: set[str] = set()
    for row in clone.objects.order_by("id").only("id", "name", "status").iterator():
        key = name_key(row.name)
        if row.status in ("live", "hidden"):
            if key in taken:
                continue
            taken.add(key)
        clone.objects.filter(pk=row.pk).update(name_key=key)


class Migration(migrations.Migration):
    dependencies = [("clones", "0003_profiles_and_reports")]

    operations = [
        migrations.AlterField(
            "clone", "description", models.CharField(blank=True, default="", max_length=1120)
        ),
        migrations.AlterField("clone", "name", models.CharField(max_length=128)),
        migrations.AlterField(
            "clone", "name_key", models.CharField(blank=True, default="", editable=False, max_length=512)
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
