"""What asyncpg's errors tell, which SQLAlchemy's stand for."""

import re

from asyncpg import DataError, InterfaceError, PostgresError
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi

from unitofwork.adapters.sqlalchemy.errors.failure import Failure
from unitofwork.adapters.sqlalchemy.errors.postgresql import (
    HALF_A_PAIR,
    OTHER_TYPE,
    OUT_OF_RANGE,
    Refusal,
    Told,
    classifying,
)

_RANGE = re.compile(r"out of (?:\w+ )?range|too (?:large|big|small)|overflow|year -?\d+ is|date value", re.IGNORECASE)
_SURROGATES = re.compile(r"surrogates|can't encode")


def _read(failure: Failure) -> Told | None:
    error = failure.error
    if isinstance(error, UnicodeEncodeError):
        return Told(code="", text="", unsendable=HALF_A_PAIR)
    if not isinstance(error, AsyncAdapt_asyncpg_dbapi.Error | PostgresError | InterfaceError):
        return None
    cause = error.__cause__ if isinstance(error, AsyncAdapt_asyncpg_dbapi.Error) else error
    told = vars(cause) if isinstance(cause, PostgresError) else {}
    if "severity" in told:  # the server's own
        return Told(
            code=told.get("sqlstate") or "",
            text=told.get("message") or "",
            schema=told.get("schema_name"),
            table=told.get("table_name"),
            constraint=told.get("constraint_name"),
            column=told.get("column_name"),
            detail=told.get("detail"),
        )
    return Told(code="", text=str(cause or error), unsendable=_refused(cause))


def _refused(cause: BaseException | None) -> Refusal | None:
    """What is wrong with a value that the driver does not send: its text alone tells, and holds the value before it."""
    if not isinstance(cause, DataError):
        return None
    text = str(cause)
    if _SURROGATES.search(text):
        return HALF_A_PAIR
    return OUT_OF_RANGE if _RANGE.search(text) else OTHER_TYPE


classify = classifying(_read)
"""Makes our error of asyncpg's, or None if it is not one."""
