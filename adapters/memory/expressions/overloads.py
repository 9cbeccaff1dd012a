"""A function of SQL, as it takes arguments of some types."""

from collections.abc import Callable
from typing import Any, NamedTuple

from unitofwork.adapters.memory.expressions.kinds import SqlType


class Overload(NamedTuple):
    """A function for arguments of some types."""

    parameters: tuple[SqlType, ...]
    result: SqlType
    function: Callable[..., Any]
