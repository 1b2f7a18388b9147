"""Marks the prices that sealed contexts already cite, so that they are kept for ever."""

from typing import Any

from django.db import migrations

AT_ONCE = 500


def cite(apps: Any, schema_editor: Any) -> None:
    """Read the reference out of every sealed context, some at a time."""
    runs = apps.get_model("decisions", "DecisionRun").objects.exclude(context={})
    references = runs.order_by("pk").values_list("context__quote__reference", flat=True).iterator()
    keys = {int(name.removeprefix("quote:")) for name in references if name and name.startswith("quote:")}
    ordered = sorted(keys)
    quotes = apps.get_model("market", "Quote").objects
    for first in range(0, len(ordered), AT_ONCE):
        quotes.filter(pk__in=ordered[first : first + AT_ONCE]).update(is_cited=True)


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0002_memory_of_everything"),
        ("decisions", "0001_initial"),
    ]

    operations = [migrations.RunPython(cite, migrations.RunPython.noop)]
