"""What a condition is made of after it is resolved against the mapping."""

from typing import TypeAlias

import attrs

from unitofwork.adapters.memory.questions.attributes import Attribute
from unitofwork.adapters.memory.questions.related import Related
from unitofwork.domain.condition import Operator


@attrs.frozen(eq=False)
class Compared:
    """A value compared with an operand.

    Attributes:
        attribute: gives the value.
        operator: not one of those that negate another.
        number: the operand's among all; that of an operator of several is a tuple.
        part: which part of it, where it has several, as the key of an entity.
        nothing: what it means that the operand, or its part, is None: nothing is known if it is false, and that None is
            equal to None if it is true.
    """

    attribute: Attribute
    operator: Operator
    number: int
    part: int | None = None
    nothing: bool = False


@attrs.frozen(eq=False)
class Unknown:
    """Neither true nor false."""


@attrs.frozen(eq=False)
class Exists:
    """Whether there is a related record of which something is true."""

    related: Related
    inside: "Node"


@attrs.frozen(eq=False)
class All:
    """True if all parts are."""

    parts: "tuple[Node, ...]"


@attrs.frozen(eq=False)
class Any_:
    """True if one part is."""

    parts: "tuple[Node, ...]"


@attrs.frozen(eq=False)
class Negated:
    """True if the part is false."""

    part: "Node"


Node: TypeAlias = Compared | Unknown | Exists | All | Any_ | Negated
