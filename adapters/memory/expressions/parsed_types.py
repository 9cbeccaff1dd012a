"""The types that casts name in text."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import types
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine
from sqlglot import exp

from unitofwork.adapters.memory.expressions.parsing import Node, given_in
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate


def type_of(node: Node) -> TypeEngine[Any]:
    """The type that a cast names."""
    make = _TYPES.get(node.this)
    limits = [parameter.this.this for parameter in node.expressions if isinstance(parameter, exp.DataTypeParam)]
    if make is None or len(limits) != len(node.expressions) or given_in(node).difference({"this", "expressions"}):
        raise CannotEvaluate(f"a cast to {node.sql(dialect='postgres')} in text")
    try:
        return make(*map(int, limits))
    except (TypeError, ValueError) as error:
        raise CannotEvaluate(f"a cast to {node.sql(dialect='postgres')} in text") from error


_TYPES: Mapping[Any, Callable[..., TypeEngine[Any]]] = {
    exp.DataType.Type.SMALLINT: lambda: types.SmallInteger(),
    exp.DataType.Type.INT: lambda: types.Integer(),
    exp.DataType.Type.BIGINT: lambda: types.BigInteger(),
    exp.DataType.Type.DECIMAL: lambda *limits: types.Numeric(*limits),
    exp.DataType.Type.FLOAT: lambda: types.REAL(),
    exp.DataType.Type.DOUBLE: lambda: types.Double(),
    exp.DataType.Type.TEXT: lambda: types.Text(),
    exp.DataType.Type.VARCHAR: lambda *limits: types.String(*limits),
    exp.DataType.Type.CHAR: lambda *limits: types.CHAR(limits[0] if limits else 1),
    exp.DataType.Type.BOOLEAN: lambda: types.Boolean(),
    exp.DataType.Type.DATE: lambda: types.Date(),
    exp.DataType.Type.TIME: lambda: types.Time(),
    exp.DataType.Type.TIMESTAMP: lambda *limits: postgresql.TIMESTAMP(precision=limits[0] if limits else None),
    exp.DataType.Type.TIMESTAMPTZ: lambda *limits: postgresql.TIMESTAMP(True, limits[0] if limits else None),
    exp.DataType.Type.INTERVAL: lambda: postgresql.INTERVAL(),
    exp.DataType.Type.UUID: lambda: types.Uuid(),
}
