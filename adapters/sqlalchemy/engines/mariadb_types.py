"""Columns of MariaDB that hold what PostgreSQL's do: MariaDB's own default is often the smallest of its types.

That is without fractions of a second, with seven digits of a float, none behind a decimal's point, or 64 kB of text.
What the mapping says by a length, a precision or a type of the database stays as it is.
"""

from typing import Any

from sqlalchemy import types
from sqlalchemy.dialects.mysql import DATETIME, DOUBLE
from sqlalchemy.dialects.mysql.base import MySQLTypeCompiler

from unitofwork.adapters.sqlalchemy.engines.utc import KeptAsUtc


class UtcDateTime(KeptAsUtc, DATETIME):
    """With ``timezone=True``: kept as UTC, and given back with UTC as its time zone."""


TYPES = {types.DateTime: UtcDateTime, types.TIMESTAMP: UtcDateTime, types.Float: DOUBLE}


class WideTypes(MySQLTypeCompiler):
    """Chooses the column for a type that says no more than its kind."""

    def visit_datetime(self, type_: types.DateTime, **kw: Any) -> str:
        """A date and a time, to the microsecond."""
        return "DATETIME(6)"

    def visit_time(self, type_: types.Time, **kw: Any) -> str:
        """A time of day, to the microsecond."""
        return "TIME(6)"

    def visit_float(self, type_: types.Float[Any], **kw: Any) -> str:
        """A number of Python's precision."""
        return "DOUBLE" if type_.precision is None else super().visit_float(type_, **kw)

    def visit_numeric(self, type_: types.Numeric[Any], **kw: Any) -> str:
        """A decimal; as exact as MariaDB has one where it is not said how exact."""
        return "DECIMAL(65, 30)" if type_.precision is None else super().visit_numeric(type_, **kw)

    def visit_string(self, type_: types.String, **kw: Any) -> str:
        """Text of any length, where there is no bound; a key needs one."""
        return "LONGTEXT" if type_.length is None else super().visit_string(type_, **kw)

    def visit_unicode(self, type_: types.Unicode, **kw: Any) -> str:
        """Text as any other."""
        return self.visit_string(type_, **kw)

    def visit_text(self, type_: types.Text, **kw: Any) -> str:
        """Text of any length."""
        return "LONGTEXT" if type_.length is None else super().visit_text(type_, **kw)

    def visit_unicode_text(self, type_: types.UnicodeText, **kw: Any) -> str:
        """Text of any length."""
        return self.visit_text(type_, **kw)

    def visit_large_binary(self, type_: types.LargeBinary, **kw: Any) -> str:
        """Bytes of any length."""
        return "LONGBLOB" if type_.length is None else super().visit_large_binary(type_, **kw)
