"""A history: a list of plain values, so that it can be printed, replayed and shortened."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import attrs


@attrs.frozen
class Operation:
    """Something done to a unit of work.

    Attributes:
        kind: what is done; `interpreter.KINDS` says what that is.
        unit: which unit it is done to.
        arguments: the rest, as JSON has it. An entity is named as in ``User3``; ``User3!`` is any object of that name,
            in whichever unit. A value is named by its place in its attribute's palette.
        raw: whether the unit is left as it is, though it may be closed or need to be rolled back.
    """

    kind: str
    unit: int
    arguments: Mapping[str, Any]
    raw: bool = False

    def __str__(self) -> str:
        return json.dumps([self.kind, self.unit, self.arguments, *([True] if self.raw else [])])


History: TypeAlias = Sequence[Operation]


def to_json(history: History) -> str:
    """The history as text, one operation a line."""
    return "[\n" + ",\n".join(f"  {operation}" for operation in history) + "\n]"


def from_json(text: str) -> list[Operation]:
    """The history that was written so."""
    return [Operation(*each) for each in json.loads(text)]
