"""Messages become rows of the outbox: one statement for a commit, compiled once, without entities and savepoints."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import attrs
from sqlalchemy import Connection, Dialect, insert, literal_column

from unitofwork.adapters.orm.column_types import test_of
from unitofwork.adapters.orm.names import mapper_of
from unitofwork.adapters.orm.rules import Test
from unitofwork.adapters.session.many.attributes import table_of
from unitofwork.adapters.session.many.columns import Bind
from unitofwork.adapters.sqlalchemy.bulk.inserting import sending
from unitofwork.adapters.sqlalchemy.bulk.sending import Send
from unitofwork.adapters.sqlalchemy.bulk.statements import bind_of, compiled, with_placeholders
from unitofwork.adapters.sqlalchemy.compiled import run_unanswered
from unitofwork.adapters.sqlalchemy.engines.postgresql_server import telling
from unitofwork.domain.outbox import LONGEST_NAME, Encoded, Envelope, MessageState, OutboxMessage, bucket_of

Tell: TypeAlias = Callable[[Connection, str], None]
"""Lets those who listen know which buckets have new messages: their numbers, with commas between."""

_GIVEN = ("id", "aggregate", "bucket", "name", "version", "payload", "recorded_at")
"""The columns of a new message's own values, in the table's order."""
_ALIKE = {"state": f"'{MessageState.PENDING.value}'", "attempts": "0"}
"""What every new message has in the others, as SQL."""
_UNSURE = ("aggregate", "name", "payload")
"""The columns whose values a database might refuse, or cut short."""


@attrs.frozen
class MessageWriter:
    """Writes messages to the outboxes of one kind of database."""

    one: str
    """The statement for one message."""
    one_told: str
    """The same, which also lets those who listen know; empty where nobody can."""
    send: Send
    """Sends several."""
    binds: tuple[tuple[int, Bind], ...]
    tests: tuple[tuple[int, Test], ...]

    @classmethod
    def of(cls, dialect: Dialect) -> "MessageWriter":
        """For databases with this dialect."""
        table = table_of(mapper_of(OutboxMessage))
        columns = [table.c[name] for name in _GIVEN]
        alike: dict[Any, Any] = {table.c[name]: literal_column(value) for name, value in _ALIKE.items()}
        statement = compiled(with_placeholders(insert(table), columns).values(alike), dialect)
        assert statement.order == tuple(range(len(columns)))  # as the table has them
        one = statement.text()
        binds = ((place, bind_of(column.type, dialect)) for place, column in enumerate(columns))
        tests = ((place, test_of(table.c[name].type, dialect, stored=True)) for place, name in enumerate(_GIVEN))
        return cls(
            one,
            telling(one, f"${len(columns) + 1}" if "$1" in one else "%s") if dialect.name == "postgresql" else "",
            sending(statement, dialect),
            tuple((place, bind) for place, bind in binds if bind is not None),
            tuple((place, test) for place, test in tests if test is not None and _GIVEN[place] in _UNSURE),
        )

    def write(self, connection: Connection, messages: Sequence[Envelope], tell: Tell | None) -> None:
        """Write messages, in this order, and let those who listen know, if there is a way to.

        Raises:
            InvalidValue: a column cannot hold what one of them has; nothing is sent then.
        """
        rows = list(map(self._row, messages))
        news = "" if tell is None else ",".join(map(str, {bucket_of(each.aggregate) for each in messages}))
        if len(rows) > 1:
            self.send(connection, rows)
            if tell is not None:
                tell(connection, news)
        elif tell is None:
            run_unanswered(connection, self.one, rows[0])
        else:
            run_unanswered(connection, self.one_told, (*rows[0], news))

    def _row(self, message: Envelope) -> tuple[object, ...]:
        content, aggregate = message.content, message.aggregate
        values: list[Any] = [
            message.id,
            aggregate,
            bucket_of(aggregate),
            content.name,
            content.version,
            content.payload,
            message.recorded_at,
        ]
        for place, test in () if _is_plain(aggregate, content) else self.tests:
            refusal = test(values[place])
            if refusal is not None:
                raise refusal.error(
                    f"OutboxMessage.{_GIVEN[place]} {refusal.text}", entity_type=OutboxMessage, columns=(_GIVEN[place],)
                ) from refusal.cause
        for place, bind in self.binds:
            values[place] = bind(values[place])
        return tuple(values)


def _is_plain(aggregate: str, content: Encoded) -> bool:
    """Whether any database takes the texts, which says in one step what the tests say column by column."""
    name, payload = content.name, content.payload
    if not (type(name) is type(payload) is str and len(aggregate) <= LONGEST_NAME >= len(name)):
        return False
    text = aggregate + name + payload
    return text.isascii() and "\0" not in text
