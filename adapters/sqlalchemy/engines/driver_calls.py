"""Statements that the driver runs in a way of its own, and are still like any other: logged, counted, errors made ours.

What is to be done travels as the statement's execution option. The values that it sends are in no text that is logged.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExecutionContext

DriverCall: TypeAlias = Callable[[Any], None]
"""What is done with the driver's cursor."""

_CALL = "unitofwork_driver_call"


def allow_driver_calls(engine: Engine) -> None:
    """Let `call_driver` be used on the engine's connections."""
    event.listen(engine, "do_execute", _run)


def call_driver(connection: Connection, statement: str, call: DriverCall) -> None:
    """Do what the call does, in place of executing the statement, which says what that is."""
    connection.exec_driver_sql(statement, execution_options={_CALL: call})


def others_execute(dialect: Any) -> bool:
    """Whether somebody else has a say in how statements are executed."""
    listeners = dialect.dispatch.do_execute
    return bool(listeners) and any(each is not _run for each in listeners)


def _run(cursor: object, _statement: str, _parameters: object, context: ExecutionContext) -> bool | None:
    call: DriverCall | None = context.execution_options.get(_CALL)
    if call is None:
        return None
    call(cursor)
    return True
