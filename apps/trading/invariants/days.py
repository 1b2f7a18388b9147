"""Invariants of the daily roots: an unbroken chain of days, each of which is what the chains of the accounts make of it."""

from django.db import connection

from apps.core.append_only import installed_triggers, trigger_names
from apps.operations.invariants import invariant
from apps.trading.models import DayRoot
from apps.trading.services import day_roots

LAST_DAYS = 3


@invariant("I-D4", "Every day's root follows the day before, and no root can be changed")
def days_are_chained() -> list[str]:
    """Days that are left out, roots that do not fit, missing triggers."""
    table = DayRoot._meta.db_table
    missing = set(trigger_names(table)) - installed_triggers(connection, table)
    return [*(f"trigger {name} is missing" for name in sorted(missing)), *day_roots.broken_links()]


@invariant(
    "I-D5", "The roots of the last days are what the chains of all accounts make of them", is_slow=True
)
def last_days_are_sound() -> list[str]:
    """What differs; rows written after the seal are under the next root and no offence."""
    newest = DayRoot.objects.order_by("-date").values_list("date", flat=True)[:LAST_DAYS]
    return [fault for day in list(newest) for fault in day_roots.check_day(day).faults]
