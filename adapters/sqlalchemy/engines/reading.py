"""Units that read without a transaction: what they run may change nothing, because it would be kept at once."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExecutionContext

from unitofwork.adapters.sqlalchemy.errors.failure import refused_change

_READS = frozenset(
    {"SELECT", "SET", "VALUES", "TABLE", "SHOW", "FETCH", "CLOSE", "DESCRIBE", "DESC", "RELEASE", "ROLLBACK"}
)
_MAY_HOLD_CHANGES = frozenset({"WITH", "EXPLAIN"})
_FIRST_WORD = re.compile(r"(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(\w*)", re.DOTALL)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
_CHANGE = re.compile(r"\b(?:INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)


def read_without_transaction(engine: Engine, begin: Callable[[Connection], None]) -> None:
    """Refuse what is no question, and begin a transaction for what cannot do without: savepoints and streams.

    Args:
        engine: the engine of the units that only read.
        begin: begins a transaction that only reads, unless one is open.
    """

    def before_cursor_execute(
        connection: Connection,
        _cursor: object,
        statement: str,
        _parameters: object,
        context: ExecutionContext | None,
        _several: bool,
    ) -> None:
        if statement.startswith("SAVEPOINT") or _is_streamed(context):
            begin(connection)
        elif not is_question(statement):
            raise refused_change()

    event.listen(engine, "before_cursor_execute", before_cursor_execute)


def is_question(statement: str) -> bool:
    """Whether a statement only asks, as far as its words tell."""
    if statement.startswith("SELECT"):
        return True
    match = _FIRST_WORD.match(statement)
    word = match[1].upper() if match else ""
    return word in _READS or (word in _MAY_HOLD_CHANGES and not _CHANGE.search(_QUOTED.sub("", statement)))


def _is_streamed(context: Any) -> bool:
    return bool(getattr(context, "_is_server_side", False))
