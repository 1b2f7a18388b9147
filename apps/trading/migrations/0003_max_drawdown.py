"""The deepest fall of every account, kept with each mark, and verdicts that can be counted by moment."""

from typing import Any

from django.db import migrations, models

from apps.exchange import performance


def from_snapshots(apps: Any, schema_editor: Any) -> None:
    """Give accounts that were marked before the deepest fall that their snapshots show."""
    snapshots = apps.get_model("trading", "AccountSnapshot").objects
    accounts = apps.get_model("trading", "PropAccount").objects
    for key, start in accounts.values_list("pk", "starting_micros").iterator():
        marks = snapshots.filter(account_id=key).order_by("at").values_list("equity_micros", flat=True)
        fall = performance.summary([start, *marks]).max_drawdown_bps
        accounts.filter(pk=key).update(max_drawdown_bps=fall)


class Migration(migrations.Migration):
    dependencies = [("decisions", "0001_initial"), ("trading", "0002_append_only")]

    operations = [
        migrations.AddField(
            model_name="propaccount",
            name="max_drawdown_bps",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="actionverdict",
            index=models.Index(fields=["at"], name="trading_verdict_at"),
        ),
        migrations.RunPython(from_snapshots, migrations.RunPython.noop),
    ]
