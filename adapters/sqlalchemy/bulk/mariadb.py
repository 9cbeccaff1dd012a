"""MariaDB's fast way, and upserts that act on the key alone.

The driver makes text of each value by itself; here the values of a column are made text together, by the same means.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Dialect, TextClause, and_, func, literal_column
from sqlalchemy.dialects.mysql import insert

from unitofwork.adapters.session.many.sending import Rows
from unitofwork.adapters.session.many.upserts import Upsert
from unitofwork.adapters.sqlalchemy.bulk.sending import Send
from unitofwork.adapters.sqlalchemy.bulk.statements import DriverStatement, compiled, with_placeholders
from unitofwork.adapters.sqlalchemy.bulk.writing import Plan, by_statement
from unitofwork.adapters.sqlalchemy.engines.driver_calls import call_driver
from unitofwork.domain.errors import PersistenceError, UniqueViolation

_FAILS = "(SELECT 1 UNION ALL SELECT 2)"
_MORE_THAN_ONE_ROW = 1242
_LONGEST = 1_000_000
"""Of a statement, in characters, unless one row is longer: the server refuses what is far longer."""
_NONE = type(None)
_Escape: TypeAlias = Callable[[Any], str]
"""Makes a value text of SQL."""
_BETWEEN = "\x1f"
"""Stands between texts that are escaped together; it has no escape itself."""


def sending(statement: DriverStatement) -> Send:
    """What sends rows by the statement, many at a time."""
    return partial(_send, statement) if statement.order else statement.run


def upserting(upsert: Upsert, dialect: Dialect) -> Plan:
    """A plan for ON DUPLICATE KEY UPDATE, which acts on whichever unique rule a row meets first.

    A guard lets it act on the key alone: where the row that it met has another key, an expression is evaluated that
    fails.
    """
    shape = upsert.shape
    plain = with_placeholders(insert(shape.table), shape.columns)
    met = and_(*(column == plain.inserted[column.key] for column in upsert.key))
    first = upsert.key[0]
    guard = [(first.name, func.if_(met, first, literal_column(_FAILS)))]
    given = [(column.name, plain.inserted[column.key]) for column in upsert.given]
    others = [(column.name, _written_out(value, dialect)) for column, value in upsert.at_updates.items()]
    statement = compiled(plain, dialect, plain.on_duplicate_key_update([*guard, *given, *others]))
    send_all, by_insert = sending(statement), compiled(plain, dialect)

    def send(connection: Connection, rows: Rows) -> None:
        try:
            send_all(connection, rows)
        except PersistenceError as error:
            if not _failed_by_guard(error):
                raise
            if len(rows) == 1:  # a plain INSERT says which rule it is that the row breaks
                by_insert.run(connection, rows)
            raise UniqueViolation(
                "a row has the same unique value as one with another key",
                entity_type=shape.mapper.class_,
                table=shape.table.name,
            ) from error.__cause__

    return by_statement(shape, statement, send, upsert.key)


def _written_out(value: ColumnElement[Any] | TextClause, dialect: Dialect) -> ColumnElement[Any]:
    """The expression with its values in it: the driver sends rows together if all placeholders are theirs."""
    text = str(value.compile(dialect=dialect, compile_kwargs={"literal_binds": True, "include_table": False}))
    return literal_column(text.replace("%%", "%"))  # doubled for the driver, as it is about to be once more


def _failed_by_guard(error: PersistenceError) -> bool:
    original: object = getattr(error.__cause__, "orig", error.__cause__)
    return isinstance(original, Exception) and original.args[:1] == (_MORE_THAN_ONE_ROW,)


def _send(statement: DriverStatement, connection: Connection, rows: Rows) -> None:
    driver: Any = connection.connection.driver_connection

    def call(cursor: Any) -> None:
        for texts in _short_enough(_texts(driver.escape, statement, rows)):
            cursor.execute(f"{statement.head % ()}{','.join(texts)}{statement.tail % ()}")

    call_driver(connection, statement.text(), call)


def _texts(escape: _Escape, statement: DriverStatement, rows: Rows) -> list[str]:
    """The values of each row as the statement has them, in parentheses."""
    columns: list[Any] = []
    template, *rest = statement.values.split("%s")
    for values, after in zip(zip(*rows, strict=True), rest, strict=True):
        literals, quote = _literals(escape, values)
        columns.append(literals)
        template += f"{quote}%s{quote}{after}"
    return list(map(template.__mod__, zip(*columns, strict=True)))


def _literals(escape: _Escape, values: tuple[Any, ...]) -> tuple[list[str], str]:
    """The values of a column as SQL, and the quotes that they are still to be put in."""
    kinds = set(map(type, values))
    if kinds == {int}:
        return list(map(str, values)), ""
    if kinds <= {str, _NONE} and str in kinds:
        texts = values if _NONE not in kinds else tuple(value for value in values if value is not None)
        escaped = escape(_BETWEEN.join(texts))[1:-1].split(_BETWEEN)
        if len(escaped) == len(texts):  # else one of them has that character in it
            return (escaped, "'") if texts is values else (_with_nulls(values, iter(escaped)), "")
    return list(map(escape, values)), ""


def _with_nulls(values: tuple[Any, ...], escaped: Iterator[str]) -> list[str]:
    return ["NULL" if value is None else f"'{next(escaped)}'" for value in values]


def _short_enough(texts: list[str]) -> Iterator[list[str]]:
    """The same in lists that are no longer than a statement may be."""
    if sum(map(len, texts)) <= _LONGEST:
        yield texts
        return
    some: list[str] = []
    length = 0
    for text in texts:
        if some and length + len(text) > _LONGEST:
            yield some
            some, length = [], 0
        some.append(text)
        length += len(text)
    yield some
