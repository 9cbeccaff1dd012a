"""Values that a question compares with, as they are stored."""

from collections.abc import Callable, Mapping, Sequence
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


def storing_of(
    names: Sequence[str], converts: Sequence[Convert | None]
) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """The same, of what is under these names: it raises KeyError if something is not there."""
    if len(names) == 1:
        name, convert = names[0], converts[0]

        def one(values: Mapping[str, Any]) -> tuple[Any, ...]:
            value = values[name]
            return (value if value is None or convert is None else convert(value),)

        return one
    stored = storing(converts)
    return lambda values: stored([values[name] for name in names])
