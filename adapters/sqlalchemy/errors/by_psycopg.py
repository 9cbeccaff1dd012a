"""What psycopg's errors tell."""

import psycopg

from unitofwork.adapters.sqlalchemy.errors.failure import Failure
from unitofwork.adapters.sqlalchemy.errors.postgresql import (
    HALF_A_PAIR,
    NO_TWO_PHASES,
    OTHER_TYPE,
    Refusal,
    Told,
    classifying,
)


def _read(failure: Failure) -> Told | None:
    error = failure.error
    if isinstance(error, UnicodeEncodeError):
        return Told(code="", text="", unsendable=HALF_A_PAIR)
    if not isinstance(error, psycopg.Error):
        return None
    more = error.diag
    code = error.sqlstate or more.sqlstate or ""
    return Told(
        code=code,
        text=more.message_primary or str(error),
        schema=more.schema_name,
        table=more.table_name,
        constraint=more.constraint_name,
        column=more.column_name,
        detail=more.message_detail,
        unsendable=None if code else _refused(error, failure),
    )


def _refused(error: psycopg.Error, failure: Failure) -> Refusal | None:
    if isinstance(error, psycopg.NotSupportedError) and failure.statement is None:  # the driver hides the code
        return NO_TWO_PHASES
    return OTHER_TYPE if isinstance(error, _OF_VALUES) else None


_OF_VALUES = (psycopg.DataError, psycopg.ProgrammingError, psycopg.NotSupportedError)

classify = classifying(_read)
"""Makes our error of psycopg's, or None if it is not one."""
