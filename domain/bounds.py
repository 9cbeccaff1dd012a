"""How large a condition may be, so that every database can be asked it, and every adapter can read it."""

from typing import Any

from unitofwork.domain.condition import And, Comparison, Condition, Not, Or
from unitofwork.domain.errors import UnsupportedQuery

MOST_VALUES = 30_000
"""In one condition; databases bound the parameters of a statement, the least of them at 32,766."""

DEEPEST = 50
"""How many times ``&``, ``|`` and ``~`` may be inside of one another; those of one kind in a row are one."""


def check_size(condition: Condition) -> None:
    """Refuse a condition that is too large.

    Raises:
        UnsupportedQuery: with the cure.
    """
    if type(condition) is Comparison and not isinstance(condition.operand, tuple):
        return
    values, depth = 0, 0
    level: tuple[Condition, ...] = (condition,)
    while level:
        if depth > DEEPEST:
            raise UnsupportedQuery(
                f"the condition is nested more than {DEEPEST} times: say with in_() what is equal to one of many, or"
                " ask several questions"
            )
        inside: list[Condition] = []
        for each in level:
            if isinstance(each, Comparison):
                operand: Any = each.operand
                values += len(operand) if operand.__class__ is tuple else 1
            elif isinstance(each, And | Or):
                inside += each.conditions
            elif isinstance(each, Not):
                inside.append(each.condition)
        level = tuple(inside)
        depth += 1
    if values > MOST_VALUES:
        raise UnsupportedQuery(
            f"the condition holds more than {MOST_VALUES:,} values: ask several questions with a part of them each, or"
            " by what they have in common"
        )
