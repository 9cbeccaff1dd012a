"""Classes whose objects stand in for a port's object; they are made from the port, so that no member is forgotten."""

from collections.abc import Callable
from types import FunctionType
from typing import TypeVar

C = TypeVar("C", bound=type)

_SPECIAL = ("__contains__", "__iter__")


def like(
    port: type, method: Callable[[str], Callable[..., object]], attribute: Callable[[str], property]
) -> Callable[[C], C]:
    """Give a class each member of a port that it does not have itself.

    Args:
        port: the protocol.
        method: makes a method of this name.
        attribute: makes a property of this name.
    """

    def complete(cls: C) -> C:
        for name, member in vars(port).items():
            if name in vars(cls) or (name.startswith("_") and name not in _SPECIAL):
                continue
            if isinstance(member, FunctionType):
                setattr(cls, name, method(name))
            elif isinstance(member, property):
                setattr(cls, name, attribute(name))
        return cls

    return complete
