"""Q1: what a condition finds is what three-valued logic says, worked out here in plain Python.

A formula is drawn, and means two things: a condition, by the public API; and a truth of each comment, by the oracle
below, which shares nothing with the package. ``None`` is the truth that is unknown.
"""

from collections.abc import Callable
from typing import TypeAlias

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.model import Comment
from properties.comment_threads import LETTERS, SCORES, TEXTS, Sketch, kept, threads
from properties.examples import examples
from unitofwork import Condition, Database, where

Truth: TypeAlias = bool | None
Operand: TypeAlias = int | str | list[int | None] | list[str | None] | tuple[int, int] | Comment | None


@attrs.frozen
class Attribute:
    """An attribute compared; the names before the last one lead to it."""

    names: tuple[str, ...]
    operator: str
    operand: Operand


@attrs.frozen
class Related:
    """The comment answered, compared with the one of this number."""

    names: tuple[str, ...]
    operator: str
    number: int


@attrs.frozen
class Negation:
    formula: "Formula"


@attrs.frozen
class Both:
    one: "Formula"
    other: "Formula"


@attrs.frozen
class Either:
    one: "Formula"
    other: "Formula"


Formula: TypeAlias = Attribute | Related | Negation | Both | Either


# What is drawn

NUMBERS = SCORES | st.sampled_from([2**40, -(2**40)])
PATTERNS = st.lists(st.sampled_from([*LETTERS.replace("\\", ""), "%", "_", "\\\\", "\\%", "\\_", "\\a"]), max_size=4)
WAYS = st.lists(st.sampled_from(["answers_to", "answers"]), max_size=2).map(tuple)


def compared_attributes(
    name: str, operators: list[str], operands: st.SearchStrategy[Operand], names: st.SearchStrategy[tuple[str, ...]]
) -> st.SearchStrategy[Formula]:
    return st.builds(Attribute, names.map(lambda way: (*way, name)), st.sampled_from(operators), operands)


OPERANDS: dict[tuple[str, str], st.SearchStrategy[Operand]] = {
    **{("score", operator): st.none() | NUMBERS for operator in ("==", "!=")},
    **{("text", operator): st.none() | TEXTS for operator in ("==", "!=")},
    **{("score", operator): NUMBERS for operator in ("<", "<=", ">", ">=")},
    **{("score", operator): st.lists(st.none() | NUMBERS, max_size=3) for operator in ("in", "not in")},
    **{("text", operator): st.lists(st.none() | TEXTS, max_size=3) for operator in ("in", "not in")},
    ("score", "between"): st.tuples(NUMBERS, NUMBERS),
    **{("text", operator): TEXTS for operator in ("starts", "ends", "contains")},
    **{("text", operator): PATTERNS.map("".join) for operator in ("like", "ilike")},
}

ATOMS: st.SearchStrategy[Formula] = st.one_of(
    *(compared_attributes(name, [operator], operands, WAYS) for (name, operator), operands in OPERANDS.items()),
    compared_attributes("score", ["is none", "is not none"], st.none(), WAYS),
    compared_attributes("answers_to", ["is none", "is not none", "==", "!="], st.none(), WAYS),
    st.builds(Related, WAYS.map(lambda way: (*way, "answers_to")), st.sampled_from(["==", "!="]), st.integers(0, 5)),
)


