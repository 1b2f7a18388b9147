"""Sets the triggers of the changed tables again, holds the new ones, and pins the policies accounts already have."""

from typing import Any

from django.db import migrations

from apps.core.append_only import install_triggers, restore_triggers
from apps.core.json_strict import dumps_canonical, sha256_hex


def pin_policies(apps: Any, schema_editor: Any) -> None:
    """The first policy of every account that was opened before policies were kept."""
    account = apps.get_model("trading", "PropAccount")
    snapshot = apps.get_model("trading", "PolicySnapshot")
    rows = account.objects.order_by("pk").values_list("pk", "policy", "opened_at", "created_at")
    snapshot.objects.bulk_create(
        [
            snapshot(
                account_id=key,
                sequence=1,
                document=document,
                digest=sha256_hex(dumps_canonical(document)),
                at=opened_at or created_at,
            )
            for key, document, opened_at, created_at in rows
        ],
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [("trading", "0005_exact_venue")]

    operations = [
        restore_triggers("trading_ledgerentry", "trading_fill"),
        migrations.RunPython(pin_policies, migrations.RunPython.noop),
        install_triggers("trading_instrumentterms", "trading_policysnapshot"),
    ]
