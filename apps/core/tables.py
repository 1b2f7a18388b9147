"""Many rows of one model in few statements: ready tuples in, model instances out, past the ORM's work on each row.

The one place besides ingestion that writes SQL for speed. It runs on Django's own connection, inside its transactions.
SQLite is given prepared statements of many rows, PostgreSQL a COPY. Integers are checked to be integers before they
are written, as the fields of the model would; the constraints of the table check the rest.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, compress, islice
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)
Row = Sequence[Any]

_VALUES_A_STATEMENT = 900
_ROWS_TO_COPY = 20
"""Below so many rows one INSERT is quicker than a COPY."""


class Table(Generic[M]):
    """The table of `model`; rows have the values of the fields `names`, in that order.

    Instances have all fields, or `reads` alone where these are named: what is left out is read when it is asked for.
    """

    def __init__(self, model: type[M], names: Sequence[str] = (), *, reads: Sequence[str] = ()) -> None:
        fields = {field.attname: field for field in model._meta.concrete_fields}
        self.model = model
        self.name = model._meta.db_table
        self._fields = [fields[name] for name in names]
        self._columns = _listed(self._fields)
        self._is_integer = [
            isinstance(field, models.IntegerField | models.ForeignKey) for field in self._fields
        ]
        self._attributes = list(reads or fields)
        self._all = [fields[name] for name in self._attributes]
        self._select = f'SELECT {_listed(self._all)} FROM "{self.name}" '
        self._readers: dict[str, list[tuple[int, list[Any]]]] = {}

    def fetch(self, tail: str, parameters: Sequence[Any] = ()) -> list[M]:
        """Instances of every row that `tail` (from WHERE on) picks."""
        rows = ask(self._select + tail, parameters)
        if not rows:
            return []
        database = connections[DEFAULT_DB_ALIAS]
        if database.vendor not in self._readers:
            found = [(place, _readers_of(field)) for place, field in enumerate(self._all)]
            self._readers[database.vendor] = [(place, readers) for place, readers in found if readers]
        readers = self._readers[database.vendor]
        return [self._instance(_read(row, readers, database), database.alias) for row in rows]

    def _instance(self, values: Row, alias: str) -> M:
        """As `from_db`, without the signals of each instance, which nothing here listens to."""
        instance = self.model.__new__(self.model)
        instance.__dict__.update(zip(self._attributes, values, strict=True))
        instance._state = ModelState()
        instance._state.adding, instance._state.db = False, alias
        return instance

    def reserve(self, count: int) -> list[int]:
        """So many fresh primary keys, ascending, which no other transaction is given."""
        if connection.vendor == "postgresql":
            sql = (
                f"SELECT nextval(pg_get_serial_sequence('\"{self.name}\"', 'id')) FROM generate_series(1, %s)"
            )
            return [key for (key,) in ask(sql, [count])]
        found = ask("SELECT seq FROM sqlite_sequence WHERE name = %s", [self.name])
        last = found[0][0] if found else 0
        return list(range(last + 1, last + 1 + count))

    def insert(self, rows: Sequence[Row], *, unless: str = "") -> None:
        """Insert the rows; `unless` is an ON CONFLICT clause, told in SQL. Raises TypeError for a number that is none."""
        if not rows:
            return
        self._check(rows)
        if connection.vendor != "postgresql":
            self._insert_prepared(rows, unless)
        elif unless or len(rows) < _ROWS_TO_COPY:
            line = f"({', '.join(['%s'] * len(self._fields))})"
            with connection.cursor() as cursor:
                cursor.execute(
                    f'INSERT INTO "{self.name}" ({self._columns}) VALUES {", ".join([line] * len(rows))} {unless}',
                    list(chain.from_iterable(rows)),
                )
        else:
            sql = f'COPY "{self.name}" ({self._columns}) FROM STDIN'
            with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(sql) as copy:
                for row in rows:
                    copy.write_row(row)

    def update(self, rows: Sequence[Row]) -> None:
        """Write the rows over those with the primary keys that stand last in each."""
        if not rows:
            return
        self._check(rows)
        database = connections[DEFAULT_DB_ALIAS]
        if database.vendor != "postgresql":
            moves = ", ".join(f'"{field.column}" = ?' for field in self._fields)
            with database.wrap_database_errors:
                database.connection.executemany(f'UPDATE "{self.name}" SET {moves} WHERE id = ?', rows)
            return
        names = [field.column for field in self._fields]
        moves = ", ".join(
            f'"{field.column}" = v."{field.column}"::{field.db_type(connection)}' for field in self._fields
        )
        line = f"({', '.join(['%s'] * (len(names) + 1))})"
        columns = ", ".join(f'"{name}"' for name in (*names, "key_of_row"))
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{self.name}" AS t SET {moves} FROM (VALUES {", ".join([line] * len(rows))}) AS v ({columns})'
                " WHERE t.id = v.key_of_row",
                list(chain.from_iterable(rows)),
            )

    def _insert_prepared(self, rows: Iterable[Row], unless: str) -> None:
        """SQLite's way, on the driver's own connection: its wrapper would rewrite the statement every time."""
        line = f"({', '.join('?' * len(self._fields))})"
        size = max(1, _VALUES_A_STATEMENT // len(self._fields))
        left = iter(rows)
        database = connections[DEFAULT_DB_ALIAS]
        with database.wrap_database_errors:
            while part := list(islice(left, size)):
                values = ", ".join([line] * len(part))
                sql = f'INSERT INTO "{self.name}" ({self._columns}) VALUES {values} {unless}'
                database.connection.execute(sql, list(chain.from_iterable(part)))

    def _check(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if not _WHOLE.issuperset(map(type, compress(row, self._is_integer))):
                wrong = next(place for place, value in enumerate(row) if self._is_wrong(place, value))
                raise TypeError(f"{self.name}.{self._fields[wrong].column} holds integers alone.")

    def _is_wrong(self, place: int, value: object) -> bool:
        return self._is_integer[place] and type(value) not in _WHOLE


_WHOLE = frozenset({int, type(None)})


def moment(at: datetime | None) -> Any:
    """A time as the database takes it in a ready row."""
    return None if at is None else _adapted(connections[DEFAULT_DB_ALIAS].vendor, at)


@lru_cache(maxsize=1024)
def _adapted(vendor: str, at: datetime) -> Any:
    """Kept, because the rows of one transaction carry one moment many times."""
    return connection.ops.adapt_datetimefield_value(at)


def marks(values: Collection[Any]) -> str:
    """As many parameters as there are values, for an IN list, which may not be empty."""
    return ", ".join(["%s"] * len(values))


def ask(sql: str, parameters: Sequence[Any]) -> list[Any]:
    """The rows that a statement answers, if any, as the driver gives them: no times, no texts of JSON, no booleans.

    SQLite's own connection is asked where nobody counts or wraps statements: Django's wrapper takes longer than SQLite.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor == "sqlite" and not (database.queries_logged or database.execute_wrappers):
        database.ensure_connection()
        database.validate_no_broken_transaction()
        with database.wrap_database_errors:
            return list(database.connection.execute(sql.replace("%s", "?"), parameters))
    with database.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def _listed(fields: Iterable[Any]) -> str:
    return ", ".join(f'"{field.column}"' for field in fields)


def _readers_of(field: Any) -> list[Any]:
    if connection.vendor == "sqlite" and isinstance(field, models.DateTimeField):
        return [_in_utc]
    column = field.get_col(field.model._meta.db_table)
    return [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]


def _in_utc(value: datetime | None, *_: Any) -> datetime | None:
    """SQLite keeps times without a zone, and Django writes them in UTC."""
    return None if value is None else value.replace(tzinfo=UTC)


def _read(row: Row, readers: Sequence[tuple[int, list[Any]]], database: Any) -> list[Any]:
    values = list(row)
    for place, functions in readers:
        for function in functions:
            values[place] = function(values[place], None, database)
    return values
