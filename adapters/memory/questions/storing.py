"""Values that a question compares with, as they are stored."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

Convert: TypeAlias = Callable[[Any], Any]

Stored: TypeAlias = Callable[[Sequence[Any]], tuple[Any, ...]]
"""Makes stored values of as many values as there are columns."""


def storing(converts: Sequence[Convert | None]) -> Stored:
    """What makes stored values for columns, given how each is converted; None stays as it is."""
    if len(converts) == 1:  # as most keys have it, in less time
        convert = converts[0]

        def one(values: Sequence[Any]) -> tuple[Any, ...]:
            (value,) = values
            return (value if value is None or convert is None else convert(value),)

        return one

    def several(values: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(
            [
                value if value is None or convert is None else convert(value)
                for convert, value in zip(converts, values, strict=True)
            ]
        )

    return several
