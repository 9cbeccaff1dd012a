"""What parameters hold."""

from collections.abc import Collection, Sequence
from typing import Any, cast

from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate, construct


def value_of(bind: Any) -> Any:
    """What a parameter holds.

    Raises:
        CannotEvaluate: it is no parameter, or will be given its value later.
    """
    if bind.__visit_name__ != "bindparam":
        raise CannotEvaluate(construct(bind))
    if bind.callable is not None or (bind.value is None and bind.required):
        raise CannotEvaluate("a parameter that is given its value later")
    return bind.value


def values_of(bind: Any) -> Sequence[Any]:
    """What a parameter of several values holds; a single value is one of them.

    Raises:
        CannotEvaluate: as for `value_of`.
    """
    value = value_of(bind)
    return list(cast("Collection[Any]", value)) if isinstance(value, list | tuple | set | frozenset) else [value]
