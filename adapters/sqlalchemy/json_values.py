"""JSON as a value that can be compared: equal if the same is in it, in whatever order and spelling.

No two databases compare what they keep as JSON in the same way, and PostgreSQL's ``json`` not at all.
"""

import json
from typing import Any, cast

from sqlalchemy import String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class canonical(FunctionElement[str]):  # SQL functions are lower case
    """The one spelling of a JSON value; NULL for JSON's null, which is None in Python as NULL is."""

    type = String()
    inherit_cache = True
    name = "canonical"


def comparable(operand: object, type_: TypeEngine[Any]) -> Any:
    """An operand, or each of several, to be compared with what is canonical."""
    if isinstance(operand, tuple):
        return [canonical(literal(each, type_)) for each in cast("tuple[object, ...]", operand)]
    return canonical(literal(operand, type_))


def spelled(kept: str | float | None) -> str | None:
    """What SQLite, which cannot do it, calls for each value; a number alone it has made one of its own."""
    value = None if kept is None else json.loads(str(kept), parse_float=_number)
    return None if value is None else json.dumps(value, sort_keys=True, separators=(",", ":"))


def _number(text: str) -> float:
    """A number as PostgreSQL compares it: 1.0 is 1."""
    number = float(text)
    return int(number) if number.is_integer() else number


@compiles(canonical, "sqlite")
def _by_python(element: canonical, compiler: SQLCompiler, **kw: Any) -> str:
    return f"unitofwork_json({compiler.process(element.clauses, **kw)})"


@compiles(canonical, "postgresql")
def _by_jsonb(element: canonical, compiler: SQLCompiler, **kw: Any) -> str:
    return f"nullif(CAST({compiler.process(element.clauses, **kw)} AS JSONB), 'null')"


@compiles(canonical)
def _by_normalizing(element: canonical, compiler: SQLCompiler, **kw: Any) -> str:
    """By a function that MariaDB has from 10.7 on."""
    return f"nullif(json_normalize({compiler.process(element.clauses, **kw)}) COLLATE utf8mb4_bin, 'null')"
