"""SQL expressions in questions, which are refused as long as nothing evaluates them."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import Column, ColumnElement

from unitofwork.adapters.memory.store import Reader, Row

Expression: TypeAlias = Callable[[Row, Reader], Any]
"""Gives the stored value, or None for NULL."""


class CannotEvaluate(Exception):
    """An expression has no value here."""


def compile_expression(clause: ColumnElement[Any], place: Mapping[Column[Any], int]) -> Expression:
    """Refuse the expression."""
    raise CannotEvaluate(f"a {type(clause).__name__} is no column")
