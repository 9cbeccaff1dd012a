"""The differences that are no fault of either side: a short list, and each says why."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import attrs

from properties.twin.operations import Operation
from unitofwork.domain import errors

Came: TypeAlias = Mapping[str, Any]
"""What came of an operation on one side: its outcome, and all that is seen then."""


@attrs.frozen
class Known:
    """A difference that is known.

    Attributes:
        name: what it is called in reports.
        why: why neither side is wrong.
        is_it: whether what came of an operation on both sides differs for this reason.
    """

    name: str
    why: str
    is_it: Callable[[Operation, Came, Came], bool]


def _which_row(operation: Operation, one: Came, other: Came) -> bool:
    both = (one["outcome"], other["outcome"])
    return operation.kind in ("update_where", "delete_where") and all(map(_breaks_a_rule, both))


def _breaks_a_rule(outcome: object) -> bool:
    return isinstance(outcome, dict) and issubclass(getattr(errors, outcome["error"]), errors.ConstraintViolation)


def _which_two(operation: Operation, one: Came, other: Came) -> bool:
    both = (one["outcome"], other["outcome"])
    return operation.kind == "find_one" and all(map(_found_several, both))


def _found_several(outcome: object) -> bool:
    return isinstance(outcome, dict) and outcome["error"] == errors.MultipleFound.__name__


KNOWN = (
    Known(
        "which of the rows that a condition chooses is refused first",
        "PostgreSQL changes them in the order in which it finds them, which nobody promises",
        _which_row,
    ),
    Known(
        "which two of several rows find_one comes upon before it refuses to choose",
        "without an order PostgreSQL returns rows as they lie, which changes when it tidies up",
        _which_two,
    ),
)
"""All of them, whichever databases are compared. Each is counted and printed, and ends its history."""


def known(operation: Operation, one: Came, other: Came) -> Known | None:
    """The known difference that this is."""
    return next((each for each in KNOWN if each.is_it(operation, one, other)), None)
