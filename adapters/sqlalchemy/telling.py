"""Tells whoever listens which statements are sent: SQLAlchemy is listened to only while somebody does."""

from typing import Any

from sqlalchemy import Connection, Engine, event

from unitofwork.adapters.sqlalchemy.redacting import redacted
from unitofwork.domain.observing import LISTENING


def _sending(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
    listener = LISTENING.here()
    if listener is not None:
        dialect = connection.dialect
        listener.sending(redacted(statement, dialect), dialect.name)


def _sent(_connection: Connection, cursor: Any, *_: object) -> None:
    listener = LISTENING.here()
    if listener is not None:
        rows = cursor.rowcount
        listener.sent(rows if rows >= 0 else None)


def tell_failure(error: BaseException) -> None:
    """The statement that was sent last has failed."""
    listener = LISTENING.here()
    if listener is not None:
        listener.failed(type(error).__name__)


def _committing(connection: Connection) -> None:
    listener = LISTENING.here()
    if listener is not None:
        listener.sending("COMMIT", connection.dialect.name)


def _rolling_back(connection: Connection) -> None:
    listener = LISTENING.here()
    if listener is not None:
        listener.sending("ROLLBACK", connection.dialect.name)


LISTENERS = (
    ("before_cursor_execute", _sending),
    ("after_cursor_execute", _sent),
    ("commit", _committing),
    ("rollback", _rolling_back),
)


def tell_statements(on: bool) -> None:
    """Begin to listen to SQLAlchemy, or end it."""
    for name, listener in LISTENERS:
        (event.listen if on else event.remove)(Engine, name, listener)
