"""Marks the prices and books that fills already cite, so that they are kept for ever."""

from django.db import migrations

CITE = (
    "UPDATE market_quote SET is_cited = TRUE"
    " WHERE 'quote:' || id IN (SELECT quote_reference FROM trading_fill)",
    "UPDATE market_booksnapshot SET is_cited = TRUE"
    " WHERE 'book:' || id IN (SELECT book_reference FROM trading_fill)",
)


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0002_memory_of_everything"),
        ("trading", "0003_max_drawdown"),
    ]

    operations = [migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in CITE]