def combined(formulas: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    return st.builds(Negation, formulas) | st.builds(Both, formulas, formulas) | st.builds(Either, formulas, formulas)


FORMULAS = st.recursive(ATOMS, combined, max_leaves=6)


@st.composite
def asked_again(draw: st.DrawFn, formula: Formula) -> Formula:
    """The same formula with other operands, so that its statement may be the same, and its truth is not."""
    match formula:
        case Attribute(names, operator, _):
            operands = OPERANDS.get((names[-1], operator))
            return formula if operands is None else attrs.evolve(formula, operand=draw(operands))
        case Related():
            return attrs.evolve(formula, number=draw(st.integers(0, 5)))
        case Negation(negated):
            return Negation(draw(asked_again(negated)))
        case Both(one, other) | Either(one, other):
            return type(formula)(draw(asked_again(one)), draw(asked_again(other)))


# What it means as a condition

CONDITION: dict[str, Callable[..., Condition]] = {
    "==": lambda field, operand: field == operand,
    "!=": lambda field, operand: field != operand,
    "<": lambda field, operand: field < operand,
    "<=": lambda field, operand: field <= operand,
    ">": lambda field, operand: field > operand,
    ">=": lambda field, operand: field >= operand,
    "in": lambda field, operand: field.in_(operand),
    "not in": lambda field, operand: field.not_in(operand),
    "between": lambda field, operand: field.between(*operand),
    "starts": lambda field, operand: field.startswith(operand),
    "ends": lambda field, operand: field.endswith(operand),
    "contains": lambda field, operand: field.contains(operand),
    "like": lambda field, operand: field.like(operand),
    "ilike": lambda field, operand: field.ilike(operand),
    "is none": lambda field, _: field.is_none(),
    "is not none": lambda field, _: field.is_not_none(),
}


def condition(formula: Formula, comments: list[Comment]) -> Condition:
    match formula:
        case Attribute(names, operator, operand):
            return CONDITION[operator](where(".".join(names)), operand)
        case Related(names, operator, number):
            return CONDITION[operator](where(".".join(names)), comments[number % len(comments)])
        case Negation(negated):
            return ~condition(negated, comments)
        case Both(one, other):
            return condition(one, comments) & condition(other, comments)
        case Either(one, other):
            return condition(one, comments) | condition(other, comments)


# What it means of a comment


def truth(formula: Formula, comment: Comment, comments: list[Comment]) -> Truth:
    match formula:
        case Attribute(names, operator, operand):
            return reached(comment, names, lambda value: compared(value, operator, operand))
        case Related(names, operator, number):
            other = comments[number % len(comments)]
            return reached(comment, names, lambda value: compared(value, operator, other))
        case Negation(negated):
            known = truth(negated, comment, comments)
            return None if known is None else not known
        case Both(one, other):
            pair = (truth(one, comment, comments), truth(other, comment, comments))
            return False if False in pair else None if None in pair else True
        case Either(one, other):
            pair = (truth(one, comment, comments), truth(other, comment, comments))
            return True if True in pair else None if None in pair else False


def reached(comment: Comment, names: tuple[str, ...], test: Callable[[object], Truth]) -> Truth:
    """An attribute's own truth; at the end of a way, whether it is true for any comment there."""
    first, *rest = names
    value = getattr(comment, first)
    if not rest:
        return test(value)
    related: list[Comment] = value if isinstance(value, list) else [] if value is None else [value]
    return any(reached(each, tuple(rest), test) is True for each in related)


def compared(value: object, operator: str, operand: Operand) -> Truth:
    if operator == "is none" or (operator == "==" and operand is None):
        return value is None
    if operator == "is not none" or (operator == "!=" and operand is None):
        return value is not None
    if operator in ("in", "not in"):
        assert isinstance(operand, list)
        known = member(value, operand)
        return known if operator == "in" or known is None else not known
    return None if value is None else COMPARED[operator](value, operand)


def member(value: object, values: list[int | None] | list[str | None]) -> Truth:
    if not values:
        return False
    if value is None:
        return None
    return True if value in values else None if None in values else False


COMPARED: dict[str, Callable[..., bool]] = {
    "==": lambda value, operand: value == operand,
    "!=": lambda value, operand: value != operand,
    "<": lambda value, operand: value < operand,
    "<=": lambda value, operand: value <= operand,
    ">": lambda value, operand: value > operand,
    ">=": lambda value, operand: value >= operand,
    "between": lambda value, operand: operand[0] <= value <= operand[1],
    "starts": lambda value, operand: value[: len(operand)] == operand,
    "ends": lambda value, operand: value[len(value) - len(operand) :] == operand and len(operand) <= len(value),
    "contains": lambda value, operand: operand in value,
    "like": lambda value, operand: matches(value, operand),
    "ilike": lambda value, operand: matches(value.lower(), operand.lower()),
}


def matches(text: str, pattern: str) -> bool:
    if not pattern:
        return not text
    head, tail = pattern[0], pattern[1:]
    if head == "%":
        return any(matches(text[start:], tail) for start in range(len(text) + 1))
    if head == "\\":
        head, tail = tail[0], tail[1:]
    elif head == "_":
        head = text[:1]
    return text[:1] == head != "" and matches(text[1:], tail)


# The promises


@settings(max_examples=examples(80), deadline=None)
@given(thread=threads(), formulas=st.lists(FORMULAS, min_size=1, max_size=4))
def test_what_is_found_is_what_is_true(database: Database, thread: list[Sketch], formulas: list[Formula]) -> None:
    with kept(database, thread) as (uow, comments):
        for formula in formulas:
            expected = [comment for comment in comments if truth(formula, comment, comments) is True]
            asked = condition(formula, comments)
            assert uow.comments.find(asked, order_by="id") == sorted(expected, key=lambda comment: comment.id or 0)
            assert uow.comments.count(asked) == len(expected)
            assert uow.comments.exists(asked) == bool(expected)


@settings(max_examples=examples(60), deadline=None)
@given(thread=threads(), formula=FORMULAS, data=st.data())
def test_what_is_asked_again_with_other_operands_is_what_is_true_of_them(
    database: Database, thread: list[Sketch], formula: Formula, data: st.DataObject
) -> None:
    with kept(database, thread) as (uow, comments):
        for again in (formula, *(data.draw(asked_again(formula)) for _ in range(3)), formula):
            expected = [comment for comment in comments if truth(again, comment, comments) is True]
            asked = condition(again, comments)
            assert uow.comments.find(asked, order_by="id") == sorted(expected, key=lambda comment: comment.id or 0)
            assert uow.comments.count(asked) == len(expected)


@settings(max_examples=examples(40), deadline=None)
@given(thread=threads(), one=FORMULAS, other=FORMULAS)
def test_double_negation_and_de_morgan_hold(
    database: Database, thread: list[Sketch], one: Formula, other: Formula
) -> None:
    with kept(database, thread) as (uow, comments):
        a, b = condition(one, comments), condition(other, comments)
        for left, right in (
            (~~a, a),
            (~(a & b), ~a | ~b),
            (~(a | b), ~a & ~b),
        ):
            assert uow.comments.find(left, order_by="id") == uow.comments.find(right, order_by="id"), (
                f"{left} / {right}"
            )
